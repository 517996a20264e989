import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { launchHealth } from '../domain/health.ts';
import type { JournalEntry, LaunchState } from '../domain/launch.ts';
import { newLaunch } from '../domain/launch.ts';
import type { Page } from '../domain/news.ts';
import type { Clock } from '../domain/next-step.ts';
import { writing } from './activity-options.ts';
import { attributes } from './attributes.ts';
import { launchDetails } from './launch-details.ts';
import type { LaunchInput } from './messages.ts';

/** A launch while it runs: its plan, where it stands, and how it is waited for and written down. */
export interface LaunchRun {
  readonly input: LaunchInput;
  readonly plan: LaunchInput['plan'];
  readonly launch: string;
  /** Where it stands now. Never kept over an await: somebody may have changed it. */
  state(): LaunchState;
  /** Changes where it stands, and shows it. */
  change(change: (state: LaunchState) => LaunchState): void;
  clock(): Clock;
  /** Carries out what was heard or said. Meanwhile the launch takes no step forward of its own. */
  carryOut<T>(work: () => Promise<T>): Promise<T>;
  /** Until everything that was heard or said is carried out. */
  settled(): Promise<void>;
  /** Shows its phase and health in lists of workflows. */
  showInLists(): void;
  /** Until something changes, or the time has come. */
  waitForChange(wait: { readonly until?: number; readonly for: string }): Promise<void>;
  /** Writes entries and pages down, in one go. */
  write(entries: readonly JournalEntry[], pages?: readonly Page[]): Promise<void>;
  /** A name that no other run of this launch gives to anything. */
  uniqueKey(what: string): string;
}

export function openRun(input: LaunchInput): LaunchRun {
  const { plan, midnightAt } = input;
  let state = input.state ?? newLaunch(plan, input);
  let version = 0;
  let keys = 0;
  let carryingOut = 0;
  let shown = '';
  const alarm = new Alarm();
  const clock = () => ({ at: Date.now(), midnightAt });

  /** An attribute costs an event and a write of its own, so it is written only when it says something new, and never on the way to something urgent. */
  const showInLists = () => {
    const now = `${state.phase} ${launchHealth(state)}`;
    if (now !== shown)
      upsertSearchAttributes([
        { key: attributes.phase, value: state.phase },
        { key: attributes.health, value: launchHealth(state) },
      ]);
    shown = now;
  };

  const uniqueKey = (what: string) => {
    keys += 1;
    return `${what}/${workflowInfo().runId}/${keys}`;
  };

  return {
    input,
    plan,
    launch: plan.launch,
    state: () => state,
    change: (change) => {
      state = change(state);
      version += 1;
      setCurrentDetails(launchDetails(plan, state, clock().at));
    },
    clock,
    carryOut: async (work) => {
      carryingOut += 1;
      try {
        return await work();
      } finally {
        carryingOut -= 1;
      }
    },
    showInLists,
    settled: () => condition(() => carryingOut === 0),
    waitForChange: async ({ until, for: summary }) => {
      showInLists();
      const seen = version;
      alarm.setFor(until, summary);
      await condition(() => version !== seen || alarm.rang());
    },
    write: async (entries, pages = []) => {
      if (entries.length + pages.length === 0) return;
      await writing.writeJournal.executeWithOptions({ summary: (entries[0]?.summary ?? pages[0]?.what ?? '').slice(0, 180) }, [
        { launch: plan.launch, key: uniqueKey('entry'), at: Date.now(), entries, pages },
      ]);
    },
    uniqueKey,
  };
}

/** How long before its instant a timer is not called off any more. The test server loses a step of a workflow that calls off a timer that has just rung. */
const almostMs = 100;

/** One timer that is kept as long as it is for the same instant: setting one anew at every change would double the history. */
class Alarm {
  #at: number | undefined;
  #scope = new CancellationScope();

  /** It will ring at this instant and at no other; at none when there is nothing to wait for but people. */
  setFor(at: number | undefined, summary: string): void {
    if (at === this.#at) return;
    // One that is about to ring may have rung by the time this is heard of; it is left to, and finds that nobody waits for it.
    if (this.#at !== undefined && this.#at > Date.now() + almostMs) this.#scope.cancel();
    this.#at = at;
    if (at === undefined) return;
    const scope = new CancellationScope();
    this.#scope = scope;
    scope
      .run(() => sleep(Math.max(at - Date.now(), 1), { summary: summary.slice(0, 180) }))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }

  /** Its instant has come. */
  rang(): boolean {
    return this.#at !== undefined && Date.now() >= this.#at;
  }
}
