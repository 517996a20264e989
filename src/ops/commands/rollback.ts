import type { Command } from 'commander';
import { resolveConnections, resolveDatabaseUrl } from '../../config.ts';
import type { RollbackOrder } from '../../database/rollback.ts';
import { openRollbackLine, type RollbackLine } from '../../database/rollback-line.ts';
import { commandIdOf, common, type LaunchCommandOptions, launchArgument, loginName, namedPerson, signed } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed, causeOf, reportOf } from '../failure.ts';
import { blockersEndedText, turnedBackText } from '../render/rollback.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';

interface RollbackOptions extends LaunchCommandOptions {
  readonly scope: string;
}

/** Who was told after the flags went off, and what that means. */
interface Told {
  readonly told: 'launch' | 'rollback' | 'nobody';
  readonly says: string;
}

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('rollback')
    .summary('turn off: the launch, a feature or a community')
    .description(
      'Turns the scope off in the database at once, whatever else is broken, restores its settings, and then has the launch prove and announce it. Needs no role in the plan.',
    )
    .argument(...launchArgument)
    .option('--scope <scope>', 'launch, feature:<name> or community:<slug>', 'launch');
  common(signed(command), [
    'rollback --reason "seats are overbooked"',
    'rollback --scope community:riverside --by ops --reason "double bookings"',
    'rollback carpool-v2 --scope "feature:smart matching" --by ops --reason "wrong matches"',
  ]);
  command.action((launch: string | undefined, options: RollbackOptions) =>
    perform(shell, options, (desk) => rollBackNow(desk, launch, options)),
  );
}

/** The database first, by itself; only then is anybody told. What it does not do from here, the launch is told to do. */
async function rollBackNow(desk: Desk, named: string | undefined, options: RollbackOptions): Promise<Outcome> {
  const url = resolveDatabaseUrl(options.home);
  const unnamed = {
    scope: options.scope,
    actor: namedPerson(options) ?? loginName(),
    reason: options.reason ?? 'no reason given',
    commandId: commandIdOf('rollback', options),
  };
  const meant = Promise.resolve(named ?? onlyRunningLaunch(url));
  let done: TurnedOff;
  try {
    done = await turnOff(url, meant, unnamed);
  } catch (error) {
    if (error instanceof Error && decided.includes(error.name)) throw error;
    const launch = await meant.catch(() => undefined);
    return orderByMessage(desk, launch, { order: unnamed, why: reportOf(error).message, home: options.home });
  }
  return report(desk, done, { url, home: options.home });
}

/** The errors by which the database, or we, say that there is nothing of that name to turn off. */
const decided: readonly string[] = ['CommandFailed', 'NotKnown', 'OrderInvalid'];

type TurnedOff = { readonly order: RollbackOrder; readonly answer: Awaited<ReturnType<RollbackLine['rollBack']>> };

/** What went off, and whom that was told. */
async function report(desk: Desk, { order, answer }: TurnedOff, { url, home }: { url: string; home: string }): Promise<Outcome> {
  // Since the process began: what whoever typed the command has waited.
  const offAfterMs = Math.round(performance.now());
  const off = answer.stillOn.length === 0;
  const { launch, scope, commandId } = order;
  const when = answer.repeated ? 'this command was carried out before' : `${offAfterMs} ms after the command started`;
  const headline = off
    ? `${desk.paint.good('off')}  ${scope} of ${launch} is off, ${when}`
    : `${desk.paint.bad('STUCK')}  ${scope} of ${launch} could not be turned off completely: turn off by hand what is still on`;
  const lines = [
    `${headline} ${desk.paint.faint(`(command ${commandId})`)}`,
    turnedBackText(answer, desk.paint),
    blockersEndedText(answer.endedBlockers),
  ];
  desk.say(lines.filter(Boolean).join('\n'));
  const told = await tellLaunch(url, order, home);
  return {
    exitCode: off ? exitCodes.done : exitCodes.no,
    json: { launch, off, offAfterMs, ...answer, ...told },
    text: told.says,
  };
}

/** While it is found out which launch is meant, the connection that turns it off is already made. */
async function turnOff(url: string, meant: Promise<string>, unnamed: Omit<RollbackOrder, 'launch'>): Promise<TurnedOff> {
  const line = openRollbackLine(url);
  try {
    const [launch] = await Promise.all([meant, line.connect()]);
    const order = { ...unnamed, launch };
    return { order, answer: await line.rollBack(order) };
  } finally {
    await line.close();
  }
}

async function onlyRunningLaunch(url: string): Promise<string> {
  const { chooseLaunch, withDatabase } = await import('../launch-choice.ts');
  const { id } = await withDatabase(url, (connection) => chooseLaunch(connection, undefined));
  return id;
}

/** Has the launch, or a workflow of its own, prove and announce what is already off. Nothing that goes wrong here can turn anything on again. */
async function tellLaunch(url: string, order: RollbackOrder, home: string): Promise<Told> {
  const { launch, scope, actor: by, reason, commandId } = order;
  try {
    const { temporal } = await resolveConnections(home);
    const { withLaunchClient } = await import('../launch-client.ts');
    return await withLaunchClient(temporal, async (client): Promise<Told> => {
      const { how } = await client.signal(launch, { command: 'rollback', scope, by, reason, commandId });
      if (how === 'stored') return { told: 'launch', says: `${launch} was told: its worker reads back, proves and announces it.` };
      const plan = await planOf(url, launch);
      if (plan === undefined)
        return { told: 'nobody', says: `The plan of ${launch} is not recorded, so nobody verifies this: look for yourself.` };
      await client.verifyRollback({ plan, order: { commandId, scope, by, reason } });
      return { told: 'rollback', says: `${launch} does not run; a rollback workflow of its own proves and announces it.` };
    });
  } catch (error) {
    return {
      told: 'nobody',
      says: `${causeOf(error)} What is off stays off: ${launch} adopts it when Temporal is back, and turns nothing on again.`,
    };
  }
}

const notOff = 'not off';

/** The launch's worker may be nearer to the database than we are, and tries until it is done. @throws CommandFailed when nobody can be told either */
async function orderByMessage(
  { paint }: Desk,
  launch: string | undefined,
  { order, why, home }: { readonly order: Omit<RollbackOrder, 'launch'>; readonly why: string; readonly home: string },
): Promise<Outcome> {
  const { scope, actor: by, reason, commandId } = order;
  const last = 'If it cannot wait, turn it off where the product decides it, or with the card in docs/rollback.md.';
  const failed = (next: string) => {
    const message = `NOT OFF: ${scope}${launch === undefined ? '' : ` of ${launch}`}. ${why} ${next} ${last}`;
    return new CommandFailed(message, { exitCode: exitCodes.unreachable, kind: notOff });
  };
  if (launch === undefined) throw failed('Name the launch, and it is told by way of Temporal: "softlaunch rollback <launch>".');
  try {
    const { temporal } = await resolveConnections(home);
    const { withLaunchClient } = await import('../launch-client.ts');
    const { how } = await withLaunchClient(temporal, (client) =>
      client.signal(launch, { command: 'rollback', scope, by, reason, commandId }),
    );
    if (how === 'not running') throw failed('Its workflow does not run, so nobody else does it.');
    const says = `${why} ${launch} was told by way of Temporal: its worker turns it off as soon as it can. See "softlaunch status ${launch}". ${last}`;
    return {
      exitCode: exitCodes.stored,
      json: { launch, off: false, commandId, told: 'launch', says },
      text: `${paint.bad('NOT OFF YET')}  ${scope} of ${launch}: ${says} ${paint.faint(`(command ${commandId})`)}`,
    };
  } catch (error) {
    if (error instanceof CommandFailed && error.kind === notOff) throw error;
    throw failed(`Nor could anybody be told: ${causeOf(error)}`);
  }
}

async function planOf(url: string, launch: string) {
  const [{ withDatabase, chooseLaunch }, { loadPlanRecord }] = await Promise.all([
    import('../launch-choice.ts'),
    import('../../database/launch-record.ts'),
  ]);
  return withDatabase(url, async (connection) => {
    const { planHash } = await chooseLaunch(connection, launch);
    return (await loadPlanRecord(connection, planHash))?.plan;
  });
}
