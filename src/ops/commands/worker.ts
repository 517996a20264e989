import type { Command } from 'commander';
import { resolveConnections } from '../../config.ts';
import { type CommonOptions, common } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { startOwnWorker } from '../own-worker.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';
import { untilStopped } from '../until-stopped.ts';

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('worker')
    .summary('run a worker against the configured or running stack')
    .description(
      'Runs one worker until Ctrl-C: it carries every launch on. Any number may run; DATABASE_URL and TEMPORAL_ADDRESS say where.',
    );
  common(command, ['worker', 'worker --home /srv/carpool/.softlaunch']);
  command.action((options: CommonOptions) => perform(shell, options, (desk) => work(desk, options)));
}

async function work(desk: Desk, { home }: CommonOptions): Promise<Outcome> {
  const { databaseUrl, temporal } = await resolveConnections(home);
  const worker = await startOwnWorker({ databaseUrl, temporal });
  const { address } = temporal.connectionOptions;
  if (desk.json) desk.shell.write(`${JSON.stringify({ working: true, temporal: address })}\n`);
  desk.say(`${desk.paint.good('working')}  for launches on Temporal at ${address}; Ctrl-C ends it`);
  const lost = await untilStopped(desk, [worker.failed.then((error) => error.message)]);
  if (lost === undefined) {
    await worker.stop();
    return { text: 'The worker has stopped; launches wait for the next one.' };
  }
  const message = `The worker ended by itself: ${lost}. Launches stand still, nothing is lost, and their safety waits too: start it again.`;
  throw new CommandFailed(message, { exitCode: exitCodes.unreachable, kind: 'worker lost' });
}
