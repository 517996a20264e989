import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { isOver, phaseOf } from '../domain/launch.ts';
import { launchTarget } from '../domain/look.ts';
import { takeLaunchNews } from '../domain/news.ts';
import { polling } from './activity-options.ts';
import { hear } from './commands.ts';
import type { LaunchRun } from './launch-run.ts';

/** The watch of a launch. It looks at one phase until the next one is open, so from the first opening on it never stands still. */
export interface PhaseWatch {
  /** Begins to look at a phase that has just opened, and ends the look at the one before. */
  begin(): Promise<void>;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

/** Watches in the background: while people are waited for, while held, to the end. In a run that goes on with anything opened it looks at once. */
export function watchPhase(run: LaunchRun): PhaseWatch {
  let scope = new CancellationScope();
  let watching: Promise<unknown> = Promise.resolve();
  const start = () => {
    scope = new CancellationScope();
    watching = scope
      .run(() => Promise.all([look(run), proveProbes(run)]))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  };
  const stop = async () => {
    scope.cancel();
    await watching;
  };
  if (Object.keys(run.state().firstOpenedAt).length > 0 && !isOver(run.state())) start();
  return {
    stop,
    begin: async () => {
      await stop();
      start();
    },
  };
}

async function look(run: LaunchRun): Promise<void> {
  let lookedAt: number | undefined;
  for (;;) {
    const state = run.state();
    const known = {
      target: launchTarget(state),
      known: state.situation,
      knownDrift: state.drift,
      knownRollbacks: state.ordered,
    };
    const news = await polling.watch.executeWithOptions({ summary: `watch ${state.phase}` }, [
      { ...known, ...(lookedAt === undefined ? {} : { lookedAt }) },
    ]);
    // Carried out whatever becomes of this watch: a phase that is left must not leave half of a rollback undone.
    const heard = await hear(run, (now) => takeLaunchNews(run.plan, now, news));
    // After a repair its criterion is looked at again at once.
    lookedAt = heard.repairs.length > 0 ? undefined : news.at;
  }
}

/** Items of the checklist that the launch ticks by itself: once every probe has answered as the plan wants. */
async function proveProbes(run: LaunchRun): Promise<void> {
  const { phase, checked, entry } = run.state();
  const items = phaseOf(run.plan, phase).checklist.filter(({ proof, item }) => proof === 'probes' && !(item in checked));
  if (items.length === 0) return;
  const everyMs = phaseOf(run.plan, phase).cadence[0]?.everyMs ?? 1_000;
  const answers = await polling.proveProbes.executeWithOptions({ summary: 'ask every probe' }, [{ launch: run.launch, everyMs }]);
  const ticks = Object.fromEntries(items.map(({ item }) => [item, { by: 'softlaunch', at: Date.now() }]));
  run.change((state) => (state.entry === entry ? { ...state, checked: { ...state.checked, ...ticks } } : state));
  const summary = `Checked ${items.map(({ item }) => `"${item}"`).join(', ')}: all ${answers.length} probes answer.`;
  await run.write([{ kind: 'check', scope: 'launch', actor: 'softlaunch', summary, detail: { answers } }]);
}
