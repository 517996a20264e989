import type { Command } from 'commander';
import { confidenceSequence, lowerBound, wilson } from '../../domain/confidence.ts';
import { judgeRate, type RateCertainty, type RateQuestion, whatWouldChange } from '../../domain/rate.ts';
import { breachEvidence, passEvidence } from '../../domain/rate-evidence.ts';
import { type CommonOptions, common, countsOf, shareOf, wholeOf } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Judgement, judgementText } from '../render/judgement.ts';
import { perform, type Shell } from '../shell.ts';

interface JudgeOptions extends CommonOptions {
  readonly atLeast: number;
  readonly alpha: number;
  readonly from: number;
  readonly demonstrated?: boolean;
}

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('judge')
    .summary('judge counts against a target share, as a launch would')
    .description(
      'Judges successes of trials against a target share, with the evidence and what would change the verdict. Exit code 0 only when met.',
    )
    .argument('<successes/trials>', 'what was counted, such as 95/100', countsOf)
    .requiredOption('--at-least <share>', 'the target: 0.95 or 95%', shareOf)
    .option('--alpha <share>', 'error rate of calling a breach', shareOf, 0.05)
    .option('--from <trials>', 'fewest trials on which "not breached" may be met', wholeOf, 60)
    .option('--demonstrated', 'the rate must be shown by the exact bound, as at a declared end');
  common(command, ['judge 95/100 --at-least 95%', 'judge 57/60 --at-least 0.95 --alpha 0.01 --demonstrated --json']);
  command.action((counts: ReturnType<typeof countsOf>, options: JudgeOptions) =>
    perform(shell, options, async ({ paint }) => {
      const certainty: RateCertainty = options.demonstrated ? 'demonstrated' : 'not breached';
      const question: RateQuestion = {
        ...counts,
        target: options.atLeast,
        alpha: options.alpha,
        fromTrials: options.from,
        certainty,
      };
      const judgement = judge(question);
      const exitCode = judgement.verdict === 'met' ? exitCodes.done : exitCodes.no;
      return { exitCode, json: { ...question, ...judgement }, text: judgementText(question, judgement, paint) };
    }),
  );
}

function judge(question: RateQuestion): Judgement {
  const { verdict, reason } = judgeRate(question);
  return {
    verdict,
    reason,
    breachEvidence: breachEvidence(question),
    passEvidence: passEvidence(question),
    breachFrom: 1 / question.alpha,
    lowerBound: lowerBound(question),
    confidenceSequence: confidenceSequence(question),
    wilson: wilson(question),
    change: whatWouldChange(question),
  };
}
