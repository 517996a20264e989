import type { MatrixRow, Plan, Severity } from './plan.ts';

/** An issue under the decision matrix. */
export interface Incident {
  /** Severity at the start and a number: `P1-2`. */
  readonly id: string;
  readonly severity: Severity;
  readonly issue: string;
  readonly community?: string;
  readonly feature?: string;
  readonly openedAt: number;
  readonly closedAt?: number;
  /** Role that has to act. */
  readonly owner: string;
  /** Steps of the procedure that are done. */
  readonly done: readonly string[];
}

/** The scope that an incident of this severity turns off at once, or nothing. Source: Soft launch strategy, Rollback Decision Matrix. */
export function demandedRollback(row: MatrixRow, feature: string | undefined): string | undefined {
  if (row.action === 'roll back the launch') return 'launch';
  return row.action === 'turn the feature off' && feature ? `feature:${feature}` : undefined;
}

export interface Deadline {
  readonly step: string;
  readonly owner: string;
  readonly dueAt: number;
}

/** What must be done by when after an incident was opened: the procedure for a P0, the response time for the others. */
export function incidentDeadlines(plan: Plan, incident: Incident, nextBusinessDayAt: number): readonly Deadline[] {
  if (incident.severity === 'P0') {
    return plan.incidentProcedure.steps.map(({ step, owner, withinMs }) => ({ step, owner, dueAt: incident.openedAt + withinMs }));
  }
  const { respond } = plan.decisionMatrix[incident.severity];
  const dueAt = respond === 'next business day' ? nextBusinessDayAt : incident.openedAt + respond.withinMs;
  return [{ step: 'responded', owner: incident.owner, dueAt }];
}

/** The first instant of the next Monday to Friday that begins after `at`, counting days of `dayMs` from `midnightAt`. */
export function nextBusinessDay(at: number, midnightAt: number, dayMs: number, weekdayAtMidnight: number): number {
  const today = Math.floor((at - midnightAt) / dayMs);
  const days = [1, 2, 3].find((ahead) => (weekdayAtMidnight + today + ahead) % 7 < 5) ?? 1;
  return midnightAt + (today + days) * dayMs;
}
