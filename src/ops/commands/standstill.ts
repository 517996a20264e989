import type { Command } from 'commander';
import { common, type LaunchCommandOptions, launchArgument, signed } from '../command-options.ts';
import { sendCommand } from '../send-command.ts';
import { perform, type Shell } from '../shell.ts';

/** `hold` and `resume`: the launch stands still, and goes on. */
export function register(program: Command, shell: Shell): void {
  const commands = [
    {
      command: 'hold' as const,
      summary: 'expansion and gates stand still; watching and safety go on',
      description: 'Holds the launch: no wave joins and no gate opens until it is resumed. Watching, triggers and rollbacks go on.',
      examples: ['hold --by ops --reason "looking into slow bookings"'],
    },
    {
      command: 'resume' as const,
      summary: 'lift every hold; after a rollback, let the phase begin again',
      description:
        'Lifts every hold. After a rollback it is a vote under the gate’s rule: the phase begins again from its start, with new evidence.',
      examples: ['resume --by lead --reason "cause found and fixed"'],
    },
  ];
  for (const { command, summary, description, examples } of commands) {
    const registered = program
      .command(command)
      .summary(summary)
      .description(description)
      .argument(...launchArgument);
    common(signed(registered), examples);
    registered.action((launch: string | undefined, options: LaunchCommandOptions) =>
      perform(shell, options, (desk) => sendCommand({ desk, options, launch }, () => ({ command }))),
    );
  }
}
