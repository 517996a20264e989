import type { PhaseWindow } from '../domain/calendar.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Phase, PhaseName, Plan } from '../domain/plan.ts';
import type { Finding } from './lint-plan.ts';
import { formatPath } from './plan-error.ts';

/** What the calendar of a plan will surprise with: when everyone has the features, and whether that is before the review. */
export function lintCalendar(plan: Plan, windows: readonly PhaseWindow[]): readonly Finding[] {
  return [...lintAvailability(plan, windows), ...plan.phases.flatMap(lintPhase), ...windows.flatMap(lintLongerStay)];
}

function lintAvailability({ review, dayMs }: Plan, windows: readonly PhaseWindow[]): readonly Finding[] {
  const begin = opening(windows, 'internal');
  const available = opening(windows, 'general-availability') - begin;
  const day = Math.floor(available / dayMs) + 1;
  const earliest = `general availability opens ${formatDuration(available)} after the internal phase at the earliest, on day ${day}`;
  const slack = review.afterMs - available;
  const where = 'review > after';
  if (slack < 0) return [{ severity: 'warning', where, sentence: `${earliest}: the review comes before it` }];
  return [{ severity: 'note', where, sentence: `${earliest}; the review follows after ${formatDuration(slack)}` }];
}

function opening(windows: readonly PhaseWindow[], name: PhaseName): number {
  return windows.find(({ phase }) => phase.name === name)?.opensAt ?? 0;
}

function lintPhase({ name, audience, maximumStayMs, decidedBy, eachCommunity }: Phase): readonly Finding[] {
  const findings: Finding[] = [];
  const where = (...path: string[]) => formatPath(['phases', name, ...path]);
  const last = name === 'general-availability';
  if (!last && maximumStayMs === undefined) {
    findings.push({ severity: 'warning', where: where('lasts'), sentence: 'has no at most: nobody is paged when the phase never passes' });
  }
  if (!last && decidedBy.kind === 'automatic') {
    findings.push({
      severity: 'warning',
      where: where('decided by'),
      sentence: 'nobody says go: the features reach more people by themselves',
    });
  }
  if (audience.kind === 'waves' && Object.values(eachCommunity?.criteria ?? {}).every(({ soakMs }) => soakMs === 0)) {
    findings.push({
      severity: 'warning',
      where: where('each community', 'passes when'),
      sentence: 'no criterion has a time (for: 48h), so the last wave is not watched before the phase passes',
    });
  }
  return findings;
}

/** A minimum stay that is shorter than what the criteria take is true, and yet not what people will plan with. */
function lintLongerStay({ phase, opensAt, closesAt }: PhaseWindow): readonly Finding[] {
  const takesMs = closesAt - opensAt;
  if (takesMs <= phase.minimumStayMs) return [];
  const sentence = `says ${formatDuration(phase.minimumStayMs)}, and healthy time takes ${formatDuration(takesMs)}`;
  return [{ severity: 'note', where: formatPath(['phases', phase.name, 'lasts', 'at least']), sentence }];
}
