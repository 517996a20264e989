import type { Command } from 'commander';
import { configuredDatabaseUrl } from '../../config.ts';
import { migrate } from '../../database/migrate.ts';
import { AlreadyUp, type Stack, startStack } from '../../runtime/stack.ts';
import type { ServerEnded } from '../../runtime/supervised-process.ts';
import { startCarpool } from '../carpool-example.ts';
import { type CommonOptions, common } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';
import { type Stoppable, stopAll, untilStopped } from '../until-stopped.ts';

interface UpOptions extends CommonOptions {
  readonly example: boolean;
  readonly worker: boolean;
}

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('up')
    .summary('start PostgreSQL, Temporal, the example and a worker, and stay')
    .description(
      'Starts PostgreSQL and Temporal with its Web UI, except where DATABASE_URL or TEMPORAL_ADDRESS name others, brings the schema up to date, installs the carpool example with live traffic, runs a worker, and stays until Ctrl-C. Data is kept between runs.',
    )
    .option('--no-example', 'no carpool example (with DATABASE_URL there is none in any case)')
    .option('--no-worker', 'no worker: run "softlaunch worker" elsewhere');
  common(command, ['up', 'up --no-worker --home try', 'up --json']);
  command.action((options: UpOptions) => perform(shell, options, (desk) => up(desk, options)));
}

async function up(desk: Desk, options: UpOptions): Promise<Outcome> {
  const report = (text: string) => desk.say(desk.paint.faint(text));
  const stack = await startStack({ home: options.home, report }).catch((error: unknown) => {
    throw error instanceof AlreadyUp ? alreadyUp(error) : error;
  });
  const started: Stoppable[] = [{ name: 'The stack', stop: () => stack.stop() }];
  let lost: string | undefined;
  try {
    const losses = await startUpon(stack, started, { desk, options });
    sayWhere(desk, stack, options);
    lost = await untilStopped(desk, losses);
  } finally {
    desk.say(lost === undefined ? 'Stopping; Ctrl-C again ends it at once.' : `${desk.paint.bad('lost')}  ${lost} Stopping the rest.`);
    const failures = await stopAll(started);
    for (const failure of failures) desk.shell.writeError(`${failure}\n`);
  }
  if (lost !== undefined) throw new CommandFailed(lost, { exitCode: exitCodes.unreachable, kind: 'server lost' });
  return { text: `Everything is stopped; the data stays in ${options.home}.` };
}

/** Everything that runs on the stack, in order. Answers with what may be lost, each with a sentence for when it is. */
async function startUpon(
  stack: Stack,
  started: Stoppable[],
  { desk, options }: { readonly desk: Desk; readonly options: UpOptions },
): Promise<readonly Promise<string>[]> {
  const { databaseUrl, temporalSettings } = stack;
  const losses = [stack.serverLost.then(lossText)];
  const applied = await migrate(databaseUrl);
  if (applied.length > 0) desk.say(desk.paint.faint(`Schema softlaunch: applied ${applied.length} migrations.`));
  if (options.example && configuredDatabaseUrl() === undefined) {
    const traffic = await startCarpool(databaseUrl);
    started.push({ name: 'The traffic', stop: () => traffic.stop() });
  }
  if (options.worker) {
    // Loaded only here: a worker brings the Temporal core with it.
    const { startOwnWorker } = await import('../own-worker.ts');
    const worker = await startOwnWorker({ databaseUrl, temporal: temporalSettings });
    started.push({ name: 'The worker', stop: () => worker.stop() });
    losses.push(worker.failed.then((error) => `The worker ended by itself: ${error.message}. Launches stand still: start again.`));
  }
  return losses;
}

/** Where everything is, and what to type next. */
function sayWhere({ shell, json, paint, say }: Desk, stack: Stack, options: UpOptions): void {
  const { databaseUrl, temporal, uiUrl } = stack;
  const example = options.example && configuredDatabaseUrl() === undefined;
  if (json)
    shell.write(`${JSON.stringify({ up: true, databaseUrl, temporal, ...(uiUrl && { uiUrl }), example, worker: options.worker })}\n`);
  const home = options.home === '.softlaunch' ? '' : ` --home ${options.home}`;
  const plan = example ? 'plans/carpool-v2.yaml' : '<plan.yaml>';
  say(
    [
      `${paint.good('up')}  ${example ? 'with the carpool example and its traffic' : 'without the carpool example'}${options.worker ? ' and a worker' : ', without a worker'}; Ctrl-C stops it`,
      `  PostgreSQL  ${databaseUrl}`,
      `  Temporal    ${temporal.address}, namespace ${temporal.namespace}`,
      ...(uiUrl === undefined ? [] : [`  Web UI      ${uiUrl}`]),
      '',
      'In another terminal:',
      `  softlaunch lint ${plan} --database${home}`,
      `  softlaunch start ${plan}${example ? ' --speed 2000' : ''}${home}`,
      `  softlaunch status --watch${home}`,
      `  softlaunch why${home}`,
    ].join('\n'),
  );
}

function lossText({ name, code, signal }: ServerEnded): string {
  const how = signal === null ? `exit code ${code}` : signal;
  return `${name} ended by itself (${how}); the logs are in the home's folder "logs". Launches stand still and nothing is lost: start again with "softlaunch up".`;
}

function alreadyUp(error: AlreadyUp): CommandFailed {
  const { addresses, pid } = error;
  const state = addresses === undefined ? 'is just starting here' : 'is already up here';
  const where = [
    addresses?.databaseUrl && `PostgreSQL at ${addresses.databaseUrl}`,
    addresses?.temporal && `Temporal at ${addresses.temporal.address}`,
    addresses?.uiUrl && `its Web UI at ${addresses.uiUrl}`,
  ].filter(Boolean);
  const listed = where.length === 0 ? '' : `: ${where.join(', ')}`;
  const message = `softlaunch ${state}, as process ${pid}${listed}. Nothing was started; Ctrl-C there (or kill ${pid}) stops it.`;
  return new CommandFailed(message, { exitCode: exitCodes.no, kind: 'already up', cause: error });
}
