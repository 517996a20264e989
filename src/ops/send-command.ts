import { resolveConnections } from '../config.ts';
import type { Command } from '../domain/command.ts';
import { commandIdOf, type LaunchCommandOptions, namedPerson } from './command-options.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed } from './failure.ts';
import { chooseLaunch, whyNotRunning, withDatabase } from './launch-choice.ts';
import type { LaunchClient, Sent } from './launch-client.ts';
import type { Desk, Outcome } from './shell.ts';

type Fields<Name extends Command['command']> = Omit<Extract<Command, { command: Name }>, 'command' | 'commandId' | 'by' | 'reason'>;

/** A command without its signature. */
export type Unsigned = { [Name in Command['command']]: { readonly command: Name } & Fields<Name> }[Command['command']];

/** What a command is sent with. */
export interface Sending {
  readonly desk: Desk;
  readonly options: LaunchCommandOptions;
  /** As typed; undefined: the only one that runs. */
  readonly launch: string | undefined;
  /** Why, when `--reason` is absent; absent: it must be given. */
  readonly usualReason?: string;
}

/** Sends a command to a launch and tells what came of it. `build` may ask the launch first, such as for its phase. */
export async function sendCommand(
  { desk, options, launch, usualReason }: Sending,
  build: (client: LaunchClient, launch: string) => Promise<Unsigned> | Unsigned,
): Promise<Outcome> {
  const signature = signatureOf(options, usualReason);
  const connections = await resolveConnections(options.home);
  // A launch that is named needs no database to be spoken to.
  const id = launch ?? (await withDatabase(connections.databaseUrl, (connection) => chooseLaunch(connection, undefined))).id;
  const { withLaunchClient } = await import('./launch-client.ts');
  return withLaunchClient(connections.temporal, async (client) => {
    const unsigned = await build(client, id);
    const command = { ...unsigned, ...signature, commandId: commandIdOf(unsigned.command, options) } as Command;
    const sent = await client.send(id, command);
    if (sent.how === 'not running') throw await whyNotRunning(connections.databaseUrl, id);
    return outcomeOf(id, command, sent, desk);
  });
}

/** Who and why. @throws CommandFailed when either is missing */
export function signatureOf(options: LaunchCommandOptions, usualReason?: string): { readonly by: string; readonly reason: string } {
  const by = namedPerson(options);
  const reason = options.reason ?? usualReason;
  const missing = [by === undefined ? '--by <person>' : '', reason === undefined ? '--reason <text>' : ''].filter(Boolean);
  if (by === undefined || reason === undefined) {
    throw new CommandFailed(`Nothing was sent: add ${missing.join(' and ')}. Every command is journalled with who gave it and why.`, {
      exitCode: exitCodes.usage,
      kind: 'usage',
    });
  }
  return { by, reason };
}

function outcomeOf(launch: string, command: Command, sent: Exclude<Sent, { how: 'not running' }>, { paint }: Desk): Outcome {
  const { commandId } = command;
  const id = paint.faint(`(command ${commandId})`);
  switch (sent.how) {
    case 'answered': {
      const { accepted, says } = sent.answer;
      const text = accepted ? `${paint.good('ok')}  ${says} ${id}` : `${paint.bad('refused')}  ${says} ${id}`;
      return { exitCode: accepted ? exitCodes.done : exitCodes.no, json: { launch, commandId, accepted, says }, text };
    }
    case 'stored': {
      const says = `No worker answered. The command is stored with ${launch} and takes effect when a worker is up: "softlaunch worker", or "softlaunch up". Sending it again with the same --command-id is safe.`;
      return {
        exitCode: exitCodes.stored,
        json: { launch, commandId, stored: true, says },
        text: `${paint.warn('stored')}  ${says} ${id}`,
      };
    }
    default:
      return sent satisfies never;
  }
}
