import type { RateInterval } from '../../domain/confidence.ts';
import type { RateQuestion, RateVerdict, VerdictChange } from '../../domain/rate.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** A verdict on counts, and everything it rests on. */
export interface Judgement extends Pick<RateVerdict, 'verdict' | 'reason'> {
  /** Evidence against "at least the target", a breach from `breachFrom` on. */
  readonly breachEvidence: number;
  /** Evidence for "above the target", by the same rule. */
  readonly passEvidence: number;
  readonly breachFrom: number;
  /** Exact and one-sided, for one look at a declared end; 0–1. */
  readonly lowerBound: number;
  /** Holds at every look together. */
  readonly confidenceSequence: RateInterval;
  /** For display only. */
  readonly wilson: RateInterval;
  readonly change: { readonly successes: VerdictChange | null; readonly failures: VerdictChange | null };
}

const verdictPaint = { met: 'good', missed: 'bad', inconclusive: 'warn', unmeasured: 'warn' } as const;

/** A verdict in its colour. */
export function verdictText(verdict: keyof typeof verdictPaint, paint: Paint): string {
  return paint[verdictPaint[verdict]](verdict);
}

/** The verdict, and below it the numbers it rests on. */
export function judgementText(question: RateQuestion, judgement: Judgement, paint: Paint): string {
  const { breachEvidence, passEvidence, breachFrom, lowerBound, confidenceSequence, wilson, change } = judgement;
  const sure = percent(1 - question.alpha);
  const rows = [
    ['evidence of a breach', `${number(breachEvidence)}, a breach from ${number(breachFrom)}`],
    ['evidence of a pass', `${number(passEvidence)}, shown from ${number(breachFrom)}`],
    ['exact lower bound', `${percent(lowerBound)} at ${sure} (for one look at a declared end)`],
    ['confidence sequence', `${interval(confidenceSequence)} at ${sure}, at every look together`],
    ['Wilson interval', `${interval(wilson)} at ${sure} (for display)`],
    ['successes from here', changeText(change.successes)],
    ['failures from here', changeText(change.failures)],
  ];
  return `${verdictText(judgement.verdict, paint)}  ${judgement.reason}\n${table(rows)}`;
}

function changeText(change: VerdictChange | null): string {
  return change === null ? 'none would change the verdict' : `${change.more} in a row would make it ${change.verdict}`;
}

function interval({ lower, upper }: RateInterval): string {
  return `${percent(lower)} to ${percent(upper)}`;
}

/** Cut, not rounded, so that 94.996 % never reads as 95 %. */
function percent(share: number): string {
  return `${Math.floor(share * 10_000 + 1e-7) / 100} %`;
}

function number(value: number): string {
  return value >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
