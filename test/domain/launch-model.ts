import type { Command } from '../../src/domain/command.ts';
import { type CommunityState, enterPhase, isOver, type LaunchState, openPhase, unseen, withCommunity } from '../../src/domain/launch.ts';
import { type Heard, type News, takeCommunityNews, takeLaunchNews } from '../../src/domain/news.ts';
import { type NextStep, nextStep } from '../../src/domain/next-step.ts';
import type { Facts } from '../../src/domain/outcome.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { withRollbackSettled } from '../../src/domain/rollback.ts';
import { type Taken, takeCommand } from '../../src/domain/take-command.ts';
import { midnight } from './launch-builder.ts';

/** Something that can happen to a launch. Instants in it are set when it happens. */
export type Happening =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'command'; readonly command: Command; readonly facts: Facts }
  | { readonly kind: 'news'; readonly news: Omit<News, 'at'> }
  | {
      readonly kind: 'community';
      readonly which: number;
      readonly report: Pick<CommunityState, 'state' | 'situation'>;
      readonly late: boolean;
    }
  | { readonly kind: 'settled'; readonly which: number; readonly as: 'restored' | 'stuck' }
  /** The launch takes its steps until it waits; the product refuses to open a phase, or does not. */
  | { readonly kind: 'steps'; readonly refuses: boolean };

/** One change of a launch, for invariants to look at: the state before and after, and what made the difference. */
export interface Transition {
  readonly before: LaunchState;
  readonly after: LaunchState;
  readonly at: number;
  readonly by:
    | { readonly taken: Taken; readonly command: Command }
    | { readonly heard: Heard; readonly news: Pick<News, 'rollbacks'> }
    | { readonly step: NextStep }
    | 'settled';
}

/** Lets everything happen in order, as the workflow would, and shows each change. */
export function* live(plan: Plan, begin: LaunchState, happenings: readonly Happening[], startedAt: number): Generator<Transition> {
  let state = begin;
  let at = startedAt;
  for (const happening of happenings) {
    if (happening.kind === 'time') at += happening.ms;
    const changes = happening.kind === 'steps' ? steps(plan, state, at, happening.refuses) : once(plan, state, at, happening);
    for (const change of changes) {
      yield { ...change, before: state, at };
      state = change.after;
    }
  }
}

type Change = Pick<Transition, 'after' | 'by'>;

function once(plan: Plan, state: LaunchState, at: number, happening: Exclude<Happening, { kind: 'steps' }>): readonly Change[] {
  switch (happening.kind) {
    case 'time':
      return [];
    case 'command': {
      const taken = takeCommand(plan, state, happening.command, at, happening.facts);
      return [{ after: taken.state, by: { taken, command: happening.command } }];
    }
    case 'news': {
      const news = { ...happening.news, at };
      const heard = takeLaunchNews(plan, state, news);
      return [{ after: heard.state, by: { heard, news } }];
    }
    case 'community': {
      const known = Object.values(state.communities)[happening.which];
      if (!known) return [];
      const report = { ...known, ...happening.report, joinedAt: known.joinedAt - (happening.late ? 1 : 0) };
      const heard = takeCommunityNews(plan, state, report, at);
      return [{ after: heard.state, by: { heard, news: { rollbacks: [] } } }];
    }
    case 'settled': {
      const scope = [state.rollback?.scope, ...Object.keys(state.partRollbacks)].filter((one) => one !== undefined)[happening.which];
      return scope === undefined ? [] : [{ after: withRollbackSettled(state, scope, happening.as), by: 'settled' }];
    }
    default:
      return happening satisfies never;
  }
}

/** A launch that takes this many steps without waiting goes round in circles. */
const mostSteps = 40;

function* steps(plan: Plan, begin: LaunchState, at: number, refuses: boolean): Generator<Change> {
  let state = begin;
  for (let taken = 0; taken < mostSteps; taken += 1) {
    const step = nextStep(plan, state, { at, midnightAt: midnight });
    if (step.do === 'wait') return;
    const after = stepped(plan, state, at, step, refuses);
    yield { after, by: { step } };
    if (step.do === 'end') return;
    state = after;
  }
  throw new Error(`The launch never waits: it stands in ${state.phase} and takes step after step.`);
}

function stepped(plan: Plan, state: LaunchState, at: number, step: Exclude<NextStep, { do: 'wait' }>, refuses: boolean): LaunchState {
  switch (step.do) {
    case 'enter':
      return enterPhase(plan, state, step.phase, at);
    case 'open':
      return refuses
        ? { ...state, openings: state.openings + 1, holds: [...state.holds, { by: 'softlaunch', reason: 'refused', at, source: 'drift' }] }
        : openPhase(plan, state, at);
    case 'join': {
      const slugs = Array.from({ length: step.add }, (_, index) => `${state.phase}-${state.entry}-${step.wave}-${index}`);
      return slugs.reduce((so, slug) => join(so, slug, at), { ...state, wavesJoined: step.wave + 1, lastWaveAt: at });
    }
    case 'readmit':
      return join(state, step.community, at);
    case 'remind':
      return { ...state, reminded: [...state.reminded, step.key] };
    case 'end':
      return isOver(state) ? state : { ...state, stage: 'completed' };
    default:
      return step satisfies never;
  }
}

function join(state: LaunchState, slug: string, at: number): LaunchState {
  const phase = state.communities[slug]?.phase ?? state.phase;
  return withCommunity(state, { slug, phase, joinedAt: at, state: 'joining', situation: unseen });
}
