import type { Command } from 'commander';
import { common, type LaunchCommandOptions, launchArgument, numberOf, signed } from '../command-options.ts';
import { sendCommand } from '../send-command.ts';
import { perform, type Shell } from '../shell.ts';

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('tune')
    .summary('change a setting within its bounds and step')
    .description('Changes one setting within the bounds and the step that the plan allows. Evidence begins anew; a rollback undoes it.')
    .argument('<flag.setting>', 'the setting as the plan names it')
    .argument('<value>', 'its new value', numberOf)
    .argument(...launchArgument);
  common(signed(command), ['tune fair_matching.weight_reliability 0.2 --by lead --reason "matches are good"']);
  command.action((setting: string, value: number, launch: string | undefined, options: LaunchCommandOptions) =>
    perform(shell, options, (desk) => sendCommand({ desk, options, launch }, () => ({ command: 'tune', setting, value }))),
  );
}
