import { formatDuration } from '../../domain/duration.ts';
import type { CommunityState, LaunchState } from '../../domain/launch.ts';
import type { PhaseName } from '../../domain/plan.ts';
import { phaseNames } from '../../domain/plan.ts';
import { isOrphaned, type LaunchOverview } from '../launch-overview.ts';
import { blockersText, waveText } from './blockers.ts';
import { evidenceRows } from './evidence.ts';
import { agoText, type Clock, clockOf, instantText, whenText } from './instant.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

const announcementsShown = 5;

/** Where a launch stands, for people: paragraphs, each with a title. */
export function statusText(overview: LaunchOverview, now: number, paint: Paint): string {
  const clock = clockOf(overview.plan, overview.status?.at ?? now);
  const paragraphs = [
    headText(overview, clock, paint),
    orphanText(overview, paint),
    gateText(overview, clock, paint),
    communitiesText(overview, clock, paint),
    titled('Evidence', evidenceText(overview, paint), paint),
    titled('Product', productText(overview, paint), paint),
    titled('Rollbacks', rollbacksText(overview, clock, paint), paint),
    titled('Changed by hand', driftText(overview, paint), paint),
    titled('Announcements', announcementsText(overview, clock, paint), paint),
    titled('Journal', journalText(overview, clock, paint), paint),
  ];
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

/** The phase a launch is in, as far as anybody knows. */
export function phaseNow({ status, workflow }: LaunchOverview): PhaseName | undefined {
  return status?.state.phase ?? phaseNames.find((name) => name === workflow?.phase);
}

function headText(overview: LaunchOverview, clock: Clock, paint: Paint): string {
  const { record, plan, status, missing } = overview;
  const standing =
    record.outcome === null ? standingText(overview, clock, paint) : `${paint.title(record.outcome)} ${ended(overview, clock)}`;
  const lines = [
    `${paint.title(plan.title)} ${paint.faint(`(${record.id}, plan ${record.planHash.slice(0, 12)}, since ${instantText(record.startedAt, clock)})`)}`,
    standing,
    ...(status === undefined ? [] : standstillLines(status.state, clock, paint)),
    ...missing.map((sentence) => paint.warn(sentence)),
  ];
  return lines.filter(Boolean).join('\n  ');
}

function ended({ record }: LaunchOverview, clock: Clock): string {
  return record.endedAt === null ? '' : whenText(record.endedAt, clock);
}

function standingText(overview: LaunchOverview, clock: Clock, paint: Paint): string {
  const phase = phaseNow(overview);
  const { status, workflow } = overview;
  if (status === undefined)
    return phase === undefined
      ? ''
      : `in ${paint.title(phase)}${workflow?.status === 'RUNNING' ? '' : ', workflow '}${workflow?.status === 'RUNNING' ? '' : (workflow?.status.toLowerCase() ?? '')}`;
  const { stage, phaseOpenedAt, stayUntil, entry } = status.state;
  const colour = stage === 'running' ? paint.good : paint.bad;
  const again = entry > phaseNames.indexOf(status.state.phase) + 1 ? ', entered again' : '';
  const stay = stayUntil > status.at ? `, at least until ${whenText(stayUntil, clock)}` : '';
  return `${colour(stage)} in ${paint.title(status.state.phase)} for ${formatDuration(Math.max(0, status.at - phaseOpenedAt))}${again}${stay}`;
}

function standstillLines({ holds, rollback, incidents, waivers }: LaunchState, clock: Clock, paint: Paint): readonly string[] {
  return [
    ...(rollback === null
      ? []
      : [paint.bad(`rolled back by ${rollback.by} ${agoText(rollback.at, clock.now)} (${rollback.state}): ${rollback.reason}`)]),
    ...holds.map(({ by, reason, at }) => paint.warn(`held by ${by} ${agoText(at, clock.now)}: ${reason}`)),
    ...incidents
      .filter(({ closedAt }) => closedAt === undefined)
      .map(({ id, issue, openedAt }) => paint.bad(`${id} open ${agoText(openedAt, clock.now)}: ${issue}`)),
    ...waivers.map(({ by, criteria, phase, reason }) => paint.bad(`waived for ${phase} by ${by}: ${criteria.join(', ')} (${reason})`)),
  ];
}

function orphanText(overview: LaunchOverview, paint: Paint): string {
  if (!isOrphaned(overview)) return '';
  const { record, product, claims, workflow } = overview;
  const on = product.flags.filter((flag) => flag.on).map(({ key }) => key);
  const why = workflow === undefined ? 'Its workflow is gone' : `Its workflow was closed (${workflow.status.toLowerCase()})`;
  return [
    paint.bad(`${why}, and nobody ended the launch: nothing watches it.`),
    `  still on  ${on.length === 0 ? 'no flag' : on.join(', ')}; ${product.communitiesIn} communities in`,
    `  claimed by ${record.id}  ${claims.map(({ kind, key, table: where }) => (key === '' ? `${kind} in ${where}` : `${kind} ${key}`)).join(', ')}`,
    `  softlaunch rollback ${record.id} turns it off; softlaunch abandon ${record.id} --by … --reason … also releases the claims`,
  ].join('\n');
}

function gateText({ status }: LaunchOverview, clock: Clock, paint: Paint): string {
  if (status === undefined || status.state.stage === 'completed') return '';
  const { blockers, nextWaveAt, waveBlockers, state } = status;
  const title = paint.title(`Gate of ${state.phase}`);
  const gate = blockers.length === 0 ? `${title}  ${paint.good('open')}` : `${title}\n${blockersText(blockers, clock, paint)}`;
  const wave = waveText({ at: nextWaveAt, blockers: waveBlockers }, clock, paint);
  return wave === undefined ? gate : `${gate}\n  ${wave}`;
}

function communitiesText({ status, product }: LaunchOverview, clock: Clock, paint: Paint): string {
  if (status === undefined) return '';
  const rows = Object.values(status.state.communities).map((community) => communityRow(community, clock, paint));
  if (rows.length === 0) return '';
  return titled(`Communities (${product.communitiesIn} in)`, table(rows), paint);
}

function communityRow({ slug, state, joinedAt, situation, why, phase }: CommunityState, clock: Clock, paint: Paint): readonly string[] {
  const colour = state === 'open' ? paint.good : state === 'joining' ? paint.faint : paint.bad;
  const unwell = [...situation.missed.map((name) => `missed: ${name}`), ...situation.blind.map((name) => `cannot be measured: ${name}`)];
  const well = situation.ready ? 'ready' : 'not yet shown';
  const says = why ?? (unwell.length > 0 ? paint.warn(unwell.join('; ')) : well);
  return [slug, colour(state), `${phase}, ${agoText(joinedAt, clock.now)}`, says];
}

function evidenceText(overview: LaunchOverview, paint: Paint): string {
  const { plan, scopes } = overview;
  const phase = phaseNow(overview);
  return table(Object.entries(scopes).flatMap(([scope, record]) => evidenceRows({ plan, scope, record, phase }, paint)));
}

function productText({ product }: LaunchOverview, paint: Paint): string {
  const flags = product.flags.map(({ key, on }) => `${key} ${on ? paint.good('on') : paint.faint('off')}`);
  return table([
    ['flags', flags.join(', ')],
    [
      'communities',
      product.communities.length === 0 ? 'none in' : `${product.communitiesIn} in: ${product.communities.slice(0, 20).join(', ')}`,
    ],
  ]);
}

function rollbacksText({ rollbacks }: LaunchOverview, clock: Clock, paint: Paint): string {
  return table(
    rollbacks.map(({ at, scope, actor, reason, state, liftedAt, answer }) => {
      const colour = state === 'restored' ? paint.good : state === 'stuck' ? paint.bad : paint.warn;
      const off = answer.turnedOff.length === 0 ? 'nothing was on' : `off: ${answer.turnedOff.join(', ')}`;
      const standing = liftedAt === null ? '' : paint.faint(` lifted ${agoText(liftedAt, clock.now)}`);
      return [agoText(at, clock.now), scope, colour(state), `by ${actor}: ${reason} (${off})${standing}`];
    }),
  );
}

function driftText({ drift }: LaunchOverview, paint: Paint): string {
  return table(
    drift.map(({ kind, key, what, expected, found }) => [
      `${kind} ${key}`,
      paint.warn(what),
      `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    ]),
  );
}

function announcementsText({ announcements }: LaunchOverview, clock: Clock, paint: Paint): string {
  return table(
    announcements.slice(-announcementsShown).map(({ at, template, audience, community, says, promises }) => {
      const due = promises.map(({ what, dueAt }) => `${what} ${agoText(dueAt, clock.now)}`);
      return [
        agoText(at, clock.now),
        `${template} to ${community ?? audience}`,
        `${shortened(says)}${due.length === 0 ? '' : paint.warn(` [${due.join(', ')}]`)}`,
      ];
    }),
  );
}

function journalText({ journal }: LaunchOverview, clock: Clock, paint: Paint): string {
  return table(
    journal.map(({ at, actor, kind, summary }) => [agoText(at, clock.now), paint.faint(`${kind} by ${actor}`), shortened(summary)]),
  );
}

function titled(title: string, text: string, paint: Paint): string {
  return text === '' ? '' : `${paint.title(title)}\n${text}`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}
