import type { RollbackRecord } from '../../database/rollback.ts';
import type { Judgement } from '../../domain/criterion.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Paint } from '../render/paint.ts';
import { table } from '../render/table.ts';
import { dayAndTime, type LaunchClock, launchDuration, speedOf } from './launch-clock.ts';

/** One automatic rollback, step by step; instants in epoch milliseconds. */
export interface RollbackTimes {
  readonly scope: string;
  readonly why: string;
  /** The evidence that ordered it, as it was judged. */
  readonly evidence: string;
  /** When the product began to fail. */
  readonly failedAt: number;
  /** When the look was due that saw it. */
  readonly seenAt: number;
  /** When the database wrote that it is off. */
  readonly offAt: number;
  /** When it was read back as off and the invariants held; absent: not proven. */
  readonly provenAt?: number;
}

/** What a rollback's times are told from. */
export interface RollbackFacts {
  readonly rollback: RollbackRecord;
  /** The latest judgement of the criterion that ordered it. */
  readonly judgement: Judgement | undefined;
  /** Logical time of the look that first saw the breach. */
  readonly seenAt: number;
  readonly failedAt: number;
}

/** The times of a rollback that a criterion's judgement ordered. */
export function rollbackTimes({ rollback, judgement, seenAt, failedAt }: RollbackFacts): RollbackTimes {
  const { scope, reason, recordedAt, settledAt, state } = rollback;
  const proven = state === 'restored' && settledAt !== null ? { provenAt: settledAt } : {};
  return { scope, why: reason, evidence: judgement?.reason ?? '', failedAt, seenAt, offAt: recordedAt, ...proven };
}

/** The times beside what the plan allows for a P0: as they passed in truth, and as the launch's own time counts them. */
export function rollbackTimesText(
  plan: Plan,
  times: RollbackTimes,
  { clock, paint }: { readonly clock: LaunchClock; readonly paint: Paint },
): string {
  const { scope, why, evidence, failedAt, seenAt, offAt, provenAt } = times;
  const allowed = (proof: 'rollback' | 'verification') => {
    const step = plan.incidentProcedure.steps.find((candidate) => candidate.proof === proof);
    return step === undefined ? '' : `of ${launchDuration(clock, step.withinMs)} that a P0 allows`;
  };
  const after = (at: number, proof: 'rollback' | 'verification') => [
    dayAndTime(clock, at),
    paint.good(formatDuration(Math.max(0, at - seenAt))),
    allowed(proof),
    paint.faint(`${launchDuration(clock, at - seenAt)} on the launch's clock`),
  ];
  const rows = [
    ['it begins to fail', dayAndTime(clock, failedAt)],
    [
      'the breach is seen',
      dayAndTime(clock, seenAt),
      `${launchDuration(clock, seenAt - failedAt)} later, as soon as the evidence sufficed`,
    ],
    ['it is turned off', ...after(offAt, 'rollback')],
    provenAt === undefined ? [paint.bad('not proven')] : ['it is proven off', ...after(provenAt, 'verification')],
  ];
  const speed = Math.round(speedOf(clock)).toLocaleString('en');
  return [
    paint.title(`The rollback of ${scope.replace(/^community:/, '')} against the P0 clock`),
    `  ${why}: ${evidence}`,
    table(rows),
    paint.faint(
      `  The launch's clock runs ${speed} times as fast, the servers do not: turning off takes them as long in a launch of days.`,
    ),
  ].join('\n');
}
