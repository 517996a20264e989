import { type Command, Option } from 'commander';
import { type Severity, severities } from '../../domain/plan.ts';
import { common, type LaunchCommandOptions, launchArgument, signed } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { sendCommand } from '../send-command.ts';
import { perform, type Shell } from '../shell.ts';

interface ReportOptions extends LaunchCommandOptions {
  readonly severity: Severity;
  readonly issue: string;
  readonly reporter?: string;
  readonly community?: string;
  readonly feature?: string;
}

interface IncidentOptions extends LaunchCommandOptions {
  readonly close?: boolean;
  readonly severity?: Severity;
}

/** Issues and complaints, and the incidents they become. */
export function register(program: Command, shell: Shell): void {
  registerReport(program, shell);
  registerIncident(program, shell);
}

function registerReport(program: Command, shell: Shell): void {
  const command = program
    .command('report')
    .summary('report an issue or complaint; its severity decides what happens')
    .description(
      'Reports an issue. The plan’s decision matrix says what its severity demands, a rollback included; complaints about one issue are counted by distinct reporters.',
    )
    .argument(...launchArgument)
    .addOption(new Option('--severity <severity>', 'how bad').choices(severities).makeOptionMandatory())
    .requiredOption('--issue <key>', 'what it is about: the same key for the same trouble')
    .option('--reporter <person>', 'who complained; --by when absent')
    .option('--community <slug>', 'where')
    .option('--feature <name>', 'with which feature');
  common(signed(command), [
    'report --severity P2 --issue slow-search --reporter user-77 --by support --reason "search takes 10 s"',
    'report --severity P0 --issue overbooking --by ops --reason "ride 12 has six passengers on four seats"',
  ]);
  command.action((launch: string | undefined, options: ReportOptions) => {
    const { severity, issue, reporter, community, feature } = options;
    const about = { ...(reporter && { reporter }), ...(community && { community }), ...(feature && { feature }) };
    return perform(shell, options, (desk) =>
      sendCommand({ desk, options, launch }, () => ({ command: 'report', severity, issue, ...about })),
    );
  });
}

function registerIncident(program: Command, shell: Shell): void {
  const command = program
    .command('incident')
    .summary('close an incident, or change its severity')
    .description('Closes an incident, or changes its severity with everything that follows from it.')
    .argument('<incident>', 'its id, such as P2-1')
    .argument(...launchArgument)
    .option('--close', 'it is over; the reason is the closing note')
    .addOption(new Option('--severity <severity>', 'what it is now').choices(severities));
  common(signed(command), [
    'incident P2-1 --close --by ops --reason "an index was missing"',
    'incident P2-1 --severity P1 --by ops --reason "it affects everybody"',
  ]);
  command.action((incident: string, launch: string | undefined, options: IncidentOptions) =>
    perform(shell, options, (desk) => {
      const { close, severity } = options;
      if (close === undefined && severity === undefined) throw nothingToChange(incident);
      return sendCommand({ desk, options, launch }, () => ({
        command: 'incident',
        incident,
        ...(close && { close }),
        ...(severity && { severity }),
      }));
    }),
  );
}

function nothingToChange(incident: string): CommandFailed {
  return new CommandFailed(`Nothing was sent: say what changes about ${incident}, with --close or --severity.`, {
    exitCode: exitCodes.usage,
    kind: 'usage',
  });
}
