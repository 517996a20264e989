import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { resolveDatabaseUrl } from '../../config.ts';
import { loadPlanRecord } from '../../database/launch-record.ts';
import { gatherReviewEvidence } from '../../database/review-evidence.ts';
import { reviewLaunch } from '../../domain/review.ts';
import { type CommonOptions, common } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { chooseLaunchToSee, withDatabase } from '../launch-choice.ts';
import { redMark, reviewMarkdown } from '../render/review.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';

interface ReviewOptions extends CommonOptions {
  readonly out?: string;
}

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('review')
    .summary('what the launch came to, written from its evidence')
    .description(
      'Writes the review as Markdown: metrics against targets, what was waived, what happened, the questions people must answer with the facts that bear on them, and what is left to do. Works at any time and with nothing but the database; before the review is due it says that it is provisional.',
    )
    .argument('[launch]', 'the launch; when absent, the only one that runs, or the latest')
    .option('--out <file>', 'write it into this file instead of printing it');
  common(command, ['review', 'review carpool-v2 --out review.md', 'review --json']);
  command.action((launch: string | undefined, options: ReviewOptions) =>
    perform(shell, options, (desk) => writeReview(desk, launch, options)),
  );
}

async function writeReview({ paint }: Desk, named: string | undefined, { home, out }: ReviewOptions): Promise<Outcome> {
  const { review, markdown } = await withDatabase(resolveDatabaseUrl(home), async (connection) => {
    const { id, planHash } = await chooseLaunchToSee(connection, named);
    const record = await loadPlanRecord(connection, planHash);
    if (record === undefined) throw new Error(`The plan of ${id} is not in the database, though every launch's plan must be.`);
    const found = reviewLaunch(record.plan, await gatherReviewEvidence(connection, id, record.plan, Date.now()));
    return { review: found, markdown: reviewMarkdown(record.plan, found) };
  });
  if (out === undefined) {
    const red = (line: string) => (line.includes(redMark) ? paint.bad(line) : line);
    return { json: { ...review }, text: markdown.trimEnd().split('\n').map(red).join('\n') };
  }
  await writeFile(out, markdown).catch((cause: unknown) => {
    const message = `The review of ${review.launch} could not be written to ${out}: ${cause instanceof Error ? cause.message : cause}.`;
    throw new CommandFailed(message, { exitCode: exitCodes.usage, kind: 'not written', cause });
  });
  return { json: { ...review, out }, text: `Wrote the ${review.standing} review of ${review.launch} to ${out}.` };
}
