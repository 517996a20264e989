import type { Command } from 'commander';
import { common, type LaunchCommandOptions, launchArgument, signed } from '../command-options.ts';
import { sendCommand } from '../send-command.ts';
import { perform, type Shell } from '../shell.ts';

/** `admit` and `exclude`: which communities waves may pick. */
export function register(program: Command, shell: Shell): void {
  const commands = [
    {
      name: 'admit',
      admitted: true,
      summary: 'let a community (back) in among the candidates',
      description: 'Lets a community that was excluded or rolled back in among the candidates again.',
      examples: ['admit hillside --by lead --reason "their admin is back"'],
    },
    {
      name: 'exclude',
      admitted: false,
      summary: 'take a community out of the candidates',
      description:
        'Takes a community out of the candidates: no wave picks it. One that is open stays open; "rollback --scope community:…" turns it off.',
      examples: ['exclude hillside --by lead --reason "their admin is away"'],
    },
  ];
  for (const { name, admitted, summary, description, examples } of commands) {
    const command = program
      .command(name)
      .summary(summary)
      .description(description)
      .argument('<community>', 'its key')
      .argument(...launchArgument);
    common(signed(command), examples);
    command.action((community: string, launch: string | undefined, options: LaunchCommandOptions) =>
      perform(shell, options, (desk) => sendCommand({ desk, options, launch }, () => ({ command: 'admit', community, admitted }))),
    );
  }
}
