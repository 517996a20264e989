import { type Occasion, placeholdersKnown, placeholdersOf } from '../domain/announcement.ts';
import { type Plan, severities } from '../domain/plan.ts';
import { checkReference } from './check-reference.ts';
import { didYouMean } from './near-miss.ts';
import type { PlanPath, Problem } from './plan-error.ts';

/** A place in the plan that has something announced. */
export interface AnnouncementUse {
  readonly name: string;
  readonly occasion: Occasion;
  readonly path: PlanPath;
}

/** Every announcement that is sent exists, and asks only for what is known when it is sent. */
export function checkAnnouncements(plan: Plan): readonly Problem[] {
  const uses = announcementUses(plan);
  return [
    ...uses.flatMap(({ name, path }) => checkReference({ kind: 'announcement', name, path }, plan.announcements)),
    ...Object.keys(plan.announcements).flatMap((name) => checkPlaceholders(plan, name, uses)),
  ];
}

/** Every place that has something announced, in the order of the plan. */
export function announcementUses({ phases, decisionMatrix, rollback }: Plan): readonly AnnouncementUse[] {
  const ofPhases = phases.flatMap(({ name: phase, announce, eachCommunity }) => {
    const path = ['phases', phase];
    const admins = eachCommunity?.tellAdmin ?? null;
    return [
      ...listed('phase', announce.opening, [...path, 'announce', 'on opening']),
      ...listed('phase', announce.passing, [...path, 'announce', 'on passing']),
      ...(admins === null
        ? []
        : [{ name: admins, occasion: 'one community' as const, path: [...path, 'each community', 'tell the admin'] }]),
    ];
  });
  const ofIncidents = severities.flatMap((severity) =>
    listed('incident', decisionMatrix[severity].announce, ['decision matrix', severity, 'announce']),
  );
  return [...ofPhases, ...ofIncidents, ...listed('rollback', rollback.announce, ['rollback', 'announce'])];
}

function listed(occasion: Occasion, names: readonly string[], path: PlanPath): readonly AnnouncementUse[] {
  return names.map((name, index) => ({ name, occasion, path: [...path, index] }));
}

/** A placeholder must have a value on every occasion on which its announcement is sent; one that is sent nowhere may ask for anything that exists. */
function checkPlaceholders({ announcements }: Plan, name: string, uses: readonly AnnouncementUse[]): readonly Problem[] {
  const asked = placeholdersOf(announcements[name]?.says ?? '');
  const occasions = [...new Set(uses.filter((use) => use.name === name).map(({ occasion }) => occasion))];
  const anything = [...new Set(Object.values(placeholdersKnown).flat())];
  return asked.flatMap((placeholder): readonly Problem[] => {
    const path = ['announcements', name, 'says'];
    if (!anything.includes(placeholder))
      return [{ path, sentence: `{${placeholder}} is no placeholder; ${didYouMean(placeholder, knownOn(occasions, anything))}` }];
    const without = occasions.find((occasion) => !placeholdersKnown[occasion].some((known) => known === placeholder));
    if (without === undefined) return [];
    const known = knownOn(occasions, anything).map((possible) => `{${possible}}`);
    return [{ path, sentence: `{${placeholder}} has no value ${occasionText[without]}; possible here: ${known.join(', ')}.` }];
  });
}

function knownOn(occasions: readonly Occasion[], anything: readonly string[]): readonly string[] {
  return anything.filter((known) => occasions.every((occasion) => placeholdersKnown[occasion].some((possible) => possible === known)));
}

const occasionText: Readonly<Record<Occasion, string>> = {
  phase: 'when a phase announces this',
  'one community': 'when an admin is told this',
  incident: 'when the decision matrix announces this',
  rollback: 'when a rollback announces this',
};
