import { formatDuration } from './duration.ts';
import type { Audience, GateCriterion, Phase, PhaseName, Plan } from './plan.ts';

/** Something that will happen, at the earliest; instants are milliseconds since 1970. */
export interface CalendarEntry {
  readonly at: number;
  /** When it ends at the earliest; absent for what happens at one instant. */
  readonly until?: number;
  /** When a phase closes at the latest; absent where it, or one before it, may last for ever. */
  readonly latest?: number;
  readonly kind: 'phase' | 'wave' | 'check-in' | 'decision' | 'review';
  readonly phase: PhaseName;
  /** A sentence for people. */
  readonly what: string;
}

/** When a phase opens and closes at the earliest, and closes at the latest. */
export interface PhaseWindow {
  readonly phase: Phase;
  readonly opensAt: number;
  readonly closesAt: number;
  /** Absent when this phase, or one before it, may last for ever. */
  readonly closesAtLatest?: number;
}

/**
 * What will happen when, if nothing is missed and everybody decides at once: phases, waves, conversations, decisions and the review, in order of time.
 * `midnightAt` is the midnight from which times of day count: that before the start in the plan's zone, when absent.
 */
export function planCalendar(
  plan: Plan,
  startAt: number,
  midnightAt: number = midnightBefore(plan.timezone, startAt),
): readonly CalendarEntry[] {
  const windows = phaseWindows(plan, startAt);
  const entries = windows.flatMap((window) => [
    phaseEntry(window),
    ...waveEntries(plan, window),
    ...checkInEntries(plan, window, midnightAt),
    ...decisionEntries(plan, window),
  ]);
  return [...entries, ...reviewEntries(plan, windows)].sort((a, b) => a.at - b.at);
}

/** Each phase's window, in order. Healthy time is counted from where the plan says; the last wave's communities get theirs too. */
export function phaseWindows(plan: Plan, startAt: number): readonly PhaseWindow[] {
  const windows: PhaseWindow[] = [];
  let latest: number | undefined = startAt;
  for (const phase of plan.phases) {
    const opensAt = windows.at(-1)?.closesAt ?? startAt;
    const openedAt = (since: PhaseName) => windows.find((window) => window.phase.name === since)?.opensAt ?? opensAt;
    const closesAt = Math.max(
      opensAt + phase.minimumStayMs,
      opensAt + lastWaveMs(phase.audience) + longestSoakMs(phase.eachCommunity?.criteria ?? {}),
      ...Object.values(phase.passesWhen).map(({ soakMs, since = phase.name }) => openedAt(since) + soakMs),
    );
    latest = latest === undefined || phase.maximumStayMs === undefined ? undefined : latest + phase.maximumStayMs;
    windows.push({ phase, opensAt, closesAt, ...(latest === undefined ? {} : { closesAtLatest: latest }) });
  }
  return windows;
}

/** The last midnight at or before an instant, on the clocks of an IANA zone. Throws a RangeError on a zone that is not known. */
export function midnightBefore(timezone: string, at: number): number {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const part = (type: string) => Number(clock.formatToParts(at).find((found) => found.type === type)?.value ?? 0);
  const second = Math.floor(at / 1000);
  return (second - (part('hour') * 60 + part('minute')) * 60 - part('second')) * 1000;
}

function phaseEntry({ phase, opensAt, closesAt, closesAtLatest }: PhaseWindow): CalendarEntry {
  const shortest = closesAt > opensAt ? [`at least ${formatDuration(closesAt - opensAt)}`] : [];
  const longest = phase.maximumStayMs === undefined ? [] : [`at most ${formatDuration(phase.maximumStayMs)}`];
  const lasts = [...shortest, ...longest].join(', ');
  const what = `${phase.name} opens for ${audienceText(phase.audience)}${lasts === '' ? '' : `, ${lasts}`}`;
  return {
    at: opensAt,
    until: closesAt,
    kind: 'phase',
    phase: phase.name,
    what,
    ...(closesAtLatest === undefined ? {} : { latest: closesAtLatest }),
  };
}

/** How many communities have joined counts from the pilot on: the internal phase is our own people. */
function waveEntries(plan: Plan, { phase, opensAt }: PhaseWindow): readonly CalendarEntry[] {
  const { eachCommunity, name } = phase;
  let total = joinedBefore(plan, name);
  return joinings(phase.audience).flatMap(({ afterMs, add, who }): CalendarEntry[] => {
    total += add;
    const at = opensAt + afterMs;
    const sum = name === 'internal' ? '' : `, ${total} in all`;
    const joined = { at, kind: 'wave' as const, phase: name, what: `${who} ${add === 1 ? 'joins' : 'join'}${sum}` };
    if (eachCommunity?.checkInAfterMs === undefined) return [joined];
    const talk = {
      at: at + eachCommunity.checkInAfterMs,
      kind: 'check-in' as const,
      phase: name,
      what: `talk with the ${add === 1 ? 'admin' : 'admins'} of ${who}`,
    };
    return [joined, talk];
  });
}

function joinings(audience: Audience): readonly { readonly afterMs: number; readonly add: number; readonly who: string }[] {
  if (audience.kind === 'waves') return audience.waves.map((wave) => ({ ...wave, who: communities(wave.add) }));
  if (audience.kind !== 'communities') return [];
  return [{ afterMs: 0, add: audience.communities.length, who: audience.communities.join(', ') }];
}

function joinedBefore({ phases }: Plan, name: PhaseName): number {
  const before = phases
    .slice(
      0,
      phases.findIndex((phase) => phase.name === name),
    )
    .filter((phase) => phase.name !== 'internal');
  return before.reduce((sum, { audience }) => {
    if (audience.kind === 'communities') return sum + audience.communities.length;
    return audience.kind === 'waves' ? sum + audience.waves.reduce((added, { add }) => added + add, 0) : sum;
  }, 0);
}

/** One entry a day, from its first conversation to its last. */
function checkInEntries({ dayMs }: Plan, { phase, opensAt, closesAt }: PhaseWindow, midnightAt: number): readonly CalendarEntry[] {
  if (!phase.checkIns) return [];
  const { atMs, with: roles } = phase.checkIns;
  const [firstDay, lastDay] = [opensAt, closesAt].map((at) => Math.floor((at - midnightAt) / dayMs)) as [number, number];
  return Array.from({ length: lastDay - firstDay + 1 }, (_, day) => midnightAt + (firstDay + day) * dayMs).flatMap((midnight) => {
    const due = atMs.filter((timeMs) => midnight + timeMs >= opensAt && midnight + timeMs < closesAt).sort((a, b) => a - b);
    const [first, last] = [due[0], due.at(-1)];
    if (first === undefined || last === undefined) return [];
    const times = due.map((timeMs) => timeText(timeMs, dayMs)).join(', ');
    return [
      {
        at: midnight + first,
        until: midnight + last,
        kind: 'check-in' as const,
        phase: phase.name,
        what: `check-in at ${times} with ${roles.join(', ')}`,
      },
    ];
  });
}

function decisionEntries({ people }: Plan, { phase, closesAt }: PhaseWindow): readonly CalendarEntry[] {
  const { decidedBy, name } = phase;
  if (decidedBy.kind === 'automatic')
    return [{ at: closesAt, kind: 'decision', phase: name, what: `${name} passes by itself when nothing is missed` }];
  const able = Object.values(people).filter(({ role }) => decidedBy.roles.includes(role));
  const who = able.map((person) => `${person.name} (${person.role})`).join(', ');
  const quorum = decidedBy.people > 1 ? `, ${decidedBy.people} of them` : '';
  return [{ at: closesAt, kind: 'decision', phase: name, what: `go or no-go for ${name}, decided by ${who}${quorum}` }];
}

function reviewEntries({ review }: Plan, windows: readonly PhaseWindow[]): readonly CalendarEntry[] {
  const opened = windows.find(({ phase }) => phase.name === 'internal');
  const last = windows.at(-1);
  if (!opened || !last) return [];
  const at = opened.opensAt + review.afterMs;
  const during = windows.find((window) => at < window.closesAt)?.phase.name ?? last.phase.name;
  return [
    {
      at,
      kind: 'review',
      phase: during,
      what: `review of ${review.metrics.length} metrics, ${formatDuration(review.afterMs)} after the internal phase opened`,
    },
  ];
}

function audienceText(audience: Audience): string {
  if (audience.kind === 'communities') return audience.communities.join(', ');
  return audience.kind === 'waves' ? `waves of ${audience.waves.map(({ add }) => `+${add}`).join(', ')} communities` : audience.kind;
}

function communities(count: number): string {
  return count === 1 ? '1 community' : `${count} communities`;
}

function lastWaveMs(audience: Audience): number {
  return audience.kind === 'waves' ? (audience.waves.at(-1)?.afterMs ?? 0) : 0;
}

function longestSoakMs(criteria: Readonly<Record<string, GateCriterion>>): number {
  return Math.max(0, ...Object.values(criteria).map(({ soakMs }) => soakMs));
}

/** Time of day as people write it, whatever the length of the plan's day. */
function timeText(timeMs: number, dayMs: number): string {
  const minutes = Math.round((timeMs / dayMs) * 24 * 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
