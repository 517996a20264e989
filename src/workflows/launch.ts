import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { onCall } from '../domain/incident.ts';
import { enterPhase, isOver, type LaunchState, openPhase, phaseOf, unseen, withCommunity } from '../domain/launch.ts';
import { type NextStep, nextStep } from '../domain/next-step.ts';
import { communityScope, withRollback } from '../domain/rollback.ts';
import { writing } from './activity-options.ts';
import { adopt, receiveMessages } from './commands.ts';
import { sendOff, startCommunity, turnOff } from './effects.ts';
import { type LaunchRun, openRun } from './launch-run.ts';
import type { LaunchInput, LaunchResult } from './messages.ts';
import { type PhaseWatch, watchPhase } from './phase-watch.ts';

/** A launch from phase 0 to the review. What happens next is decided by `nextStep`; what the watches see is acted on whenever it comes. */
export async function launch(input: LaunchInput): Promise<LaunchResult> {
  const run = openRun(input);
  receiveMessages(run);
  try {
    return await live(run);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => cancel(run));
    throw new CancelledFailure(`${run.launch} was cancelled: everything it turned on is off.`);
  }
}

async function live(run: LaunchRun): Promise<LaunchResult> {
  const watch = watchPhase(run);
  try {
    for (;;) {
      await run.settled();
      const step = nextStep(run.plan, run.state(), run.clock());
      if (step.do === 'end') {
        const result = await end(run);
        if (result) return result;
      } else if (step.do === 'enter') await enter(run, step);
      else if (step.do === 'wait') await wait(run, watch, step);
      else await take(run, watch, step);
    }
  } finally {
    await watch.stop();
  }
}

/** One step forward. Each leaves the launch in a state from which the next step follows. */
async function take(run: LaunchRun, watch: PhaseWatch, step: Exclude<NextStep, { do: 'end' | 'enter' | 'wait' }>): Promise<void> {
  switch (step.do) {
    case 'open':
      return open(run, watch);
    case 'join':
      return joinWave(run, step);
    case 'readmit':
      return readmit(run, step.community);
    case 'remind':
      run.change((state) => ({ ...state, reminded: [...state.reminded, step.key] }));
      return run.write([], step.pages);
    default:
      step satisfies never;
  }
}

/** Goes into a phase. After a rollback into the same one again, which lifts the fence first: from here on its writes carry a new number. */
async function enter(run: LaunchRun, { phase }: { readonly phase: LaunchState['phase'] }): Promise<void> {
  const { rollback, phase: before, entry, votes } = run.state();
  if (rollback) {
    const vote = votes.at(-1);
    const order = { commandId: `resume/${entry}`, scope: 'launch', by: vote?.by ?? 'softlaunch', reason: vote?.reason ?? 'resumed' };
    const fence = await writing.lift({ launch: run.launch, order, known: run.state().ordered, at: Date.now() });
    run.change((state) => ({ ...state, fence }));
  } else if (entry > 0) {
    await announce(run, phaseOf(run.plan, before).announce.passing, `passed/${entry}`);
    await run.write([
      { kind: 'phase passed', scope: 'launch', actor: 'softlaunch', summary: `${before} passed.`, detail: { phase: before, entry } },
    ]);
  }
  // Somebody may have rolled back while we wrote: then this phase is not entered.
  run.change((state) => (state.stage === 'running' && !isOver(state) ? enterPhase(run.plan, state, phase, Date.now()) : state));
}

/** Turns the phase's features on, or holds the launch when the product refuses. Communities that had them before a rollback join again. */
async function open(run: LaunchRun, watch: PhaseWatch): Promise<void> {
  run.change((state) => ({ ...state, openings: state.openings + 1 }));
  const { phase, entry, again, openings: attempt, fence, featuresOff, tuned } = run.state();
  const at = Date.now();
  const announce = phaseOf(run.plan, phase).announce.opening;
  const opening = { launch: run.launch, phase, entry, attempt, fence, featuresOff, tuned, again, at, announce };
  const opened = await unlessStopped(run, () => writing.openPhase.executeWithOptions({ summary: `open ${phase}` }, [opening]));
  if (!opened || run.state().rollback || run.state().entry !== entry) return;
  if (!opened.opened) {
    // What somebody rolled back meanwhile is no reason to hold: the launch stands still by itself, or opens without that feature.
    if (opened.why === 'fence' && (await adopt(run))) return;
    return holdFor(run, `${phase} could not open: ${opened.says}`);
  }
  run.change((state) => openPhase(run.plan, state, at));
  await watch.begin();
  if (again) {
    const back = Object.values(run.state().communities).filter(({ state }) => state === 'open' || state === 'joining');
    for (const { slug, phase: joined } of back) if (!run.state().rollback) await startCommunity(run, slug, joined);
  }
}

/** What is given up while it still fails when the launch stands still: an opening that is tried again and again must not come true then. */
async function unlessStopped<T>(run: LaunchRun, work: () => Promise<T>): Promise<T | undefined> {
  const scope = new CancellationScope();
  const done = scope.run(work).catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
    return undefined;
  });
  await Promise.race([done, condition(() => run.state().holds.length > 0 || run.state().rollback !== null)]);
  scope.cancel();
  return done;
}

/** The product stands in the way: the launch is held until people have looked, and tries again when they resume it. */
async function holdFor(run: LaunchRun, reason: string): Promise<void> {
  run.change((state) => ({ ...state, holds: [...state.holds, { by: 'softlaunch', reason, at: Date.now(), source: 'drift' }] }));
  await run.write(
    [{ kind: 'hold', scope: 'launch', actor: 'softlaunch', summary: `Held: ${reason}.` }],
    [{ role: onCall(run.plan), what: reason, scope: 'launch' }],
  );
}

/** Lets the next wave in: the communities that the phase names, or the best that may join. */
async function joinWave(run: LaunchRun, { wave, add }: { readonly wave: number; readonly add: number }): Promise<void> {
  const { phase, excluded, communities } = run.state();
  const { audience } = phaseOf(run.plan, phase);
  const joined = Object.keys(communities);
  const picked =
    audience.kind === 'communities'
      ? { communities: audience.communities.filter((slug) => !joined.includes(slug) && !excluded.includes(slug)) }
      : await writing.pickCommunities({ launch: run.launch, add, taken: { joined, excluded } });
  if ('problem' in picked)
    return holdFor(run, `wave ${wave + 1} of ${phase} waits: it could not be asked who may join (${picked.problem})`);
  // A rollback meanwhile: the wave joins when the phase begins again.
  if (run.state().rollback) return;
  const found = picked.communities;
  run.change((state) => ({ ...state, wavesJoined: wave + 1, lastWaveAt: Date.now() }));
  const short = found.length < add ? `, of ${add}: no other may join` : '';
  const summary = `Wave ${wave + 1} of ${phase}: ${found.join(', ') || 'nobody'} ${found.length === 1 ? 'joins' : 'join'}${short}.`;
  await run.write([{ kind: 'wave', scope: 'launch', actor: 'softlaunch', summary, detail: { wave: wave + 1, communities: found } }]);
  const joining = (slug: string) => ({ slug, phase, joinedAt: Date.now(), state: 'joining' as const, situation: unseen });
  run.change((state) => found.reduce((before, slug) => withCommunity(before, joining(slug)), state));
  // After a rollback in the middle of the wave, the rest joins when the phase begins again.
  for (const slug of found) if (!run.state().rollback) await startCommunity(run, slug, phase);
}

/** A community that was rolled back joins again, by a person's decision. */
async function readmit(run: LaunchRun, slug: string): Promise<void> {
  const { entry, fence: before, communities } = run.state();
  const order = {
    commandId: `readmit/${slug}/${entry}/${before}`,
    scope: communityScope(slug),
    by: 'softlaunch',
    reason: `${slug} was admitted again`,
  };
  const fence = await writing.lift({ launch: run.launch, order, known: run.state().ordered, at: Date.now() });
  run.change((state) => ({ ...state, fence }));
  const community = communities[slug];
  if (community && run.state().communities[slug]?.state === 'readmitted') await startCommunity(run, slug, community.phase);
}

async function announce(run: LaunchRun, templates: readonly string[], key: string): Promise<void> {
  for (const template of templates) {
    const order = { launch: run.launch, key, template, values: { phase: run.state().phase }, at: Date.now() };
    await writing.announce.executeWithOptions({ summary: `announce "${template}"` }, [order]);
  }
}

/** Waits; a history that has grown long goes on in a new run. */
async function wait(run: LaunchRun, watch: PhaseWatch, step: Extract<NextStep, { do: 'wait' }>): Promise<void> {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  if (continueAsNewSuggested || historyLength >= (run.input.longestHistory ?? longestHistory)) {
    await watch.stop();
    await condition(allHandlersFinished);
    // Nothing is awaited between looking at the state and handing it over.
    return continueAsNew<typeof launch>({ ...run.input, state: run.state() });
  }
  await run.waitForChange(step);
}

/** A replay of more than this takes a worker more than half a second. */
const longestHistory = 2_000;

/** The launch is over: completed with everything on and reviewed, or abandoned with everything off. Nothing, when somebody rolled back meanwhile. */
async function end(run: LaunchRun): Promise<LaunchResult | undefined> {
  const completed = run.state().stage === 'running';
  if (completed) {
    // Nobody is told that everyone has the features when somebody has just turned them off.
    if (await adopt(run)) return undefined;
    const since = run.state().firstOpenedAt.internal ?? run.state().startedAt;
    await writing.recordReview.executeWithOptions({ summary: 'ask what the review wants to know' }, [
      { launch: run.launch, since, at: Date.now() },
    ]);
  }
  if (completed && run.state().stage !== 'running') return undefined;
  const outcome = completed ? 'completed' : 'abandoned';
  run.change((state) => ({ ...state, stage: outcome }));
  const says = completed ? `${run.launch} is complete: everyone has the features.` : `${run.launch} is abandoned: everything is off.`;
  await leaveAll(run, outcome, says);
  return { outcome, says };
}

/** "Request Cancellation" is the safe direction: everything goes off, is proven, announced and released before the launch ends. */
async function cancel(run: LaunchRun): Promise<void> {
  const at = Date.now();
  const order = { commandId: `cancel/${workflowInfo().runId}`, scope: 'launch', by: 'somebody', reason: 'the launch was cancelled' };
  run.change((state) => withRollback(state, order, at));
  await turnOff(run, order);
  await condition(() => run.state().rollback?.state === 'restored');
  run.change((state) => ({ ...state, stage: 'cancelled' }));
  await leaveAll(run, 'cancelled', `${run.launch} was cancelled: everything is off.`);
}

async function leaveAll(run: LaunchRun, outcome: LaunchResult['outcome'], reason: string): Promise<void> {
  run.showInLists();
  const leave = outcome === 'completed' ? 'on' : 'off';
  await writing.end({ launch: run.launch, outcome, leave, actor: 'softlaunch', reason, at: Date.now() });
  await Promise.all(Object.keys(run.state().communities).map((slug) => sendOff(run, slug, outcome)));
  await condition(allHandlersFinished);
}
