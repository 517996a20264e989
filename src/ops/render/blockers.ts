import { formatDuration } from '../../domain/duration.ts';
import type { Blocker } from '../../domain/gate.ts';
import { agoText, type Clock, instantText } from './instant.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** What blocks a gate, a line each: what, why, for how long, who can change it, and when it can end. */
export function blockersText(blockers: readonly Blocker[], clock: Clock, paint: Paint): string {
  return table(
    blockers.map((blocker) => [paint.warn(blocker.what), blocker.why, paint.faint(sinceText(blocker, clock)), endText(blocker, clock)]),
  );
}

function sinceText({ since }: Blocker, { now }: Clock): string {
  const ms = since === undefined ? 0 : now - since;
  return ms < 1000 ? '' : `for ${formatDuration(ms - (ms % 1000))}`;
}

/** Who can change it, and the earliest time it can end. */
function endText({ who, earliestEndAt, waivable }: Blocker, clock: Clock): string {
  const waiver = waivable === undefined ? '' : `, or go --waive "${waivable}"`;
  if (earliestEndAt === undefined) return `up to ${who}${waiver}`;
  const at =
    earliestEndAt <= clock.now
      ? 'due now'
      : `ends ${instantText(earliestEndAt, clock)} (${agoText(earliestEndAt, clock.now)}) at the earliest`;
  return who === 'nobody' ? at : `${at}, up to ${who}${waiver}`;
}

/** What holds the next wave, or when it joins. */
export function waveText(
  next: { readonly at?: number | undefined; readonly blockers: readonly string[] },
  clock: Clock,
  paint: Paint,
): string | undefined {
  if (next.at === undefined) return undefined;
  const due = next.at <= clock.now ? 'is due' : `joins ${instantText(next.at, clock)} (${agoText(next.at, clock.now)}) at the earliest`;
  const held = next.blockers.length === 0 ? '' : `, held: ${next.blockers.join('; ')}`;
  return `The next wave ${due}${paint.warn(held)}`;
}
