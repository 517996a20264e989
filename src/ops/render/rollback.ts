import type { RollbackAnswer } from '../../database/rollback.ts';
import type { EndedBlocker } from '../../database/rollback-line.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** What turning off did, in the product's own names. */
export type TurnedBack = Pick<RollbackAnswer, 'turnedOff' | 'alreadyOff' | 'restored' | 'leftOn' | 'notRestored' | 'stillOn'>;

/** What a rollback, or the end of a launch, turned off and put back, a line each; empty lines are left out. */
export function turnedBackText(answer: TurnedBack, paint: Paint, indent?: string): string {
  const reasons = (those: TurnedBack['leftOn']) => those.map(({ what, why }) => `${what} (${why})`).join(', ');
  const rows = [
    ['turned off', answer.turnedOff.join(', '), paint.good],
    ['already off', answer.alreadyOff.join(', '), paint.faint],
    ['settings restored', answer.restored.join(', '), paint.good],
    ['left on', reasons(answer.leftOn), paint.warn],
    ['not restored', reasons(answer.notRestored), paint.warn],
    ['STILL ON', answer.stillOn.join(', '), paint.bad],
  ] as const;
  return table(
    rows.filter(([, what]) => what !== '').map(([name, what, colour]) => [colour(name), what]),
    indent,
  );
}

/** Who was in the way of a rollback. */
export function blockersEndedText(ended: readonly EndedBlocker[]): string {
  return ended.map(({ pid, how }) => `Server process ${pid} held the rows and was ${how}.`).join(' ');
}
