import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { type CommonOptions, common, launchArgument } from '../command-options.ts';
import { isOrphaned, type LaunchOverview, loadOverview } from '../launch-overview.ts';
import { phaseNow } from '../render/head.ts';
import { statusText } from '../render/status.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';

interface StatusOptions extends CommonOptions {
  readonly watch?: boolean;
}

const WATCH_EVERY_MS = 1_000;

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('status')
    .summary('where a launch stands, and the evidence')
    .description(
      'Shows where a launch stands, what its gate waits for, the evidence, rollbacks, hand edits, announcements and the last of its journal. Works without a worker and without Temporal, as far as the database knows.',
    )
    .argument(...launchArgument)
    .option('--watch', 'keep showing it until Ctrl-C or the end of the launch');
  common(command, ['status', 'status --watch', 'status carpool-v2 --json']);
  command.action((launch: string | undefined, options: StatusOptions) =>
    perform(shell, options, (desk) => (options.watch ? watch(desk, launch, options.home) : show(desk, launch, options.home))),
  );
}

async function show({ paint }: Desk, launch: string | undefined, home: string): Promise<Outcome> {
  const overview = await loadOverview(home, launch);
  return { json: statusJson(overview), text: statusText(overview, Date.now(), paint) };
}

/** On a terminal in place; elsewhere a new text, or JSON line, whenever something but the time changed. */
async function watch(desk: Desk, launch: string | undefined, home: string): Promise<Outcome> {
  const { shell, json } = desk;
  const print = shell.isTerminal && !json ? await inPlace() : onChange(desk);
  let overview = await loadOverview(home, launch);
  while (!shell.interrupted.aborted) {
    print(overview);
    if (overview.record.outcome !== null) break;
    await pause(WATCH_EVERY_MS, undefined, { signal: shell.interrupted }).catch(() => {});
    overview = await loadOverview(home, overview.record.id);
  }
  return { text: '' };

  async function inPlace() {
    const { default: logUpdate } = await import('log-update');
    return (next: LaunchOverview) => logUpdate(statusText(next, Date.now(), desk.paint));
  }
}

function onChange({ shell, json, paint, say }: Desk): (overview: LaunchOverview) => void {
  let before = '';
  return (overview) => {
    const { at: _, ...rest } = statusJson(overview);
    const now = JSON.stringify(rest);
    if (now === before) return;
    before = now;
    if (json) shell.write(`${JSON.stringify(statusJson(overview))}\n`);
    else say(`${statusText(overview, Date.now(), paint)}\n`);
  };
}

/** Everything that is known, with the answer to "where does it stand" on top. */
function statusJson(overview: LaunchOverview): Record<string, unknown> {
  const { record, plan, status, workflow, missing, ...evidence } = overview;
  const { state, at, ...gate } = status ?? {};
  return {
    launch: record.id,
    title: plan.title,
    at: at ?? Date.now(),
    stage: record.outcome ?? state?.stage ?? (isOrphaned(overview) ? 'not running' : 'unknown'),
    phase: phaseNow(overview) ?? null,
    record,
    workflow: workflow ?? null,
    state: state ?? null,
    ...gate,
    ...evidence,
    missing,
  };
}
