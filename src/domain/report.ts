import type { IncidentCommand, ReportCommand } from './command.ts';
import { formatDuration } from './duration.ts';
import { atLeastAsGrave, demandedRollback, type Incident, openIncident, withIncident } from './incident.ts';
import { isIn, type LaunchState, phaseOf } from './launch.ts';
import type { Facts, Outcome } from './outcome.ts';
import type { Plan, Trigger } from './plan.ts';
import { communityScope, type RollbackOrder } from './rollback.ts';

/** An issue or complaint: opens an incident or adds to it, and orders what the matrix or a trigger demands. */
export function report(plan: Plan, state: LaunchState, command: ReportCommand, at: number, facts: Facts): Outcome {
  const refusal = reportRefusal(plan, state, command);
  if (refusal) return { refusal };
  const { state: reported, incident, known } = openIncident(plan, state, command, at);
  const says = known ? `Added to ${incident.id}` : `Opened ${incident.id}: ${command.issue}`;
  const order = state.rollback ? undefined : demandedBy(plan, reported, incident, command, facts);
  return {
    state: reported,
    says: order ? `${says}; rolling back ${order.scope}` : says,
    detail: { incident: incident.id },
    ...(order ? { order } : {}),
  };
}

/** Why something cannot be reported like this; undefined when it can. Asked before it is counted as a complaint. */
export function reportRefusal(
  plan: Plan,
  state: LaunchState,
  { severity, feature, community }: Pick<ReportCommand, 'severity' | 'feature' | 'community'>,
): string | undefined {
  const features = Object.keys(plan.features);
  if (feature && !features.includes(feature)) return `the plan has no feature ${feature}; it has ${features.join(', ')}.`;
  if (plan.decisionMatrix[severity].action !== 'turn the feature off' || feature || isIn(state, community)) return undefined;
  return `${severity} turns a feature off: say which feature (${features.join(', ')}), or which community of the launch it was seen in${communityList(state)}.`;
}

function communityList(state: LaunchState): string {
  const slugs = Object.keys(state.communities);
  return slugs.length > 0 ? ` (${slugs.join(', ')})` : '';
}

/** The rollback that a report demands: by the matrix, or by a trigger of the phase or of the community's phase. */
function demandedBy(plan: Plan, state: LaunchState, incident: Incident, command: ReportCommand, facts: Facts): RollbackOrder | undefined {
  const order = (scope: string, why: string): RollbackOrder => ({
    commandId: `${command.commandId}/rollback`,
    scope,
    by: command.by,
    reason: `${why}: ${incident.issue}`,
  });
  const phase = phaseOf(plan, state.phase);
  const slug = isIn(state, command.community) ? command.community : undefined;
  const community = slug === undefined ? undefined : state.communities[slug];
  const ofCommunity = community?.state === 'open' ? (phaseOf(plan, community.phase).eachCommunity?.rollsBackWhen ?? []) : [];
  // People may have some minutes to say that it is less than it seems; the incident's own clock rolls back after that.
  const assessing = incident.severity === 'P0' && plan.incidentProcedure.assessMs > 0;
  const holds = (trigger: Trigger) => reportTriggers(trigger, incident, facts) && !(assessing && trigger.kind === 'issue');
  const launchTrigger = phase.rollsBackWhen.find(holds);
  if (launchTrigger) return order('launch', triggerText(launchTrigger));
  const row = plan.decisionMatrix[incident.severity];
  // A community that is not in the launch has nothing to turn off.
  const matrix = demandedRollback(row, placeable(state, command));
  if (!assessing && matrix) return order(matrix, `${incident.severity} ${row.name}`);
  const communityTrigger = ofCommunity.find(holds);
  return communityTrigger && slug ? order(communityScope(slug), triggerText(communityTrigger)) : undefined;
}

function reportTriggers(trigger: Trigger, incident: Incident, facts: Facts): boolean {
  if (trigger.kind === 'issue') return atLeastAsGrave(incident.severity, trigger.severity);
  return trigger.kind === 'complaints' && (facts.reporters?.[trigger.windowMs] ?? 0) >= trigger.reporters;
}

/** A trigger as a sentence for people. */
export function triggerText(trigger: Trigger): string {
  if (trigger.kind === 'missed') return `${trigger.criterion} is missed`;
  if (trigger.kind === 'issue') return `${trigger.severity} issue`;
  return `${trigger.reporters} people complained about one issue within ${formatDuration(trigger.windowMs)}`;
}

/** Closes an incident, or changes its severity with the consequences. */
export function changeIncident(plan: Plan, state: LaunchState, command: IncidentCommand, at: number): Outcome {
  const incident = state.incidents.find(({ id }) => id === command.incident);
  const open = state.incidents.filter((candidate) => candidate.closedAt === undefined).map(({ id }) => id);
  if (!incident) return { refusal: `there is no incident ${command.incident}; open: ${open.join(', ') || 'none'}.` };
  if (incident.closedAt !== undefined) return { refusal: `${incident.id} is closed already.` };
  if (command.close) return { state: withIncident(state, { ...incident, closedAt: at }), says: `Closed ${incident.id}` };
  if (!command.severity) return { refusal: 'say what changes: close it, or give its new severity.' };
  const { severity } = command;
  if (severity === incident.severity) return { refusal: `${incident.id} is ${severity} already.` };
  const placeless =
    plan.decisionMatrix[severity].action === 'turn the feature off' && !incident.feature && !isIn(state, incident.community);
  if (placeless && atLeastAsGrave(severity, incident.severity))
    return {
      refusal: `${severity} turns a feature off, and ${incident.id} does not say which: report "${incident.issue}" again as ${severity}, with its feature or community.`,
    };
  const changed = { ...incident, severity };
  const scope = state.rollback ? undefined : demandedRollback(plan.decisionMatrix[severity], placeable(state, incident));
  const order = scope
    ? {
        commandId: `${command.commandId}/rollback`,
        scope,
        by: command.by,
        reason: `${incident.id} is now ${severity}: ${incident.issue}`,
      }
    : undefined;
  const consequence = scope ? `; rolling back ${scope}` : placeless ? '; nothing says which feature, so none is turned off' : '';
  return { state: withIncident(state, changed), says: `${incident.id} is now ${severity}${consequence}`, ...(order ? { order } : {}) };
}

/** Where an incident was seen, as far as that can be turned off. */
function placeable(
  state: LaunchState,
  { feature, community }: Pick<Incident, 'feature' | 'community'>,
): Pick<Incident, 'feature' | 'community'> {
  return { ...(feature ? { feature } : {}), ...(community && isIn(state, community) ? { community } : {}) };
}
