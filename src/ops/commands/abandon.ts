import type { Command } from 'commander';
import { resolveConnections } from '../../config.ts';
import { endLaunch } from '../../database/launch-record.ts';
import { commandIdOf, common, type LaunchCommandOptions, launchArgument, signed } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { chooseLaunch, withDatabase } from '../launch-choice.ts';
import { turnedBackText } from '../render/rollback.ts';
import { endedText } from '../render/standing.ts';
import { sendCommand, signatureOf } from '../send-command.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('abandon')
    .summary('end the launch with everything off and its claims released')
    .description(
      'Ends the launch: everything it turned on goes off, settings go back, claims are released. Works on a launch whose workflow was terminated, too.',
    )
    .argument(...launchArgument);
  common(signed(command), ['abandon --by lead --reason "postponed to spring"']);
  command.action((launch: string | undefined, options: LaunchCommandOptions) =>
    perform(shell, options, (desk) => abandon(desk, launch, options)),
  );
}

async function abandon(desk: Desk, named: string | undefined, options: LaunchCommandOptions): Promise<Outcome> {
  const { by, reason } = signatureOf(options);
  const { databaseUrl } = await resolveConnections(options.home);
  const launch = await withDatabase(databaseUrl, (connection) => chooseLaunch(connection, named));
  if (launch.outcome !== null) throw new CommandFailed(endedText(launch.id, launch.outcome), { exitCode: exitCodes.no, kind: 'ended' });
  const signed = { ...options, by, reason, commandId: commandIdOf('abandon', options) };
  try {
    return await sendCommand({ desk, options: signed, launch: launch.id }, () => ({ command: 'abandon' }));
  } catch (error) {
    if (!(error instanceof CommandFailed && error.kind === 'not running')) throw error;
  }
  return endDirectly(databaseUrl, { launch: launch.id, by, reason }, desk);
}

/** Its workflow was terminated: nobody else will ever end it, and the database can. */
async function endDirectly(
  url: string,
  { launch, by, reason }: { readonly launch: string; readonly by: string; readonly reason: string },
  { paint }: Desk,
): Promise<Outcome> {
  const answer = await withDatabase(url, (connection) =>
    endLaunch(connection, { launch, outcome: 'abandoned', leave: 'off', actor: by, reason, at: Date.now() }),
  );
  const says = `The workflow of ${launch} did not run, so it was ended in the database: everything is off and its claims are released.`;
  const out = answer.communitiesOut === 0 ? '' : `\n  ${answer.communitiesOut} communities taken out`;
  return {
    json: { launch, accepted: true, directly: true, says, ...answer },
    text: `${paint.good('ok')}  ${says}\n${turnedBackText(answer, paint)}${out}`,
  };
}
