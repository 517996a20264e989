import { activityInfo } from '@temporalio/activity';
import { listComplaints } from '../database/complaint.ts';
import { findDrift } from '../database/drift.ts';
import { appendJournal } from '../database/journal.ts';
import { latestReadings, loadScope, missedInCommunities, saveLook } from '../database/reading.ts';
import { nextLookAt } from '../domain/cadence.ts';
import { type Judged, judgeLook, type LookPlan, type LookTarget, lookPlan, wantsOf } from '../domain/look.ts';
import { type DriftNote, keyOf, type News, softlaunch } from '../domain/news.ts';
import type { Plan } from '../domain/plan.ts';
import type { Answer, Reading } from '../domain/reading.ts';
import { communityOf, communityScope } from '../domain/rollback.ts';
import { changeText, type Situation, sameSituation, situationOf, triggersHolding } from '../domain/situation.ts';
import { soakText } from '../domain/soak.ts';
import { notYet } from './not-yet.ts';
import { readProbes } from './probing.ts';
import type { Resources } from './resources.ts';
import type { rollbackActivities } from './rollback.ts';

/** What a watch is told: what to look at, and what its workflow knows already. It comes back when something else is true. */
export interface WatchInput {
  readonly target: LookTarget;
  readonly known: Situation;
  /** Keys of the drift that the launch knows; absent: this watch does not look for any, nor for rollbacks. */
  readonly knownDrift?: readonly string[];
  /** Command ids of the rollbacks that the launch knows. */
  readonly knownRollbacks?: readonly string[];
  /** Logical time of the look before; absent: looks at once. */
  readonly lookedAt?: number;
}

/** Readings, judgements and what they mean; see the functions. */
export function lookActivities(
  resources: Resources,
  { foreignRollbacks }: Pick<ReturnType<typeof rollbackActivities>, 'foreignRollbacks'>,
) {
  /**
   * Takes the due readings by polling: each attempt looks, and fails on purpose with the time of the next look until there is news. So a watch of days
   * leaves three events of history. Its logical time is when the attempt was due; a repeated attempt writes nothing twice.
   */
  async function watch(input: WatchInput): Promise<News> {
    const at = activityInfo().currentAttemptScheduledTimestampMs;
    const { target, lookedAt } = input;
    const plan = await resources.planOf(target.launch);
    const look = lookPlan(plan, target);
    const staggerKey = communityOf(target.scope);
    const next = (after: number) => nextLookAt({ steps: look.cadence, openedAt: target.openedAt, now: after, staggerKey });
    const due = lookedAt === undefined ? at : next(lookedAt);
    const wait = (until: number, says: string) => notYet(until - at, says);
    if (at < due && activityInfo().attempt === 1) throw wait(due, `Next look at ${clock(due)}.`);
    const { judged, situation } = await takeLook(plan, look, target, at);
    const news = { at, situation, ...(await foreignNews(input, at)) };
    const changed = !sameSituation(situation, input.known) || news.rollbacks.length > 0 || driftChanged(news.drift, input.knownDrift);
    if (changed) {
      await noteChange(input, news);
      return news;
    }
    throw wait(next(at), `${stateText(look, judged)} Next look at ${clock(next(at))}.`);
  }

  /** Written down by the look that saw it, so that the workflow needs no step of its own for that. */
  async function noteChange({ target: { launch, scope }, known }: WatchInput, { situation, at }: News): Promise<void> {
    const summary = changeText(known, situation);
    if (summary === undefined) return;
    await appendJournal(resources.pool, {
      launch,
      entryKey: `evidence/${scope}/${at}`,
      at,
      kind: 'evidence',
      scope,
      actor: softlaunch,
      summary,
    });
  }

  /** Looks once, now: evidence is judged again at the moment of a decision. Situations by scope. */
  async function lookNow({ targets, at }: { targets: readonly LookTarget[]; at: number }): Promise<Readonly<Record<string, Situation>>> {
    const found: Record<string, Situation> = {};
    for (const target of targets) {
      const plan = await resources.planOf(target.launch);
      found[target.scope] = (await takeLook(plan, lookPlan(plan, target), target, at)).situation;
    }
    return found;
  }

  /** Asks every probe of the plan until each one answers what its criteria want of it; then gives the answers. */
  async function proveProbes({
    launch,
    everyMs,
  }: {
    launch: string;
    everyMs: number;
  }): Promise<readonly { probe: string; answer: Answer }[]> {
    const at = activityInfo().currentAttemptScheduledTimestampMs;
    const plan = await resources.planOf(launch);
    const machine = Object.entries(wantsOf(plan, Object.keys(plan.criteria))).filter(([probe]) => plan.probes[probe]?.kind !== 'human');
    const named = plan.phases.flatMap(({ audience }) => (audience.kind === 'communities' ? audience.communities : []));
    const readings = await Promise.all(
      machine.map(async ([probe, wants]) => {
        const scope = plan.probes[probe]?.perCommunity && named[0] !== undefined ? communityScope(named[0]) : 'launch';
        const [reading] = await readProbes(resources, plan, { wants: { [probe]: wants }, scope, since: at - plan.dayMs, at });
        return reading as Reading;
      }),
    );
    const problems = readings.flatMap((reading) => {
      const why = reading.status === 'measured' ? Object.values(reading.gaps ?? {}).join(' ') : reading.reason;
      return why === '' ? [] : [`${reading.probe}: ${why}`];
    });
    if (problems.length > 0) throw notYet(everyMs, `Not every probe answers. ${problems.join(' ')}`);
    return readings.map((reading) => ({ probe: reading.probe, answer: reading.status === 'measured' ? reading.answer : {} }));
  }

  async function takeLook(plan: Plan, look: LookPlan, target: LookTarget, due: number): Promise<{ judged: Judged; situation: Situation }> {
    const { launch, scope } = target;
    const history = await loadScope(resources.pool, launch, scope);
    // Somebody may have looked since this look was due, and what is known by now is not judged as of an earlier time.
    const at = Math.max(due, ...history.judgements.map(({ asOf }) => asOf));
    const since = Math.min(Math.max(history.evidenceSince ?? target.openedAt, target.openedAt), at);
    const isHuman = (probe: string) => plan.probes[probe]?.kind === 'human';
    const machine = Object.fromEntries(Object.entries(look.wants).filter(([probe]) => !isHuman(probe)));
    const fresh = await readProbes(resources, plan, { wants: machine, scope, since, at });
    const people = Object.keys(look.wants).filter(isHuman);
    const told = people.length > 0 ? await latestReadings(resources.pool, { launch, scope, probes: people, since, until: at }) : [];
    const readings = Object.fromEntries([...fresh, ...told].map((reading) => [reading.probe, reading]));
    const judged = judgeLook(plan, { look, target, history, readings, at });
    const soaks = judged.soaks.map((soak) => ({ ...soak, scope }));
    await saveLook(resources.pool, { launch, readings: fresh, soaks, judgements: judged.judgements });
    const triggers = await triggersNow(look, target, { judged, since });
    return { judged, situation: situationOf(Object.keys(look.gate), judged.gate, triggers) };
  }

  async function triggersNow(look: LookPlan, { launch, scope }: LookTarget, { judged, since }: { judged: Judged; since: number }) {
    const missed = look.triggers.flatMap((trigger) => (trigger.kind === 'missed' ? [trigger.criterion] : []));
    const elsewhere = missed.filter((criterion) => !look.criteria.includes(criterion));
    const community = communityOf(scope);
    const complains = look.triggers.some(({ kind }) => kind === 'complaints');
    const judgements = elsewhere.length > 0 && !community ? await missedInCommunities(resources.pool, launch, elsewhere) : [];
    const complaints = complains ? await listComplaints(resources.pool, launch, { since, ...(community ? { community } : {}) }) : [];
    // Open issues are decided by when they are reported or graver than thought: the launch's own business.
    return triggersHolding(look.triggers, { scope, judgements: [...judged.judgements, ...judgements], complaints, openIssues: [] });
  }

  async function foreignNews(
    { target, knownDrift, knownRollbacks = [] }: WatchInput,
    at: number,
  ): Promise<Pick<News, 'drift' | 'rollbacks'>> {
    if (knownDrift === undefined) return { drift: [], rollbacks: [] };
    const drift = await findDrift(resources.pool, target.launch);
    const rollbacks = await foreignRollbacks({ launch: target.launch, known: knownRollbacks, at });
    return { drift: drift.map(({ kind, key, what }) => ({ kind, key, what })), rollbacks };
  }

  return { watch, lookNow, proveProbes };
}

function driftChanged(drift: readonly DriftNote[], known: readonly string[] | undefined): boolean {
  return known !== undefined && JSON.stringify(drift.map(keyOf).sort()) !== JSON.stringify([...known].sort());
}

/** How the gate stands, in one sentence. */
function stateText({ gate, soaks }: LookPlan, judged: Judged): string {
  const asked = judged.gate.filter(({ criterion }) => Object.hasOwn(gate, criterion));
  const met = asked.filter(({ verdict }) => verdict === 'met').length;
  const soak = judged.soaks.find(({ criterion, sinceKey }) =>
    soaks.some((kept) => kept.criterion === criterion && kept.sinceKey === sinceKey),
  );
  const rule = soak && gate[soak.criterion];
  return `${met} of ${asked.length} criteria met${soak && rule ? `; ${soak.criterion}: ${soakText(soak.ledger, rule.soakMs)}` : ''}.`;
}

function clock(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
