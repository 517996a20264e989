import type { Command } from 'commander';
import { common, countsOf, type LaunchCommandOptions, launchArgument, signed } from '../command-options.ts';
import { sendCommand } from '../send-command.ts';
import { perform, type Shell } from '../shell.ts';

interface AboutCommunity extends LaunchCommandOptions {
  readonly community?: string;
}

/** What people have done and found: checklist items, conversations, answers to what only people know. */
export function register(program: Command, shell: Shell): void {
  registerCheck(program, shell);
  registerCheckIn(program, shell);
  registerAnswer(program, shell);
}

function registerCheck(program: Command, shell: Shell): void {
  const command = program
    .command('check')
    .summary('tick a checklist item, or a step of an incident')
    .description('Ticks an item of the phase’s checklist, or a step of an incident, written as "P0-1: assessed".')
    .argument('<item>', 'the item as the plan words it')
    .argument(...launchArgument);
  common(signed(command), ['check "Support team briefed" --by support --reason "briefed at 10:00"', 'check "P0-1: assessed" --by ops']);
  command.action((item: string, launch: string | undefined, options: LaunchCommandOptions) =>
    perform(shell, options, (desk) => sendCommand({ desk, options, launch, usualReason: 'done' }, () => ({ command: 'check', item }))),
  );
}

function registerCheckIn(program: Command, shell: Shell): void {
  const command = program
    .command('check-in')
    .summary('note a conversation that took place')
    .description('Notes a check-in, with what was said as the reason.')
    .argument(...launchArgument)
    .option('--community <slug>', 'whose admin it was with');
  common(signed(command), ['check-in --community riverside --by ops --reason "the admin is happy, two members asked about routes"']);
  command.action((launch: string | undefined, options: AboutCommunity) =>
    perform(shell, options, (desk) => sendCommand({ desk, options, launch }, () => ({ command: 'checkIn', ...communityOf(options) }))),
  );
}

function registerAnswer(program: Command, shell: Shell): void {
  const command = program
    .command('answer')
    .summary('answer a probe that asks people')
    .description('Answers a question that the plan puts to people: how many of how many.')
    .argument('<probe>', 'the probe’s name in the plan')
    .argument('<successes/trials>', 'such as 42/42', countsOf)
    .argument(...launchArgument)
    .option('--community <slug>', 'which community it is about, where the probe asks about communities');
  common(signed(command), ['answer "smoke tests" 42/42 --by ops --reason "run 7"']);
  command.action((probe: string, counts: ReturnType<typeof countsOf>, launch: string | undefined, options: AboutCommunity) =>
    perform(shell, options, (desk) =>
      sendCommand({ desk, options, launch, usualReason: 'answered' }, () => ({
        command: 'answer',
        probe,
        ...counts,
        ...communityOf(options),
      })),
    ),
  );
}

function communityOf({ community }: AboutCommunity): { readonly community?: string } {
  return community === undefined ? {} : { community };
}
