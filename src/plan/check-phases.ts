import { formatDuration } from '../domain/duration.ts';
import { type GateCriterion, type Phase, type Plan, phaseNames } from '../domain/plan.ts';
import { checkReference } from './check-reference.ts';
import type { PlanPath, Problem } from './plan-error.ts';

/** Stays, soaks, waves and communities of each phase, and of the phases after each other; and what proves a rollback of them. */
export function checkPhases(plan: Plan): readonly Problem[] {
  return [
    ...plan.phases.flatMap((phase) => [...checkStay(phase), ...checkSoaks(plan, phase), ...checkAudience(plan, phase)]),
    ...checkCommunities(plan),
    ...checkVerification(plan),
  ];
}

function checkStay({ name, minimumStayMs, maximumStayMs = Number.POSITIVE_INFINITY }: Phase): readonly Problem[] {
  if (minimumStayMs <= maximumStayMs) return [];
  return [
    {
      path: ['phases', name, 'lasts', 'at least'],
      sentence: `${formatDuration(minimumStayMs)} is longer than at most: ${formatDuration(maximumStayMs)}`,
    },
  ];
}

/** A soak that cannot be complete before the phase has to end would only ever page people. */
function checkSoaks(plan: Plan, phase: Phase): readonly Problem[] {
  const path = ['phases', phase.name];
  const lastWaveMs = phase.audience.kind === 'waves' ? (phase.audience.waves.at(-1)?.afterMs ?? 0) : 0;
  const own = Object.entries(phase.passesWhen).flatMap(([name, gate]) => checkSoak(plan, phase, gate, [...path, 'passes when', name]));
  const each = Object.entries(phase.eachCommunity?.criteria ?? {}).flatMap(([name, { soakMs }]): Problem[] => {
    if (soakMs + lastWaveMs <= (phase.maximumStayMs ?? Number.POSITIVE_INFINITY)) return [];
    const wave = lastWaveMs > 0 ? `, and the last wave joins after ${formatDuration(lastWaveMs)}` : '';
    return [
      {
        path: [...path, 'each community', 'passes when', name, 'for'],
        sentence: `${formatDuration(soakMs)} cannot be observed: ${longest(phase)}${wave}`,
      },
    ];
  });
  return [...own, ...each];
}

function checkSoak({ phases }: Plan, phase: Phase, { soakMs, since = phase.name }: GateCriterion, path: PlanPath): readonly Problem[] {
  const [first, last] = [phaseNames.indexOf(since), phaseNames.indexOf(phase.name)];
  if (first > last) return [{ path: [...path, 'since'], sentence: `"${since}" comes after this phase: name this one or one before it` }];
  const available = phases.slice(first, last + 1).reduce((sum, { maximumStayMs = Number.POSITIVE_INFINITY }) => sum + maximumStayMs, 0);
  if (soakMs <= available) return [];
  return [
    {
      path: [...path, 'for'],
      sentence: `${formatDuration(soakMs)} cannot be observed: ${first === last ? longest(phase) : `from ${since} on there are at most ${formatDuration(available)}`}`,
    },
  ];
}

function longest({ maximumStayMs = 0 }: Phase): string {
  return `the phase lasts at most ${formatDuration(maximumStayMs)}`;
}

function checkAudience({ candidates }: Plan, { name, audience, eachCommunity }: Phase): readonly Problem[] {
  const path = ['phases', name];
  if (audience.kind === 'nobody' || audience.kind === 'everyone') {
    return eachCommunity === null
      ? []
      : [
          {
            path: [...path, 'each community'],
            atKey: true,
            sentence: `no community joins in this phase: its audience is ${audience.kind}`,
          },
        ];
  }
  const unwatched =
    eachCommunity === null
      ? [{ path, sentence: 'is missing: each community, how those that join are watched; for example each community: { look every: 15m }' }]
      : [];
  if (audience.kind === 'communities') return unwatched;
  const unsorted = audience.waves.flatMap(({ afterMs }, index) => {
    const before = audience.waves[index - 1]?.afterMs ?? -1;
    return afterMs > before
      ? []
      : [
          {
            path: [...path, 'audience', 'waves', index, 'after'],
            sentence: `${formatDuration(afterMs)} is not after the wave before it: ${formatDuration(before)}`,
          },
        ];
  });
  const nobodyKnows =
    candidates.sql === ''
      ? [{ path: [...path, 'audience'], sentence: 'waves need to know who may join: write candidates with their sql' }]
      : [];
  return [...unwatched, ...unsorted, ...nobodyKnows];
}

/** A community joins once, and not at all when it is never to be picked. */
function checkCommunities({ phases, candidates }: Plan): readonly Problem[] {
  const joined = new Map<string, string>();
  return phases.flatMap(({ name, audience }) =>
    audience.kind !== 'communities'
      ? []
      : audience.communities.flatMap((community, index): Problem[] => {
          const path = ['phases', name, 'audience', 'communities', index];
          const before = joined.get(community);
          joined.set(community, name);
          if (before !== undefined) return [{ path, sentence: `"${community}" has already joined in the phase ${before}` }];
          return candidates.never.includes(community) ? [{ path, sentence: `"${community}" is named under candidates > never` }] : [];
        }),
  );
}

/** What proves a rollback is asked of the launch as a whole. */
function checkVerification({ rollback, criteria }: Plan): readonly Problem[] {
  return rollback.verify.flatMap((name, index): readonly Problem[] => {
    const path = ['rollback', 'verify', index];
    if (Object.hasOwn(criteria, name) && criteria[name]?.perCommunity)
      return [{ path, sentence: `"${name}" is asked of each community: name a criterion of the launch as a whole` }];
    return checkReference({ kind: 'criterion', name, path }, criteria);
  });
}
