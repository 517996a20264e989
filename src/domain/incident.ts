import type { LaunchState } from './launch.ts';
import { type MatrixRow, type Plan, type Severity, severities } from './plan.ts';
import { communityScope, featureScope, type RollbackOrder, withRollback } from './rollback.ts';

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

/** What is known of an issue when it is reported. */
export interface IncidentReport {
  readonly severity: Severity;
  readonly issue: string;
  readonly community?: string;
  readonly feature?: string;
}

/** The role that is paged about the launch itself: `ops`, where the plan has people of that role, else the first person's. */
export function onCall({ people }: Plan): string {
  const roles = Object.values(people).map(({ role }) => role);
  return roles.includes('ops') ? 'ops' : (roles[0] ?? 'ops');
}

/**
 * Opens an incident, or adds to the open one about the same issue, which then has the graver of the two severities and knows where it was seen first.
 */
export function openIncident(
  plan: Plan,
  state: LaunchState,
  report: IncidentReport,
  at: number,
): { state: LaunchState; incident: Incident; known: boolean } {
  const known = state.incidents.find(({ issue, closedAt }) => issue === report.issue && closedAt === undefined);
  const { severity, issue, community, feature } = report;
  const place = { ...(community ? { community } : {}), ...(feature ? { feature } : {}) };
  const incident = known
    ? { ...place, ...known, severity: graver(known.severity, severity) }
    : { id: `${severity}-${state.incidents.length + 1}`, severity, issue, openedAt: at, owner: onCall(plan), done: [], ...place };
  return { state: withIncident(state, incident), incident, known: known !== undefined };
}

/**
 * What an order means for the launch, as `withRollback` says. A rollback of the whole launch that nobody reported as an incident becomes one, whoever
 * ordered it and by whichever door: it has the deadlines of a P0.
 */
export function withOrderedRollback(plan: Plan, state: LaunchState, order: RollbackOrder, at: number): LaunchState {
  const inForce = state.rollback !== null && state.stage !== 'running';
  const known = inForce || state.incidents.some(({ severity, closedAt }) => severity === 'P0' && closedAt === undefined);
  const reported = order.scope !== 'launch' || known ? state : openIncident(plan, state, { severity: 'P0', issue: order.reason }, at).state;
  return withRollback(reported, order, at);
}

/** Adds or changes one incident. */
export function withIncident(state: LaunchState, incident: Incident): LaunchState {
  const at = state.incidents.findIndex(({ id }) => id === incident.id);
  return { ...state, incidents: at < 0 ? [...state.incidents, incident] : state.incidents.with(at, incident) };
}

/** What the launch did by itself, ticked in every open P0. */
export function withProof(plan: Plan, state: LaunchState, proof: 'announcement' | 'rollback' | 'verification'): LaunchState {
  const steps = plan.incidentProcedure.steps.filter((step) => step.proof === proof).map(({ step }) => step);
  const open = state.incidents.filter(({ severity, closedAt }) => severity === 'P0' && closedAt === undefined);
  return open.reduce((before, incident) => withIncident(before, { ...incident, done: [...new Set([...incident.done, ...steps])] }), state);
}

/** Open incidents that keep gates shut: all but the low ones, which wait for the next release. */
export function blockingIncidents(state: LaunchState): readonly Incident[] {
  return state.incidents.filter(({ severity, closedAt }) => closedAt === undefined && severity !== 'P3');
}

function graver(a: Severity, b: Severity): Severity {
  return atLeastAsGrave(a, b) ? a : b;
}

/** The first is as grave as the second, or graver. */
export function atLeastAsGrave(a: Severity, b: Severity): boolean {
  return severities.indexOf(a) <= severities.indexOf(b);
}

/**
 * The scope that an incident of this severity turns off at once, or nothing: a feature's trouble that was seen in one community only turns off that
 * community. Source: Soft launch strategy, Rollback Decision Matrix.
 */
export function demandedRollback(
  row: MatrixRow,
  { feature, community }: Pick<IncidentReport, 'feature' | 'community'>,
): string | undefined {
  if (row.action === 'roll back the launch') return 'launch';
  if (row.action !== 'turn the feature off') return undefined;
  if (feature) return featureScope(feature);
  return community ? communityScope(community) : undefined;
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
