import type { Plan, SettingRule } from '../domain/plan.ts';
import { checkReference } from './check-reference.ts';
import { didYouMean } from './near-miss.ts';
import type { Problem } from './plan-error.ts';

/** Flags and settings: who switches them, within which bounds, and what must stay alone. */
export function checkFeatures(plan: Plan): readonly Problem[] {
  return [
    ...Object.keys(plan.features).flatMap((name) => checkFeature(plan, name)),
    ...checkGuards(plan),
    ...plan.phases.flatMap((_, index) => checkPhase(plan, index)),
  ];
}

function checkFeature({ features, product }: Plan, name: string): readonly Problem[] {
  const feature = features[name];
  if (!feature) return [];
  const path = ['features', name];
  const off = feature.off.flatMap((flag, index) =>
    feature.on.includes(flag)
      ? []
      : [{ path: [...path, 'off', index], sentence: `"${flag}" is not among the feature's on flags; ${didYouMean(flag, feature.on)}` }],
  );
  const settings = Object.entries(feature.settings).flatMap(([key, rule]): Problem[] => {
    const place = [...path, 'settings', key];
    const flag = key.slice(0, key.lastIndexOf('.'));
    const stranger = feature.on.includes(flag)
      ? []
      : [{ path: place, atKey: true, sentence: `"${flag}" is not among the feature's on flags; ${didYouMean(flag, feature.on)}` }];
    return [...stranger, ...checkRule(rule, place)];
  });
  const first = Object.keys(feature.settings)[0];
  const nowhere =
    first !== undefined && product.flags.settings === undefined
      ? [
          {
            path: [...path, 'settings', first],
            atKey: true,
            sentence: 'the product names no column for the settings of a flag: write product > flags > settings',
          },
        ]
      : [];
  return [
    ...(name === 'that community'
      ? [{ path, atKey: true, sentence: 'cannot be told from the action "roll back that community": choose another name' }]
      : []),
    ...off,
    ...settings,
    ...nowhere,
  ];
}

function checkRule({ start, min, max, step }: SettingRule, path: readonly string[]): readonly Problem[] {
  if (min > max) return [{ path: [...path, 'min'], sentence: `${min} is above max: ${max}` }];
  const outside = start < min || start > max ? [{ path: [...path, 'start'], sentence: `${start} is outside ${min} to ${max}` }] : [];
  return step > 0 ? outside : [...outside, { path: [...path, 'step'], sentence: `${step} is no step: write a number above 0` }];
}

function checkGuards({ features, guards }: Plan): readonly Problem[] {
  return Object.keys(guards).flatMap((flag) => {
    const owner = Object.keys(features).find((name) => features[name]?.on.includes(flag) || features[name]?.off.includes(flag));
    return owner === undefined
      ? []
      : [{ path: ['guards', flag], atKey: true, sentence: `is switched by the feature "${owner}", so it cannot be guarded` }];
  });
}

function checkPhase({ features, phases }: Plan, index: number): readonly Problem[] {
  const phase = phases[index];
  if (!phase) return [];
  const path = ['phases', phase.name];
  const named = phase.features.flatMap((name, at) => checkReference({ kind: 'feature', name, path: [...path, 'features', at] }, features));
  const rules = Object.assign({}, ...Object.values(features).map(({ settings }) => settings)) as Record<string, SettingRule>;
  const settings = Object.entries(phase.settings).flatMap(([name, value]) => {
    const place = [...path, 'settings', name];
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) return checkReference({ kind: 'setting', name, path: place, atKey: true }, rules);
    return value < rule.min || value > rule.max ? [{ path: place, sentence: `${value} is outside ${rule.min} to ${rule.max}` }] : [];
  });
  return [...named, ...settings];
}
