import { runHttpProbe } from '../channels/http-probe.ts';
import { probeDatabaseUrl, resolveDatabaseUrl } from '../config.ts';
import { ClaimHeld, LaunchRefused } from '../database/database-refusal.ts';
import { registerLaunch } from '../database/launch-record.ts';
import { openPool } from '../database/pool.ts';
import { openProbePool, runSqlProbe } from '../database/probe.ts';
import type { Plan, Probe } from '../domain/plan.ts';
import { type RawAnswer, readingOf, type Value, type Want, windowOf } from '../domain/reading.ts';

/** What the product lacks for a plan, and what its probes answer. */
export interface ProductReport {
  /** Nothing is lacking, and every probe that can be asked answered. */
  readonly usable: boolean;
  /** Sentences about tables, columns, flags, guards, communities and claims. */
  readonly problems: readonly string[];
  readonly probes: readonly ProbeReport[];
}

export interface ProbeReport {
  readonly probe: string;
  /** The community it was asked about, where it is asked about one. */
  readonly community?: string;
  readonly status: 'answered' | 'no answer' | 'not asked';
  /** The declared numbers of the answer, or why there is none and what to do. */
  readonly says: string;
}

/** Asks the product everything that the launch would need of it, and changes nothing. */
export async function checkProduct(question: {
  readonly plan: Plan;
  readonly hash: string;
  readonly source: string;
  readonly home: string;
}): Promise<ProductReport> {
  const url = resolveDatabaseUrl(question.home);
  const problems = await registrationProblems(url, question);
  const pool = openProbePool(probeDatabaseUrl() ?? url, 2);
  try {
    const names = Object.keys(question.plan.probes);
    const probes = await Promise.all(names.map((name) => askProbe(pool, question.plan, name)));
    const usable = problems.length === 0 && probes.every(({ status }) => status !== 'no answer');
    return { usable, problems, probes };
  } finally {
    await pool.end();
  }
}

/** Registers the launch and takes it back: the database itself says what is in the way. */
async function registrationProblems(
  url: string,
  { plan, hash, source }: { readonly plan: Plan; readonly hash: string; readonly source: string },
): Promise<readonly string[]> {
  const pool = openPool(url, { max: 1, applicationName: 'softlaunch lint' });
  const client = await pool.connect().catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  try {
    await client.query('begin');
    await registerLaunch(client, { plan, planHash: hash, source, workflowId: 'lint', startedAt: Date.now(), actor: 'lint' });
    return [];
  } catch (error) {
    if (error instanceof LaunchRefused) return error.problems;
    if (error instanceof ClaimHeld) return [error.message];
    throw error;
  } finally {
    await client.query('rollback').catch(() => {});
    client.release();
    await pool.end();
  }
}

async function askProbe(pool: ReturnType<typeof openProbePool>, plan: Plan, name: string): Promise<ProbeReport> {
  const probe = plan.probes[name] as Probe;
  if (probe.kind === 'human') return { probe: name, status: 'not asked', says: `answered by ${probe.ask}: ${probe.question}` };
  const community = probe.perCommunity ? firstCommunity(plan) : undefined;
  const about = community === undefined ? {} : { community };
  if (probe.perCommunity && community === undefined) {
    return { probe: name, status: 'not asked', says: 'is asked about communities, and the plan names none yet' };
  }
  const at = Date.now();
  const raw = await ask(pool, probe, { ...about, at, since: at - plan.dayMs });
  const reading = readingOf(raw, wantsOf(plan, name), { probe: name, scope: 'lint', at, freshMs: Number.POSITIVE_INFINITY });
  if (reading.status === 'unmeasured') return { probe: name, ...about, status: 'no answer', says: reading.reason };
  const gaps = Object.values(reading.gaps ?? {});
  const values = Object.entries(reading.answer).map(([path, value]) => `${path || 'answer'} ${valueText(value)}`);
  const says = [values.join(', '), ...gaps, community === undefined ? '' : `(asked about ${community})`].filter(Boolean).join(' ');
  return { probe: name, ...about, status: gaps.length > 0 ? 'no answer' : 'answered', says };
}

function ask(
  pool: ReturnType<typeof openProbePool>,
  probe: Exclude<Probe, { kind: 'human' }>,
  { at, since, community }: { readonly at: number; readonly since: number; readonly community?: string },
): Promise<RawAnswer> {
  if (probe.kind === 'http') return runHttpProbe(probe, { community, since, until: at });
  return runSqlProbe(pool, probe, { community, ...windowOf(probe, { since, at }) });
}

/** Everything that criteria and the review read of this probe. */
function wantsOf(plan: Plan, probe: string): readonly Want[] {
  const criteria = Object.values(plan.criteria).filter((criterion) => criterion.probe === probe);
  const metrics = plan.review.metrics.flatMap(({ source, test }) =>
    source.kind === 'probe' && source.probe === probe ? [{ path: source.path, test }] : [],
  );
  const wants = [...criteria, ...metrics].map(({ path, test }): Want => ({ path, kind: test.kind }));
  return wants.filter((want, index) => wants.findIndex(({ path }) => path === want.path) === index);
}

function firstCommunity({ phases }: Plan): string | undefined {
  return phases.flatMap(({ audience }) => (audience.kind === 'communities' ? audience.communities : []))[0];
}

function valueText(value: Value): string {
  return typeof value === 'object' ? `${value.successes} of ${value.trials}` : String(value);
}
