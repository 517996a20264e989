import { runHttpProbe } from '../channels/http-probe.ts';
import { runSqlProbe } from '../database/probe.ts';
import { judgeCriterion } from '../domain/criterion.ts';
import { wantsOf } from '../domain/look.ts';
import type { Criterion, Plan } from '../domain/plan.ts';
import { type RawAnswer, type Reading, readingOf, type Want, windowOf } from '../domain/reading.ts';
import { communityOf } from '../domain/rollback.ts';
import type { Resources } from './resources.ts';

/** What a probe is asked about: from when evidence counts, and the logical time of the question. */
export interface About {
  readonly community?: string | undefined;
  readonly since: number;
  readonly at: number;
}

/** Asks one probe of the plan; never throws. */
export async function askProbe({ probePool }: Resources, plan: Plan, name: string, about: About): Promise<RawAnswer> {
  const probe = plan.probes[name];
  if (probe?.kind === 'sql') return runSqlProbe(probePool, probe, { ...about, ...windowOf(probe, about) });
  if (probe?.kind === 'http') return runHttpProbe(probe, { ...about, until: about.at });
  return { answered: false, reason: `People are asked "${name}", not machines.` };
}

/** Asks these probes what is wanted of each, side by side, on behalf of a scope. */
export async function readProbes(
  resources: Resources,
  plan: Plan,
  { wants, scope, since, at }: { wants: Readonly<Record<string, readonly Want[]>>; scope: string; since: number; at: number },
): Promise<readonly Reading[]> {
  return Promise.all(
    Object.entries(wants).map(async ([probe, wanted]) => {
      const raw = await askProbe(resources, plan, probe, { community: communityOf(scope), since, at });
      return readingOf(raw, wanted, { probe, scope, at, freshMs: plan.probes[probe]?.freshMs ?? 0 });
    }),
  );
}

/** Criteria of the launch as a whole that do not hold now, each with the reason. Asked anew, and not recorded as evidence. */
export async function unmetCriteria(resources: Resources, plan: Plan, names: readonly string[], at: number): Promise<readonly string[]> {
  const readings = await readProbes(resources, plan, { wants: wantsOf(plan, names), scope: 'launch', since: at, at });
  return names.flatMap((name) => {
    const criterion = plan.criteria[name] as Criterion;
    const reading = readings.find(({ probe }) => probe === criterion.probe);
    const { verdict, reason } = judgeCriterion(criterion, reading, { name, scope: 'launch', at, freshMs: Number.POSITIVE_INFINITY });
    return verdict === 'met' ? [] : [`${name} is ${verdict} (${reason})`];
  });
}
