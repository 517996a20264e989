import { phaseWindows } from '../domain/calendar.ts';
import type { Plan } from '../domain/plan.ts';
import { lintAnnouncements } from './lint-announcements.ts';
import { lintCalendar } from './lint-calendar.ts';
import { lintEvidence } from './lint-evidence.ts';

/** Something worth knowing before the launch starts. An error keeps the plan from working, a warning is likely to surprise, a note explains. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'note';
  /** Path in the plan, as in a PlanError. */
  readonly where: string;
  readonly sentence: string;
}

const order = { error: 0, warning: 1, note: 2 } as const;

/** Whether a plan that may be used can also work: its calendar, what its evidence can show, and what it says to people. Gravest first. Asks nobody but the plan. */
export function lintPlan(plan: Plan): readonly Finding[] {
  const windows = phaseWindows(plan, 0);
  return [...lintCalendar(plan, windows), ...lintEvidence(plan, windows), ...lintAnnouncements(plan)].sort(
    (a, b) => order[a.severity] - order[b.severity],
  );
}
