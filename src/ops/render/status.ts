import type { CommunityState } from '../../domain/launch.ts';
import type { LaunchOverview } from '../launch-overview.ts';
import { blockersText, waveText } from './blockers.ts';
import { driftText, productText, rollbacksText } from './effects.ts';
import { evidenceRows } from './evidence.ts';
import { headText, orphanText, phaseNow } from './head.ts';
import { agoText, type Clock, clockOf, seenAt } from './instant.ts';
import type { Paint } from './paint.ts';
import { announcementsText, journalText } from './record.ts';
import { table } from './table.ts';

/** Where a launch stands, for people: paragraphs, each with a title; what there is nothing of is left out. */
export function statusText(overview: LaunchOverview, now: number, paint: Paint): string {
  const clock = clockOf(overview.plan, overview.status === undefined ? now : seenAt(overview.status, now));
  const paragraphs = [
    headText(overview, clock, paint),
    orphanText(overview, paint),
    gateText(overview, clock, paint),
    titled(communitiesTitle(overview), communitiesText(overview, clock, paint), paint),
    titled('Evidence', evidenceText(overview, paint), paint),
    titled('Product', productText(overview, paint), paint),
    titled('Rollbacks', rollbacksText(overview, clock, paint), paint),
    titled('Changed by hand', driftText(overview, paint), paint),
    titled('Announcements', announcementsText(overview, clock, paint), paint),
    titled('Journal', journalText(overview, clock, paint), paint),
  ];
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

function gateText({ status, record }: LaunchOverview, clock: Clock, paint: Paint): string {
  if (status === undefined || record.outcome !== null) return '';
  const { blockers, nextWaveAt, waveBlockers, state } = status;
  const title = paint.title(`Gate of ${state.phase}`);
  const gate = blockers.length === 0 ? `${title}  ${paint.good('open')}` : `${title}\n${blockersText(blockers, clock, paint)}`;
  const wave = waveText({ at: nextWaveAt, blockers: waveBlockers }, clock, paint);
  return wave === undefined ? gate : `${gate}\n  ${wave}`;
}

function communitiesTitle({ product }: LaunchOverview): string {
  return typeof product === 'string' ? 'Communities' : `Communities (${product.communitiesIn} in)`;
}

function communitiesText({ status }: LaunchOverview, clock: Clock, paint: Paint): string {
  return table(Object.values(status?.state.communities ?? {}).map((community) => communityRow(community, clock, paint)));
}

function communityRow({ slug, state, joinedAt, situation, why, phase }: CommunityState, { now }: Clock, paint: Paint): readonly string[] {
  const colour = state === 'open' ? paint.good : state === 'refused' || state === 'rolled back' ? paint.bad : paint.faint;
  const unwell = [...situation.missed.map((name) => `missed: ${name}`), ...situation.blind.map((name) => `cannot be measured: ${name}`)];
  const shown = situation.ready ? paint.good('all met') : 'not yet shown to hold';
  return [slug, colour(state), `${phase}, ${agoText(joinedAt, now)}`, why ?? (unwell.length > 0 ? paint.warn(unwell.join('; ')) : shown)];
}

function evidenceText(overview: LaunchOverview, paint: Paint): string {
  const { plan, scopes } = overview;
  const phase = phaseNow(overview);
  return table(Object.entries(scopes).flatMap(([scope, record]) => evidenceRows({ plan, scope, record, phase }, paint)));
}

function titled(title: string, text: string, paint: Paint): string {
  return text === '' ? '' : `${paint.title(title)}\n${text}`;
}
