import type { Command } from 'commander';
import { type Connections, resolveConnections } from '../../config.ts';
import { type RegisteredLaunch, registerLaunch } from '../../database/launch-record.ts';
import { midnightBefore } from '../../domain/calendar.ts';
import type { Plan } from '../../domain/plan.ts';
import { type Finding, lintPlan } from '../../plan/lint-plan.ts';
import { planHash } from '../../plan/plan-hash.ts';
import { scalePlan } from '../../plan/scale-plan.ts';
import { type LaunchInput, launchWorkflowId } from '../../workflows/messages.ts';
import { type CommonOptions, common, loginName, positiveOf } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { withDatabase } from '../launch-choice.ts';
import { withLaunchClient } from '../launch-client.ts';
import { readPlanFile } from '../plan-file.ts';
import { startedText, workflowUrl } from '../render/started.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';

interface StartOptions extends CommonOptions {
  readonly speed?: number;
  readonly by?: string;
}

/** A plan as it will run: scaled or not, with the hash that names it. */
interface RunnablePlan {
  readonly plan: Plan;
  readonly hash: string;
  readonly source: string;
  readonly scaled: boolean;
}

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('start')
    .summary('start the launch of a plan')
    .description(
      'Starts the launch of a plan: checks the plan and the product, takes the flags and communities for it, and starts its workflow. Refused as a whole when anything is lacking.',
    )
    .argument('<plan.yaml>', 'the plan file')
    .option('--speed <factor>', 'every duration divided by this: days in minutes, for trying it out', positiveOf)
    .option('--by <person>', 'who starts it; your login name when absent');
  common(command, ['start plans/carpool-v2.yaml', 'start plans/carpool-v2.yaml --speed 2000 --by lead']);
  command.action((path: string, options: StartOptions) => perform(shell, options, (desk) => start(desk, path, options)));
}

async function start(desk: Desk, path: string, options: StartOptions): Promise<Outcome> {
  const runnable = await readRunnable(path, options.speed);
  const { plan, hash } = runnable;
  const connections = await resolveConnections(options.home);
  return withLaunchClient(connections.temporal, async (client) => {
    const registered = await takeFor(connections, runnable, options.by ?? loginName());
    const begun = await client.start(launchInput(runnable, registered.startedAt)).catch((error: unknown) => {
      throw registeredOnly(plan.launch, path, error);
    });
    if (begun === 'already') throw alreadyStarted(plan.launch, await client.workflow(plan.launch));
    const { startedAt } = registered;
    const uiUrl = connections.uiUrl && workflowUrl(connections.uiUrl, launchWorkflowId(plan.launch));
    const json = { launch: plan.launch, workflowId: launchWorkflowId(plan.launch), hash, startedAt: new Date(startedAt).toISOString() };
    return { json: { ...json, ...(uiUrl && { uiUrl }) }, text: startedText({ plan, hash, startedAt, uiUrl }, desk.paint) };
  });
}

/** @throws PlanError; CommandFailed when lint finds an error */
async function readRunnable(path: string, speed: number | undefined): Promise<RunnablePlan> {
  const { plan, hash, source } = await readPlanFile(path);
  const errors = lintPlan(plan).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw lintErrors(path, errors);
  if (speed === undefined || speed === 1) return { plan, hash, source, scaled: false };
  const scaled = scalePlan(plan, speed);
  return { plan: scaled, hash: planHash(scaled), source, scaled: true };
}

function takeFor({ databaseUrl }: Connections, { plan, hash, source }: RunnablePlan, actor: string): Promise<RegisteredLaunch> {
  const workflowId = launchWorkflowId(plan.launch);
  const registration = { plan, planHash: hash, source, workflowId, startedAt: Date.now(), actor };
  return withDatabase(databaseUrl, (connection) => registerLaunch(connection, registration));
}

/** On a day that is shorter than a day, midnight means nothing: times of day count from the start. */
function launchInput({ plan, hash, scaled }: RunnablePlan, startedAt: number): LaunchInput {
  const midnightAt = scaled ? startedAt : midnightBefore(plan.timezone, startedAt);
  return { plan, planHash: hash, startedAt, midnightAt, weekdayAtMidnight: weekdayOf(plan.timezone, midnightAt) };
}

/** 0 is Monday, on the calendar of an IANA zone. */
export function weekdayOf(timezone: string, at: number): number {
  const name = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, weekday: 'short' }).format(at);
  return ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(name);
}

function lintErrors(path: string, errors: readonly Finding[]): CommandFailed {
  return new CommandFailed(`The plan ${path} cannot work, and nothing was started.`, {
    exitCode: exitCodes.usage,
    kind: 'bad plan',
    problems: errors.map(({ where, sentence }) => `${where}: ${sentence}`),
  });
}

function registeredOnly(launch: string, path: string, cause: unknown): CommandFailed {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CommandFailed(
    `${launch} is registered and owns its flags, but its workflow was not started: ${why} Nothing is on. Give the same command again ("softlaunch start ${path}"), or "softlaunch abandon ${launch}".`,
    { exitCode: exitCodes.unreachable, kind: 'registered only', cause },
  );
}

function alreadyStarted(launch: string, workflow: { readonly status: string } | undefined): CommandFailed {
  const state = workflow?.status === 'RUNNING' ? 'already runs' : `has run before (${workflow?.status.toLowerCase() ?? 'gone'})`;
  const next = workflow?.status === 'RUNNING' ? `See "softlaunch status ${launch}".` : 'Give the new one another id, in its plan.';
  return new CommandFailed(`${launch} ${state}, and a launch runs once. Nothing was changed. ${next}`, {
    exitCode: exitCodes.no,
    kind: 'already started',
  });
}
