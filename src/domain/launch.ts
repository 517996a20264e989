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
  /** Features that were rolled back: later waves go without them. */
  readonly featuresOff: readonly string[];
  /** Communities that people took out of the candidates. */
  readonly excluded: readonly string[];
  /** Tuned values by `flag.setting`. */
  readonly tuned: Readonly<Record<string, number>>;
  /** Answers already given, by command id: the same command again gets the same answer. */
  readonly answers: Readonly<Record<string, Answer>>;
}

export interface CommunityState {
  readonly slug: string;
  readonly phase: PhaseName;
  readonly joinedAt: number;
  readonly state: 'joining' | 'open' | 'refused' | 'rolled back';
  readonly situation: Situation;
  /** Why it was refused or rolled back. */
  readonly why?: string;
}

export interface Vote {
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** A go against criteria that are not met. Source: ASVS 2.3.1, step order. */
export interface Waiver extends Vote {
  readonly phase: PhaseName;
  readonly criteria: readonly string[];
}

export interface Hold extends Vote {
  /** What lifts it: `people` only. */
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
export const unseen: Situation = { ready: false, missed: [], blind: [], triggers: [] };

export interface LaunchStart {
  readonly planHash: string;
  readonly startedAt: number;
  readonly midnightAt: number;
}

/** A launch that has not yet entered its first phase. */
export function newLaunch(plan: Plan, start: LaunchStart): LaunchState {
  return {
    launch: plan.launch,
    ...start,
    stage: 'running',
    phase: phaseNames[0],
    entry: 0,
    phaseOpenedAt: start.startedAt,
    stayUntil: start.startedAt,
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
    featuresOff: [],
    excluded: [],
    tuned: {},
    answers: {},
  };
}

/** The launch enters a phase, for the first time or again: what was seen, ticked and voted before does not count any more. */
export function enterPhase(state: LaunchState, phase: Phase, at: number): LaunchState {
  return {
    ...state,
    stage: 'running',
    phase: phase.name,
    entry: state.entry + 1,
    phaseOpenedAt: at,
    stayUntil: at + phase.minimumStayMs,
    firstOpenedAt: { ...state.firstOpenedAt, [phase.name]: state.firstOpenedAt[phase.name] ?? at },
    situation: unseen,
    wavesJoined: state.phase === phase.name ? state.wavesJoined : 0,
    lastWaveAt: state.phase === phase.name ? state.lastWaveAt : 0,
    checked: {},
    votes: [],
    rollback: null,
  };
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

/** Adds or changes one community. */
export function withCommunity(state: LaunchState, community: CommunityState): LaunchState {
  return { ...state, communities: { ...state.communities, [community.slug]: community } };
}

/** How many answers are remembered, so that the state stays small. */
const rememberedAnswers = 200;

/** Remembers what was answered to a command. */
export function withAnswer(state: LaunchState, commandId: string, answer: Answer): LaunchState {
  const answers = Object.entries({ ...state.answers, [commandId]: answer }).slice(-rememberedAnswers);
  return { ...state, answers: Object.fromEntries(answers) };
}
