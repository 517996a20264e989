import { onCall, withOrderedRollback } from './incident.ts';
import { type CommunityState, type Hold, isOver, type JournalEntry, type LaunchState, phaseOf, withCommunity } from './launch.ts';
import type { GateCriterion, MissedAction, Plan, Role } from './plan.ts';
import { communityOf, communityScope, featureScope, isOrdered, type RollbackOrder } from './rollback.ts';
import type { Situation } from './situation.ts';

/** What somebody did to the product by hand, as far as a launch decides by it. `key` is a flag, a `flag.setting` or a community. */
export interface DriftNote {
  readonly kind: 'flag' | 'community';
  readonly key: string;
  readonly what: 'turned off by hand' | 'turned on by hand' | 'setting changed' | 'row deleted' | 'guard violated';
}

/** What a watch saw that its launch did not know. Small, for it goes into history. */
export interface News {
  /** Logical time of the look. */
  readonly at: number;
  readonly situation: Situation;
  /** All drift there is now; only of the launch as a whole. */
  readonly drift: readonly DriftNote[];
  /** Rollbacks in the database that the launch did not order: somebody rolled back by SQL. */
  readonly rollbacks: readonly (RollbackOrder & { readonly at: number })[];
}

/** Somebody to be told at once. */
export interface Page {
  readonly role: Role;
  readonly what: string;
  readonly scope: string;
  /** Expected, such as a check-in that is due: written down as a reminder, and no sign of trouble. */
  readonly routine?: boolean;
}

/** A repair to run, after which its criterion is looked at again. */
export interface RepairOrder {
  readonly repair: string;
  readonly criterion: string;
  readonly scope: string;
}

/** What news comes to: the launch's new state, and what has to be done at once. */
export interface Heard {
  readonly state: LaunchState;
  readonly journal: readonly JournalEntry[];
  readonly orders: readonly RollbackOrder[];
  readonly repairs: readonly RepairOrder[];
  readonly pages: readonly Page[];
}

/** Who signs what the launch does by itself. */
export const softlaunch = 'softlaunch';

/**
 * Decides what a launch does about what the watch of its phase saw. Triggers roll back, misses do what the plan says for each criterion once, hand edits
 * are adopted when they turn something off and hold the launch otherwise. While the launch is rolled back nothing is ordered again, but people are told
 * what was turned on by hand. Before its phase is open, what is seen is of the phase it comes from: its triggers are heeded, its misses are not; and when
 * the phase begins again, nothing is on that a trigger could turn off.
 */
export function takeLaunchNews(plan: Plan, state: LaunchState, news: News): Heard {
  const adopted = adoptRollbacks(plan, state, news.rollbacks);
  if (isOver(state)) return adopted;
  const known = { ...adopted, state: { ...adopted.state, situation: news.situation } };
  const acted = known.state.rollback ? known : actOnSituation(plan, known, { before: state.situation, at: news.at });
  return takeDrift(plan, acted, { before: state.drift, news });
}

/** What people rolled back in the database is rolled back for the launch too, and seen through like its own. */
export function adoptRollbacks(plan: Plan, state: LaunchState, rollbacks: News['rollbacks']): Heard {
  const foreign = isOver(state) ? [] : rollbacks.filter((order) => !isOrdered(state, order));
  const adopted = foreign.reduce((before, order) => withOrderedRollback(plan, before, order, order.at), state);
  return heard(adopted, foreign);
}

function actOnSituation(plan: Plan, known: Heard, { before, at }: { readonly before: Situation; readonly at: number }): Heard {
  const { state } = known;
  const trigger = beginsAgain(state) ? undefined : state.situation.triggers[0];
  if (trigger) return withOrder(plan, known, launchOrder(state, at, trigger), at);
  const gate = phaseOf(plan, state.phase).passesWhen;
  return state.opened ? actOnMisses(plan, known, { scope: 'launch', gate, before, at }) : known;
}

/** Nothing is on, and will not be before its phase opens again. */
function beginsAgain({ opened, again }: LaunchState): boolean {
  return again && !opened;
}

/** The same for one community: what its plan says is done to that community; what the phase says of any community is done to the launch. */
export function takeCommunityNews(plan: Plan, state: LaunchState, report: CommunityState, at: number): Heard {
  const before = Object.hasOwn(state.communities, report.slug) ? state.communities[report.slug] : undefined;
  if (!before || isOver(state) || before.state === 'rolled back' || before.state === 'refused') return heard(state);
  // From the watch of an earlier joining, which has not yet heard that it is over.
  if (before.state === 'readmitted' || report.joinedAt < before.joinedAt) return heard(state);
  // Refused because the launch was rolled back at that moment: it joins when the phase begins again.
  if ((state.rollback || beginsAgain(state)) && report.state === 'refused') return heard(state);
  const scope = communityScope(report.slug);
  const known = heard(withCommunity(state, report));
  if (report.state !== 'open' || state.rollback) return known;
  const breached = phaseOf(plan, state.phase).rollsBackWhen.find(
    (trigger) => trigger.kind === 'missed' && report.situation.missed.includes(trigger.criterion),
  );
  if (breached?.kind === 'missed')
    return withOrder(plan, known, launchOrder(state, at, `${breached.criterion} is missed in ${report.slug}`), at);
  const trigger = report.situation.triggers[0];
  if (trigger)
    return withOrder(plan, known, { commandId: `trigger/${report.slug}/${state.entry}/${at}`, scope, by: softlaunch, reason: trigger }, at);
  const gate = phaseOf(plan, report.phase).eachCommunity?.criteria ?? {};
  return actOnMisses(plan, known, { scope, gate, before: before.situation, at });
}

interface Misses {
  readonly scope: string;
  readonly gate: Readonly<Record<string, GateCriterion>>;
  readonly before: Situation;
  readonly at: number;
}

/** Every criterion that is newly missed, or newly cannot be measured, has its actions. */
function actOnMisses(plan: Plan, known: Heard, { scope, gate, before, at }: Misses): Heard {
  const situation = situationIn(known.state, scope);
  const missed = situation.missed.filter((criterion) => !before.missed.includes(criterion));
  const acted = missed.reduce(
    (so, criterion) => actOnMiss(plan, so, { criterion, scope, actions: gate[criterion]?.ifNot ?? [], at }),
    known,
  );
  const blind = situation.blind.filter((criterion) => !before.blind.includes(criterion));
  const pages = blind.map((criterion) => ({
    role: onCall(plan),
    scope,
    what: `${criterion} could not be measured four times in a row: the gate is shut until it can`,
  }));
  return { ...acted, pages: [...acted.pages, ...pages] };
}

interface Miss {
  readonly criterion: string;
  readonly scope: string;
  readonly actions: readonly MissedAction[];
  readonly at: number;
}

/** A repair comes first and is tried once in a phase; the other actions follow when the criterion is still missed after it. */
function actOnMiss(plan: Plan, known: Heard, miss: Miss): Heard {
  const { criterion, scope, actions } = miss;
  const repair = actions.find((action) => action.kind === 'repair');
  const key = `${scope}/${criterion}`;
  if (repair && !known.state.repaired.includes(key)) {
    const state = { ...known.state, repaired: [...known.state.repaired, key] };
    return {
      ...known,
      state: withoutMiss(state, scope, criterion),
      repairs: [...known.repairs, { repair: repair.repair, criterion, scope }],
    };
  }
  return actions.reduce((so, action) => act(plan, so, action, miss), known);
}

function act(plan: Plan, known: Heard, action: MissedAction, { criterion, scope, at }: Miss): Heard {
  const community = communityOf(scope);
  const what = `${criterion} is missed${community === undefined ? '' : ` in ${community}`}`;
  switch (action.kind) {
    case 'page':
      return { ...known, pages: [...known.pages, { role: action.role, scope, what }] };
    case 'hold':
      return withHold(known, { by: softlaunch, reason: what, at, source: 'criterion', ...(community === undefined ? {} : { community }) });
    case 'roll back': {
      const target = action.scope === 'that community' ? scope : action.scope;
      return withOrder(
        plan,
        known,
        { commandId: `missed/${key(target)}/${known.state.entry}/${at}`, scope: target, by: softlaunch, reason: what },
        at,
      );
    }
    case 'repair':
      return known;
    default:
      return action satisfies never;
  }
}

/** What is off by hand is adopted; anything else holds the launch until a person chooses. Each thing is acted on once. */
function takeDrift(plan: Plan, known: Heard, { before, news }: { readonly before: readonly string[]; readonly news: News }): Heard {
  const fresh = news.drift.filter((note) => !before.includes(keyOf(note)));
  const acted = fresh.reduce((so, note) => actOnDrift(plan, so, note, news.at), known);
  return { ...acted, state: { ...acted.state, drift: keysOf(news.drift) } };
}

function actOnDrift(plan: Plan, known: Heard, note: DriftNote, at: number): Heard {
  const entry: JournalEntry = { kind: 'drift', scope: 'launch', actor: 'somebody', summary: `${driftText(note)}.` };
  const noted = { ...known, journal: [...known.journal, entry] };
  if (note.what === 'turned off by hand' && known.state.rollback) return noted;
  if (note.what === 'turned off by hand') {
    const scopes = note.kind === 'community' ? [communityScope(note.key)] : featuresOf(plan, known.state, note.key).map(featureScope);
    const order = (scope: string): RollbackOrder => ({
      commandId: `drift/${scope}/${known.state.entry}/${at}`,
      scope,
      by: 'somebody',
      reason: driftText(note),
    });
    return scopes.reduce<Heard>((so, scope) => withOrder(plan, so, order(scope), at), noted);
  }
  const held = withHold(noted, { by: softlaunch, reason: driftText(note), at, source: 'drift' });
  return {
    ...held,
    pages: [
      ...held.pages,
      { role: onCall(plan), scope: 'launch', what: `${driftText(note)}: the launch is held; undo it or resume to keep it` },
    ],
  };
}

/** A hand edit as a sentence without its full stop. */
export function driftText({ kind, key: name, what }: DriftNote): string {
  if (what === 'row deleted') return `The row of ${kind} ${name} was deleted`;
  if (what === 'guard violated') return `The guarded flag ${name} was changed by hand`;
  return what === 'setting changed' ? `The setting ${name} was changed by hand` : `The ${kind} ${name} was ${what}`;
}

function featuresOf(plan: Plan, state: LaunchState, flag: string): readonly string[] {
  return phaseOf(plan, state.phase).features.filter((name) => {
    const feature = plan.features[name];
    return !state.featuresOff.includes(name) && (feature?.on.includes(flag) || feature?.off.includes(flag));
  });
}

/** Adds an order and what it means for the launch. */
function withOrder(plan: Plan, known: Heard, order: RollbackOrder, at: number): Heard {
  if (known.orders.some(({ scope }) => scope === order.scope || scope === 'launch')) return known;
  return { ...known, state: withOrderedRollback(plan, known.state, order, at), orders: [...known.orders, order] };
}

function withHold(known: Heard, hold: Hold): Heard {
  if (known.state.holds.some(({ reason }) => reason === hold.reason)) return known;
  const entry: JournalEntry = { kind: 'hold', scope: 'launch', actor: hold.by, summary: `Held: ${hold.reason}.` };
  return { ...known, state: { ...known.state, holds: [...known.state.holds, hold] }, journal: [...known.journal, entry] };
}

function launchOrder(state: LaunchState, at: number, reason: string): RollbackOrder {
  return { commandId: `trigger/launch/${state.entry}/${at}`, scope: 'launch', by: softlaunch, reason };
}

function heard(state: LaunchState, orders: readonly RollbackOrder[] = []): Heard {
  return { state, journal: [], orders, repairs: [], pages: [] };
}

function situationIn(state: LaunchState, scope: string): Situation {
  return scope === 'launch' ? state.situation : (state.communities[communityOf(scope) ?? '']?.situation ?? state.situation);
}

/** As if it had not been seen, so that the look after the repair reports it when it is still there. */
function withoutMiss(state: LaunchState, scope: string, criterion: string): LaunchState {
  const forget = (situation: Situation) => ({ ...situation, missed: situation.missed.filter((name) => name !== criterion) });
  if (scope === 'launch') return { ...state, situation: forget(state.situation) };
  const community = state.communities[communityOf(scope) ?? ''];
  return community ? withCommunity(state, { ...community, situation: forget(community.situation) }) : state;
}

function keysOf(notes: readonly DriftNote[]): readonly string[] {
  return notes.map(keyOf).sort();
}

/** Names one hand edit, so that the same one is acted on once. */
export function keyOf({ kind, key: name, what }: DriftNote): string {
  return `${what}: ${kind} ${name}`;
}

function key(scope: string): string {
  return scope.replace(/^community:/, '');
}
