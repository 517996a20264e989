import type { Soak } from '../../database/reading.ts';
import type { Blocker } from '../../domain/gate.ts';
import type { CommunityState, LaunchState } from '../../domain/launch.ts';
import { type GateCriterion, phaseNames } from '../../domain/plan.ts';
import { verdictText } from '../render/judgement.ts';
import type { Paint } from '../render/paint.ts';
import { table } from '../render/table.ts';
import { dayAndTime, type LaunchClock, launchDuration, speedOf } from './launch-clock.ts';
import type { Scene } from './scene.ts';

/** How much room there is, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const blockersShown = 5;

/** Where a launch stands, as one picture of a size that hardly changes from one to the next. Lines may be longer than the room; the caller cuts them. */
export function frame(scene: Scene, paint: Paint, { columns, rows }: Size): readonly string[] {
  const { status, uiUrl } = scene;
  const rule = paint.faint('─'.repeat(Math.max(0, columns - 1)));
  const head = [rule, headLine(scene, paint, columns), ...(status === undefined ? [] : [railLine(status.state, paint, columns)])];
  const foot = [paint.faint(`Web UI ${uiUrl ?? 'none'}   Ctrl-C stops everything`)];
  if (status === undefined) return [...head, ...foot];
  const gate = ['', ...gateLines(scene, paint)];
  const criteria = ['', ...criteriaLines(scene, paint)];
  const room = Math.max(0, rows - head.length - foot.length - gate.length - criteria.length - 3);
  return [...head, ...gate, ...criteria, ...withTitle(communityLines(scene, paint), room, paint), ...foot];
}

function headLine({ plan, clock, now }: Scene, paint: Paint, columns: number): string {
  const time = dayAndTime(clock, now);
  const speed = `${Math.round(speedOf(clock)).toLocaleString('en')} times as fast`;
  const fill = ' '.repeat(Math.max(2, columns - plan.title.length - time.length - speed.length - 5));
  return `${paint.title(plan.title)}${fill}${paint.title(time)}   ${paint.faint(speed)}`;
}

/** The five phases: done, current, to come. In little room, only the current one has its name. */
function railLine({ phase, stage }: LaunchState, paint: Paint, columns: number): string {
  const current = phaseNames.indexOf(phase);
  const wide = columns >= phaseNames.join('').length + phaseNames.length * 6;
  const stations = phaseNames.map((name, index) => {
    if (index < current || stage === 'completed') return paint.good(wide ? `● ${name}` : '●');
    if (index === current) return (stage === 'running' ? paint.title : paint.bad)(`◉ ${name}`);
    return paint.faint(wide ? `○ ${name}` : '○');
  });
  return stations.join(paint.faint(wide ? ' ── ' : ' '));
}

function gateLines({ clock, now, status }: Scene, paint: Paint): readonly string[] {
  if (status === undefined) return [];
  const { blockers, nextWaveAt, waveBlockers, state } = status;
  const title = paint.title(`the gate of ${state.phase} waits for`);
  if (blockers.length === 0) return [`${title}  nothing`, ...Array<string>(blockersShown - 1).fill('')];
  const ofCommunities = blockers.filter(({ what }) => what.startsWith('community '));
  const few = ofCommunities.length <= 1;
  const others = few ? blockers : blockers.filter((blocker) => !ofCommunities.includes(blocker));
  const rows = others.map((blocker) => [paint.warn(blocker.what), blocker.why, endText(blocker, clock, now)]);
  const together = few ? [] : [[paint.warn('communities'), `${ofCommunities.length} are not yet shown to hold`, '']];
  const shown = [...rows.slice(0, blockersShown - 1 - together.length), ...together];
  const left = rows.length + together.length - shown.length;
  const wave = nextWaveAt === undefined || waveBlockers.length === 0 ? [] : [`the next wave waits: ${waveBlockers.join('; ')}`];
  const more = left > 0 ? [`${left} more`] : [];
  const tail = [...wave, ...more].map((text) => `  ${paint.faint(text)}`);
  const lines = [title, ...table(shown).split('\n'), ...tail];
  return [...lines, ...Array<string>(Math.max(0, blockersShown + 1 - lines.length)).fill('')];
}

function endText({ earliestEndAt, who }: Blocker, clock: LaunchClock, now: number): string {
  if (earliestEndAt === undefined) return who === 'nobody' ? '' : `up to ${who}`;
  if (earliestEndAt <= now) return 'due';
  return `until ${dayAndTime(clock, earliestEndAt)}, in ${launchDuration(clock, earliestEndAt - now)}`;
}

/** The criteria of the launch as a whole that the phase's gate asks for. */
function criteriaLines({ plan, clock, status, scopes }: Scene, paint: Paint): readonly string[] {
  const gate = plan.phases.find(({ name }) => name === status?.state.phase)?.passesWhen ?? {};
  const record = scopes.launch;
  const rows = Object.entries(gate).map(([name, rule]) => {
    const judgement = record?.judgements.find(({ criterion }) => criterion === name);
    const soak = record?.soaks.find(({ criterion, sinceKey }) => criterion === name && sinceKey === (rule.since ?? ''));
    const why = rule.soakMs > 0 && soak !== undefined ? soakMeter(soak, rule, clock, paint) : paint.faint(judgement?.reason ?? '');
    return [name, judgement === undefined ? paint.faint('not judged') : verdictText(judgement.verdict, paint), why];
  });
  return [paint.title('criteria'), ...table(rows).split('\n')];
}

function withTitle(lines: readonly string[], room: number, paint: Paint): readonly string[] {
  if (lines.length === 0) return [''];
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, Math.max(0, room - 1)), paint.faint(`  … and ${lines.length - room + 1} more`)];
  return ['', paint.title('communities'), ...shown, ''];
}

function communityLines(scene: Scene, paint: Paint): readonly string[] {
  const communities = Object.values(scene.status?.state.communities ?? {});
  if (communities.length === 0) return [];
  return table(communities.map((community) => communityRow(scene, community, paint))).split('\n');
}

function communityRow(
  { plan, clock, scopes }: Scene,
  { slug, state, phase, situation, why }: CommunityState,
  paint: Paint,
): readonly string[] {
  const off = state === 'refused' || state === 'rolled back';
  const shownState = (state === 'open' ? paint.good : off ? paint.bad : paint.faint)(state);
  if (off) return [paint.bad(slug), shownState, paint.bad(why ?? '')];
  const rules = plan.phases.find(({ name }) => name === phase)?.eachCommunity?.criteria ?? {};
  const meters = (scopes[`community:${slug}`]?.soaks ?? []).flatMap((soak) => {
    const rule = rules[soak.criterion];
    return rule === undefined || rule.soakMs <= 0 ? [] : [soakMeter(soak, rule, clock, paint)];
  });
  const unwell = [
    ...situation.missed.map((name) => paint.bad(`missed: ${name}`)),
    ...situation.blind.map((name) => paint.bad(`not measured: ${name}`)),
  ];
  // Healthy time has its meter already.
  const pending = situation.pending.filter((name) => (rules[name]?.soakMs ?? 0) === 0);
  const open = pending.length > 0 ? [paint.warn(`not yet shown: ${pending.join(', ')}`)] : [];
  const verdicts = [...unwell, ...open, ...(situation.ready ? [paint.good('all met')] : [])];
  return [slug, shownState, [meters[0] ?? '', verdicts.join('; ')].filter(Boolean).join('  ')];
}

const meterCells = 10;

/** `[######----] 31 h of 48 h healthy`. */
function soakMeter({ ledger }: Soak, { soakMs }: GateCriterion, clock: LaunchClock, paint: Paint): string {
  const share = Math.min(1, ledger.healthyMs / soakMs);
  const full = Math.floor(share * meterCells);
  const bar = `[${(share === 1 ? paint.good : paint.title)('#'.repeat(full))}${paint.faint('-'.repeat(meterCells - full))}]`;
  const healthy =
    share === 1
      ? `${launchDuration(clock, soakMs)} healthy`
      : `${launchDuration(clock, ledger.healthyMs)} of ${launchDuration(clock, soakMs)} healthy`;
  const unhealthy = ledger.unhealthyMs > 0 ? paint.bad(`, ${launchDuration(clock, ledger.unhealthyMs)} unhealthy`) : '';
  const unknown = ledger.unknownMs > 0 ? paint.faint(`, ${launchDuration(clock, ledger.unknownMs)} unknown`) : '';
  return `${bar} ${healthy}${unhealthy}${unknown}`;
}
