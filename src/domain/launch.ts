import type { Incident } from './incident.ts';
import type { Phase, PhaseName, Plan } from './plan.ts';
import { phaseNames } from './plan.ts';
import type { Situation } from './situation.ts';

/**
 * Where a launch stands: everything its workflow decides by, as plain JSON. Measurements are not in it, they stay in the database.
 * Instants are logical time in milliseconds since 1970.
 */
export interface LaunchState {
  readonly launch: string;
  readonly planHash: string;
  readonly startedAt: number;
  /** Midnight before the start in the plan's zone: times of day count from here. */
  readonly midnightAt: number;
  readonly stage: 'running' | 'rolled back' | 'completed' | 'abandoned' | 'cancelled';
  readonly phase: PhaseName;
  /** Counts entries into phases; a phase entered again has a new number, and its evidence begins anew. */
  readonly entry: number;
  /** Whether the phase's features are on. Entering comes before opening, and opening may be refused by the product. */
  readonly opened: boolean;
  /** Entered again after a rollback: until it opens nothing is on, and all evidence begins anew. */
  readonly again: boolean;
  /** How often opening this entry was tried; each try is a write of its own. */
  readonly openings: number;
  readonly phaseOpenedAt: number;
  /** The minimum stay ends here. */
  readonly stayUntil: number;
  readonly firstOpenedAt: Readonly<Partial<Record<PhaseName, number>>>;
  /** The fence this launch's writes carry. */
  readonly fence: number;
  /** What the phase's watch last reported. */
  readonly situation: Situation;
  readonly communities: Readonly<Record<string, CommunityState>>;
  readonly wavesJoined: number;
  readonly lastWaveAt: number;
  /** Checklist items ticked since the phase was entered. */
  readonly checked: Readonly<Record<string, { readonly by: string; readonly at: number }>>;
  /** People who said go (or, after a rollback, resume) since the phase was entered. */
  readonly votes: readonly Vote[];
  readonly waivers: readonly Waiver[];
  readonly holds: readonly Hold[];
  readonly incidents: readonly Incident[];
  /** The rollback of the whole launch that is in force. */
  readonly rollback: RollbackState | null;
  /** The latest rollback of each feature and community, by scope. */
  readonly partRollbacks: Readonly<Record<string, RollbackState>>;
  /** Command ids of the rollbacks that the launch ordered or has heard of. */
  readonly ordered: readonly string[];
  /** Features that were rolled back: later waves go without them. */
  readonly featuresOff: readonly string[];
  /** Communities that people took out of the candidates. */
  readonly excluded: readonly string[];
  /** Repairs that were tried since the phase was entered, as `scope/criterion`: each is tried once. */
  readonly repaired: readonly string[];
  /** What people were reminded of since the phase was entered, so that each thing is said once. */
  readonly reminded: readonly string[];
  /** What was done to the product by hand and is not yet chosen by a person, as the watch last saw it. */
  readonly drift: readonly string[];
  /** Tuned values by `flag.setting`. */
  readonly tuned: Readonly<Record<string, number>>;
  /** Answers already given: the same command again gets the same answer. Asked by `answerTo`. */
  readonly answers: Readonly<Record<string, Answer>>;
}

export interface CommunityState {
  readonly slug: string;
  readonly phase: PhaseName;
  readonly joinedAt: number;
  /** `readmitted`: rolled back or refused before, and about to join again by a person's decision. */
  readonly state: 'joining' | 'open' | 'refused' | 'rolled back' | 'readmitted';
  readonly situation: Situation;
  /** Why it was refused or rolled back. */
  readonly why?: string;
}

export interface Vote {
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** A go against criteria or communities that are not well, by name. It ends with the phase, or earlier. Source: ASVS 2.3.1, step order. */
export interface Waiver extends Vote {
  readonly expiresAt: number;
  readonly phase: PhaseName;
  readonly criteria: readonly string[];
}

export interface Hold extends Vote {
  /** The community whose criterion caused it: when that has left, so has the cause. Absent: only people lift it. */
  readonly community?: string;
  readonly source: 'person' | 'criterion' | 'drift' | 'probes';
}

export interface RollbackState {
  readonly commandId: string;
  readonly scope: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  readonly state: 'ordered' | 'restored' | 'stuck';
}

/** What the operator gets back. */
export interface Answer {
  readonly accepted: boolean;
  /** A sentence: what happened, or why not and what is possible now. */
  readonly says: string;
}

/** One line for the journal. */
export interface JournalEntry {
  readonly kind: string;
  readonly scope: string;
  readonly actor: string;
  readonly summary: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Nothing looked at yet: not ready. */
export const unseen: Situation = { ready: false, missed: [], blind: [], pending: [], triggers: [] };

export interface LaunchStart {
  readonly planHash: string;
  readonly startedAt: number;
  readonly midnightAt: number;
}

/** A launch that has not yet entered its first phase. */
export function newLaunch(plan: Plan, { planHash, startedAt, midnightAt }: LaunchStart): LaunchState {
  return {
    launch: plan.launch,
    planHash,
    startedAt,
    midnightAt,
    stage: 'running',
    phase: phaseNames[0],
    entry: 0,
    opened: false,
    again: false,
    openings: 0,
    phaseOpenedAt: startedAt,
    stayUntil: startedAt,
    firstOpenedAt: {},
    fence: 0,
    situation: unseen,
    communities: {},
    wavesJoined: 0,
    lastWaveAt: 0,
    checked: {},
    votes: [],
    waivers: [],
    holds: [],
    incidents: [],
    rollback: null,
    partRollbacks: {},
    ordered: [],
    featuresOff: [],
    excluded: [],
    repaired: [],
    reminded: [],
    drift: [],
    tuned: {},
    answers: {},
  };
}

/**
 * The launch enters a phase, for the first time or again: what was seen, ticked and voted before does not count any more. Waves that have joined a phase
 * stay joined when it is entered again: their people had the features, and get them back when it opens.
 */
export function enterPhase(plan: Plan, state: LaunchState, name: PhaseName, at: number): LaunchState {
  const again = state.phase === name && state.entry > 0;
  return {
    ...state,
    stage: 'running',
    phase: name,
    entry: state.entry + 1,
    opened: false,
    again,
    openings: 0,
    phaseOpenedAt: at,
    stayUntil: stayEnd(plan, state, phaseOf(plan, name), at),
    situation: unseen,
    communities: mapValues(state.communities, (community) => ({ ...community, situation: again ? unseen : community.situation })),
    wavesJoined: again ? state.wavesJoined : 0,
    lastWaveAt: again ? state.lastWaveAt : 0,
    checked: {},
    votes: [],
    repaired: [],
    reminded: [],
    rollback: null,
  };
}

/** The phase's features are on: from here on time and evidence count. */
export function openPhase(plan: Plan, state: LaunchState, at: number): LaunchState {
  return {
    ...state,
    opened: true,
    phaseOpenedAt: at,
    stayUntil: stayEnd(plan, state, phaseOf(plan, state.phase), at),
    situation: unseen,
    firstOpenedAt: { ...state.firstOpenedAt, [state.phase]: state.firstOpenedAt[state.phase] ?? at },
  };
}

/** The launch stays in its last phase until the review is due. */
function stayEnd(plan: Plan, state: LaunchState, phase: Phase, at: number): number {
  const stay = at + phase.minimumStayMs;
  return phase.name === phaseNames.at(-1) ? Math.max(stay, reviewDueAt(plan, state)) : stay;
}

/** When the review is due: so long after the internal phase first opened (T-0); the launch's start before that. */
export function reviewDueAt(plan: Plan, state: LaunchState): number {
  return (state.firstOpenedAt.internal ?? state.startedAt) + plan.review.afterMs;
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** The phase of the plan that the launch is in. */
export function phaseOf(plan: Plan, name: PhaseName): Phase {
  const phase = plan.phases.find((candidate) => candidate.name === name);
  if (!phase) throw new Error(`The plan ${plan.launch} has no phase ${name}, though every plan must.`);
  return phase;
}

/** It is over: nothing can be decided any more. */
export function isOver(state: LaunchState): boolean {
  return state.stage === 'completed' || state.stage === 'abandoned' || state.stage === 'cancelled';
}

/** The communities that have the features now. */
export function openCommunities(state: LaunchState): readonly CommunityState[] {
  return Object.values(state.communities).filter((community) => community.state === 'open');
}

/** The community joined at some time, whatever became of it. */
export function isIn(state: LaunchState, community: string | undefined): boolean {
  return community !== undefined && Object.hasOwn(state.communities, community);
}

/** Adds or changes one community. */
export function withCommunity(state: LaunchState, community: CommunityState): LaunchState {
  return { ...state, communities: { ...state.communities, [community.slug]: community } };
}

/** How many answers are remembered, so that the state stays small. */
const rememberedAnswers = 200;

/** Remembers what was answered to a command. */
export function withAnswer(state: LaunchState, commandId: string, answer: Answer): LaunchState {
  const answers = Object.entries({ ...state.answers, [answerKey(commandId)]: answer }).slice(-rememberedAnswers);
  return { ...state, answers: Object.fromEntries(answers) };
}

/** What was answered to a command before; undefined when it is new, or so old that it is forgotten. */
export function answerTo(state: LaunchState, commandId: string): Answer | undefined {
  const key = answerKey(commandId);
  return Object.hasOwn(state.answers, key) ? state.answers[key] : undefined;
}

/** Keys of an object that look like numbers come before all others: a command called `7` would be forgotten first, and could take effect twice. */
const answerKey = (commandId: string): string => `command ${commandId}`;
