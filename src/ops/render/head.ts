import type { ReadBack } from '../../database/launch-record.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { LaunchState } from '../../domain/launch.ts';
import { type PhaseName, phaseNames } from '../../domain/plan.ts';
import { isOrphaned, type LaunchOverview } from '../launch-overview.ts';
import { agoText, type Clock, instantText, whenText } from './instant.ts';
import type { Paint } from './paint.ts';

/** The phase a launch is in, as far as anybody knows. */
export function phaseNow({ status, workflow }: LaunchOverview): PhaseName | undefined {
  return status?.state.phase ?? phaseNames.find((name) => name === workflow?.phase);
}

/** What it is, where it stands, and what stands in its way. */
export function headText(overview: LaunchOverview, clock: Clock, paint: Paint): string {
  const { record, plan, status, missing } = overview;
  const since = `(${record.id}, plan ${record.planHash.slice(0, 12)}, since ${instantText(record.startedAt, clock)})`;
  const lines = [
    `${paint.title(plan.title)} ${paint.faint(since)}`,
    standingText(overview, clock, paint),
    ...(status === undefined ? [] : standstillLines(status.state, clock, paint)),
    ...missing.map((sentence) => paint.warn(sentence)),
  ];
  return lines.filter(Boolean).join('\n  ');
}

/** After a terminate: what is still on, under whose claim, and what can be done. Empty while somebody carries the launch on. */
export function orphanText(overview: LaunchOverview, paint: Paint): string {
  if (!isOrphaned(overview)) return '';
  const { record, product, claims, workflow } = overview;
  const stillOn = typeof product === 'string' ? product : stillOnText(product);
  const why = workflow === undefined ? 'Its workflow is gone' : `Its workflow was closed (${workflow.status.toLowerCase()})`;
  const claimed = claims.map(({ kind, key, table: where }) => (key === '' ? `${kind} in ${where}` : `${kind} ${key}`));
  return [
    paint.bad(`${why}, and nobody ended the launch: nothing watches it.`),
    `  still on  ${stillOn}`,
    `  claimed by ${record.id}  ${claimed.join(', ')}`,
    `  "softlaunch rollback ${record.id}" turns it off; "softlaunch abandon ${record.id}" also releases the claims.`,
  ].join('\n');
}

function stillOnText({ flags, communitiesIn }: ReadBack): string {
  const on = flags.filter((flag) => flag.on).map(({ key }) => key);
  return `${on.length === 0 ? 'no flag' : on.join(', ')}; ${communitiesIn} communities in`;
}

function standingText(overview: LaunchOverview, clock: Clock, paint: Paint): string {
  const { record, status, workflow } = overview;
  if (record.outcome !== null) return `${paint.title(record.outcome)} ${record.endedAt === null ? '' : whenText(record.endedAt, clock)}`;
  if (status !== undefined) return runningText(status.state, clock, paint);
  const phase = phaseNow(overview);
  const closed = workflow === undefined || workflow.status === 'RUNNING' ? '' : `, workflow ${workflow.status.toLowerCase()}`;
  return phase === undefined ? '' : `in ${paint.title(phase)}${closed}`;
}

function runningText({ stage, phase, phaseOpenedAt, stayUntil, entry }: LaunchState, clock: Clock, paint: Paint): string {
  const colour = stage === 'running' || stage === 'completed' ? paint.good : paint.bad;
  const again = entry > phaseNames.indexOf(phase) + 1 ? ', entered again' : '';
  const stay = stayUntil > clock.now ? `, at least until ${whenText(stayUntil, clock)}` : '';
  const forMs = Math.max(0, clock.now - phaseOpenedAt);
  return `${colour(stage)} in ${paint.title(phase)} for ${formatDuration(forMs - (forMs % 1000))}${again}${stay}`;
}

function standstillLines({ holds, rollback, incidents, waivers }: LaunchState, { now }: Clock, paint: Paint): readonly string[] {
  const open = incidents.filter(({ closedAt }) => closedAt === undefined);
  const back =
    rollback === null ? [] : [`rolled back by ${rollback.by} ${agoText(rollback.at, now)} (${rollback.state}): ${rollback.reason}`];
  return [
    ...back.map(paint.bad),
    ...holds.map(({ by, reason, at }) => paint.warn(`held by ${by} ${agoText(at, now)}: ${reason}`)),
    ...open.map(({ id, issue, openedAt }) => paint.bad(`${id} opened ${agoText(openedAt, now)}: ${issue}`)),
    ...waivers.map(({ by, criteria, phase, reason, expiresAt }) => {
      const counts = expiresAt > now ? `ends ${agoText(expiresAt, now)}` : `ended ${agoText(expiresAt, now)}`;
      return paint.bad(`waived for ${phase} by ${by}, ${counts}: ${criteria.join(', ')} (${reason})`);
    }),
  ];
}
