import type { Command } from 'commander';
import { type CommonOptions, common, launchArgument } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { isOrphaned, loadOverview } from '../launch-overview.ts';
import { blockersText, waveText } from '../render/blockers.ts';
import { clockOf, seenAt } from '../render/instant.ts';
import { endedText, notRunningText } from '../render/standing.ts';
import { perform, type Shell } from '../shell.ts';

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('why')
    .summary('what a launch waits for, on whom, and until when')
    .description(
      'Lists what keeps the gate of the current phase shut: what, why, since when, who can change it, and the earliest time it can end; and what holds the next wave. Exit code 0 when nothing does.',
    )
    .argument(...launchArgument);
  common(command, ['why', 'why carpool-v2 --json']);
  command.action((named: string | undefined, options: CommonOptions) =>
    perform(shell, options, async ({ paint }) => {
      const overview = await loadOverview(options.home, named);
      const { record, plan, status, missing } = overview;
      if (status === undefined) {
        if (record.outcome !== null)
          throw new CommandFailed(endedText(record.id, record.outcome), { exitCode: exitCodes.no, kind: 'ended' });
        if (isOrphaned(overview)) throw new CommandFailed(notRunningText(record.id), { exitCode: exitCodes.no, kind: 'not running' });
        const message = `${missing[0]} What blocks the gate, only a worker can say; "softlaunch status ${record.id}" shows the evidence.`;
        throw new CommandFailed(message, { exitCode: exitCodes.unreachable, kind: 'no worker' });
      }
      const { state, at, blockers, nextWaveAt, waveBlockers } = status;
      const clock = clockOf(plan, seenAt({ at }, Date.now()));
      const head =
        blockers.length === 0
          ? `${paint.good('open')}  nothing blocks the gate of ${state.phase}`
          : `${paint.title(`The gate of ${state.phase} waits for`)}`;
      const wave = waveText({ at: nextWaveAt, blockers: waveBlockers }, clock, paint);
      return {
        exitCode: blockers.length === 0 ? exitCodes.done : exitCodes.no,
        json: { launch: record.id, phase: state.phase, at, blockers, ...(nextWaveAt !== undefined && { nextWaveAt }), waveBlockers },
        text: [head, blockersText(blockers, clock, paint), wave].filter(Boolean).join('\n'),
      };
    }),
  );
}
