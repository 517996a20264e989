import { type Command, Option } from 'commander';
import { resolveDatabaseUrl } from '../../config.ts';
import { type PhaseName, phaseNames } from '../../domain/plan.ts';
import { collected, common, durationOf, type LaunchCommandOptions, launchArgument, signed } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { whyNotRunning } from '../launch-choice.ts';
import type { LaunchClient } from '../launch-client.ts';
import { type Sending, sendCommand } from '../send-command.ts';
import { perform, type Shell } from '../shell.ts';

interface DecideOptions extends LaunchCommandOptions {
  readonly phase?: PhaseName;
  readonly waive?: readonly string[];
  readonly waiveFor?: number;
  readonly byTime?: number;
}

interface Decision {
  readonly decision: 'go' | 'no-go' | 'extend';
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
}

const go: Decision = {
  decision: 'go',
  summary: 'say go at the gate of the current phase',
  description:
    'Says go at the gate of a phase. The evidence is judged again at that instant; whatever is not met refuses it, unless it is waived by name.',
  examples: [
    'go --by lead --reason "48 h healthy"',
    'go --phase pilot --by lead --reason "known and harmless" --waive "matches taken" --waive-for 12h',
  ],
};
const noGo: Decision = {
  decision: 'no-go',
  summary: 'say no-go: the launch is held until resumed',
  description: 'Says no-go at the gate of a phase: nothing is turned off, and the launch is held until somebody resumes it.',
  examples: ['no-go --by lead --reason "support is overrun"'],
};
const extend: Decision = {
  decision: 'extend',
  summary: 'let the current phase last longer',
  description: 'Lets a phase last longer, at least this long from now or from the end of its minimum stay, whichever is later.',
  examples: ['extend --by-time 24h --by lead --reason "too few bookings at the weekend"'],
};

export function register(program: Command, shell: Shell): void {
  registerDecision(program, shell, go)
    .option('--waive <what>', 'go although this is not met: a name that "why" shows as waivable; may be repeated', collected)
    .option('--waive-for <duration>', 'how long the waiver counts: 12h; a day when absent', durationOf);
  registerDecision(program, shell, noGo);
  registerDecision(program, shell, extend).requiredOption('--by-time <duration>', 'how much longer: 24h, 90m', durationOf);
}

function registerDecision(program: Command, shell: Shell, { decision, summary, description, examples }: Decision): Command {
  const command = program
    .command(decision)
    .summary(summary)
    .description(description)
    .argument(...launchArgument)
    .addOption(new Option('--phase <phase>', 'the phase whose gate is decided; the current one when absent').choices(phaseNames));
  common(signed(command), examples);
  return command.action((launch: string | undefined, options: DecideOptions) =>
    perform(shell, options, (desk) => decide({ desk, options, launch }, decision, options)),
  );
}

function decide(sending: Sending, decision: Decision['decision'], { phase, waive, waiveFor, byTime, home }: DecideOptions) {
  return sendCommand(sending, async (client, launch) => ({
    command: 'decide',
    decision,
    phase: phase ?? (await currentPhase(client, launch, home)),
    ...(waive !== undefined && { waive }),
    ...(waiveFor !== undefined && { waiveMs: waiveFor }),
    ...(byTime !== undefined && { extendMs: byTime }),
  }));
}

/** A decision names its phase, so that a late one can never open the next gate; whoever gives it now means the current one. */
async function currentPhase(client: LaunchClient, launch: string, home: string): Promise<string> {
  const phase = (await client.status(launch))?.state.phase;
  if (phase !== undefined) return phase;
  const workflow = await client.workflow(launch);
  if (workflow?.status !== 'RUNNING') throw await whyNotRunning(resolveDatabaseUrl(home), launch);
  throw new CommandFailed(
    `No worker says which phase ${launch} is in, so the decision was not sent. Add --phase to leave it with the launch, or start a worker ("softlaunch worker").`,
    { exitCode: exitCodes.unreachable, kind: 'no worker' },
  );
}
