import type { RollbackRecord } from '../../database/rollback.ts';
import type { LaunchOverview } from '../launch-overview.ts';
import { agoText, type Clock } from './instant.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

const communitiesShown = 20;
const rollbacksShown = 5;

/** The launch's flags and communities, as they stand in the product. */
export function productText({ product }: LaunchOverview, paint: Paint): string {
  if (typeof product === 'string') return paint.bad(product);
  const flags = product.flags.map(({ key, on }) => `${key} ${on ? paint.good('on') : paint.faint('off')}`);
  const more = product.communitiesIn > communitiesShown ? ', …' : '';
  const inside = `${product.communitiesIn} in: ${product.communities.slice(0, communitiesShown).join(', ')}${more}`;
  return table([
    ['flags', flags.join(', ')],
    ['communities', product.communitiesIn === 0 ? 'none in' : inside],
  ]);
}

/** The latest rollbacks: when, what, whether proven, by whom and why. */
export function rollbacksText({ rollbacks }: LaunchOverview, { now }: Clock, paint: Paint): string {
  return table(
    rollbacks.slice(0, rollbacksShown).map(({ at, scope, actor, reason, state, liftedAt, answer }) => {
      const off = answer.turnedOff.length === 0 ? 'nothing was on' : `off: ${answer.turnedOff.join(', ')}`;
      const lifted = liftedAt === null ? '' : paint.faint(` lifted ${agoText(liftedAt, now)}`);
      return [agoText(at, now), scope, rollbackStateText(state, paint), `by ${actor}: ${reason} (${off})${lifted}`];
    }),
  );
}

/** What somebody changed behind the launch's back. */
export function driftText({ drift }: LaunchOverview, paint: Paint): string {
  return table(
    drift.map(({ kind, key, what, expected, found }) => [
      `${kind} ${key}`,
      paint.warn(what),
      `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    ]),
  );
}

function rollbackStateText(state: RollbackRecord['state'], paint: Paint): string {
  switch (state) {
    case 'restored':
      return paint.good('restored');
    case 'stuck':
      return paint.bad('STUCK');
    case 'ordered':
      return paint.warn('not yet proven');
    default:
      return state satisfies never;
  }
}
