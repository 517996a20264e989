import type {
  AdmitCommand,
  CheckCommand,
  Command,
  DecideCommand,
  IncidentCommand,
  ReportCommand,
  ResumeCommand,
  RollbackCommand,
  TuneCommand,
} from './command.ts';
import { formatDuration } from './duration.ts';
import { blockersBesidesDecision, deciders, enoughVotes } from './gate.ts';
import { atLeastAsGrave, demandedRollback, type Incident, openIncident, withIncident, withOrderedRollback } from './incident.ts';
import { type Answer, answerTo, isOver, type JournalEntry, type LaunchState, phaseOf, unseen, withAnswer } from './launch.ts';
import type { DecisionRule, Plan, Trigger } from './plan.ts';
import { communityScope, featureScope, isOrdered, type RollbackOrder } from './rollback.ts';

/** What a command came to: the launch's new state, the answer, what to write down, and what to turn off at once. */
export interface Taken {
  readonly state: LaunchState;
  readonly answer: Answer;
  readonly journal: readonly JournalEntry[];
  readonly order?: RollbackOrder;
}

/** What was looked up for a command before it was decided. */
export interface Facts {
  /** Distinct people who reported the same issue, by the trigger's window in milliseconds, this report included. */
  readonly reporters?: Readonly<Record<number, number>>;
  /** Why a change of a setting was refused by the database or for want of evidence. */
  readonly refusedChange?: string;
}

interface Accepted {
  readonly state: LaunchState;
  readonly says: string;
  readonly order?: RollbackOrder;
  readonly detail?: JournalEntry['detail'];
}
type Outcome = { readonly refusal: string } | Accepted;

/**
 * Decides what a command does. Pure: the same plan, state, command and instant give the same outcome, whether it came as an update or as a signal.
 * A refused command changes nothing but is journalled; the same command id again gets the answer it got before.
 */
export function takeCommand(plan: Plan, state: LaunchState, command: Command, at: number, facts: Facts = {}): Taken {
  const before = answerTo(state, command.commandId);
  if (before) return { state, answer: before, journal: [] };
  const outcome = outcomeOf(plan, state, command, at, facts);
  const accepted = !('refusal' in outcome);
  const says = accepted ? outcome.says : outcome.refusal;
  const answer: Answer = { accepted, says };
  const entry: JournalEntry = {
    kind: accepted ? command.command : 'refused',
    scope: scopeOf(command),
    actor: command.by,
    summary: accepted ? `${says} (${command.reason})` : `${command.command} refused: ${says}`,
    detail: { command, ...(accepted ? outcome.detail : {}) },
  };
  const order = accepted ? outcome.order : undefined;
  const decided = accepted ? outcome.state : state;
  const next = order ? withOrderedRollback(plan, decided, order, at) : decided;
  return { state: withAnswer(next, command.commandId, answer), answer, journal: [entry], ...(order ? { order } : {}) };
}

function outcomeOf(plan: Plan, state: LaunchState, command: Command, at: number, facts: Facts): Outcome {
  if (command.command !== 'rollback') {
    if (isOver(state))
      return { refusal: `${state.launch} is ${state.stage}: nothing can be decided any more. See softlaunch review ${state.launch}.` };
    if (!Object.hasOwn(plan.people, command.by)) {
      return { refusal: `the plan knows nobody called ${command.by}; its people are ${Object.keys(plan.people).join(', ')}.` };
    }
  }
  switch (command.command) {
    case 'decide':
      return decide(plan, state, command, at);
    case 'hold':
      return {
        state: { ...state, holds: [...state.holds, { by: command.by, reason: command.reason, at, source: 'person' }] },
        says: `Held ${state.launch}: expansion and gates stand still, watching goes on`,
      };
    case 'resume':
      return resume(plan, state, command, at);
    case 'rollback':
      return rollback(plan, state, command);
    case 'abandon':
      return {
        state: { ...state, stage: 'abandoned' },
        says: `Abandoned ${state.launch}: everything goes off and its claims are released`,
      };
    case 'check':
      return check(plan, state, command, at);
    case 'answer':
      return answer(plan, state, command);
    case 'checkIn':
      return { state, says: `Noted the check-in${command.community ? ` with ${command.community}` : ''}` };
    case 'report':
      return report(plan, state, command, at, facts);
    case 'incident':
      return changeIncident(plan, state, command, at);
    case 'tune':
      return tune(plan, state, command, facts);
    case 'admit':
      return admit(plan, state, command);
  }
}

function scopeOf(command: Command): string {
  if (command.command === 'rollback') return command.scope;
  return 'community' in command && command.community ? `community:${command.community}` : 'launch';
}

function decide(plan: Plan, state: LaunchState, command: DecideCommand, at: number): Outcome {
  const phase = phaseOf(plan, state.phase);
  if (command.phase !== phase.name)
    return { refusal: `the launch is in ${phase.name}, so only its gate can be decided; this was for ${command.phase}.` };
  if (state.rollback) return { refusal: `${state.launch} is rolled back: resume enters ${phase.name} again, abandon ends it.` };
  if (phase.decidedBy.kind === 'automatic') return { refusal: `the gate of ${phase.name} opens by itself; hold keeps it shut.` };
  const allowed = deciders(plan, phase.decidedBy);
  if (!allowed.includes(command.by))
    return { refusal: `${command.by} may not decide the gate of ${phase.name}; ${allowed.join(', ')} may.` };
  if (command.decision === 'extend') return extend(state, command, at);
  if (command.decision === 'no-go') {
    const hold = { by: command.by, reason: `no-go: ${command.reason}`, at, source: 'person' as const };
    return { state: { ...state, votes: [], holds: [...state.holds, hold] }, says: `No-go for ${phase.name}: held until resumed` };
  }
  return go(plan, state, command, at);
}

function extend(state: LaunchState, command: DecideCommand, at: number): Outcome {
  const extendMs = command.extendMs ?? 0;
  if (extendMs <= 0) return { refusal: 'extend needs extendMs, how much longer the phase lasts at least, in milliseconds.' };
  const stayUntil = Math.max(state.stayUntil, at) + extendMs;
  return { state: { ...state, votes: [], stayUntil }, says: `Extended ${state.phase} by ${formatDuration(extendMs)}` };
}

function go(plan: Plan, state: LaunchState, command: DecideCommand, at: number): Outcome {
  const { phase } = state;
  const waived = command.waive ?? [];
  const waivable = blockersBesidesDecision(plan, state, at).flatMap((blocker) => blocker.waivable ?? []);
  const unknown = waived.filter((name) => !waivable.includes(name));
  if (unknown.length > 0) {
    const possible = waivable.length > 0 ? waivable.map((name) => `"${name}"`).join(', ') : 'nothing';
    return { refusal: `"${unknown.join('", "')}" cannot be waived at the gate of ${phase} now; ${possible} can.` };
  }
  const { by, reason } = command;
  const waiver = { phase, criteria: waived, by, reason, at, expiresAt: at + (command.waiveMs ?? plan.dayMs) };
  const waivers = waived.length > 0 ? [...state.waivers, waiver] : state.waivers;
  const withWaiver = { ...state, waivers };
  const blockers = blockersBesidesDecision(plan, withWaiver, at);
  if (blockers.length > 0)
    return { refusal: `the gate of ${phase} is blocked: ${blockers.map(({ what, why }) => `${what} (${why})`).join('; ')}.` };
  const voted = { ...withWaiver, votes: [...state.votes, { by: command.by, reason: command.reason, at }] };
  const rule = phaseOf(plan, phase).decidedBy;
  const missing = enoughVotes(plan, rule, voted) ? '' : `, ${rule.people - new Set(voted.votes.map((vote) => vote.by)).size} more needed`;
  return {
    state: voted,
    says: `Go for ${phase} by ${command.by}${missing}${waived.length > 0 ? `, waiving ${waived.join(', ')}` : ''}`,
    detail: { waived },
  };
}

function resume(plan: Plan, state: LaunchState, command: ResumeCommand, at: number): Outcome {
  if (state.rollback) return reenter(plan, state, command, at);
  if (state.holds.length === 0) return { refusal: `${state.launch} is not held: there is nothing to resume.` };
  return { state: { ...state, holds: [] }, says: `Resumed ${state.launch}: lifted ${state.holds.length} hold(s)` };
}

/** After a rollback, resume is a vote under the gate's rule for entering the phase again. */
function reenter(plan: Plan, state: LaunchState, command: ResumeCommand, at: number): Outcome {
  const { name } = phaseOf(plan, state.phase);
  const rule = decisionRule(plan, state);
  const allowed = deciders(plan, rule);
  if (state.rollback?.state !== 'restored')
    return { refusal: `the rollback is ${state.rollback?.state}, not yet proven done: nothing is turned on before it is.` };
  if (!allowed.includes(command.by)) return { refusal: `${command.by} may not let ${name} begin again; ${allowed.join(', ')} may.` };
  const voted = { ...state, votes: [...state.votes, { by: command.by, reason: command.reason, at }] };
  if (!enoughVotes(plan, rule, voted)) return { state: voted, says: `${command.by} lets ${name} begin again; ${rule.people} people must` };
  return { state: { ...voted, holds: [], stage: 'running' }, says: `Resumed ${state.launch}: ${name} begins again from its start` };
}

/**
 * Who decides what turns something on outside the gates: those who decide the gate of this phase; where it opens by itself, the deciders of the last
 * phase that has some; where none has, any one of the plan's people.
 */
function decisionRule(plan: Plan, state: LaunchState): DecisionRule {
  const own = phaseOf(plan, state.phase).decidedBy;
  const other = plan.phases.findLast((phase) => phase.decidedBy.kind === 'people')?.decidedBy;
  if (own.kind === 'people') return own;
  return other ?? { kind: 'people', roles: Object.values(plan.people).map(({ role }) => role), people: 1 };
}

/** Why this person may not do what turns something on; undefined when they may. */
function notADecider(plan: Plan, state: LaunchState, by: string): string | undefined {
  const allowed = deciders(plan, decisionRule(plan, state));
  return allowed.includes(by) ? undefined : `${by} may not decide that in ${state.phase}; ${allowed.join(', ')} may.`;
}

/** The scopes that can be rolled back, as typed. */
export function scopesOf(plan: Plan, state: LaunchState): readonly string[] {
  return ['launch', ...Object.keys(plan.features).map(featureScope), ...Object.keys(state.communities).map(communityScope)];
}

function rollback(plan: Plan, state: LaunchState, command: RollbackCommand): Outcome {
  const scopes = scopesOf(plan, state);
  if (!scopes.includes(command.scope))
    return { refusal: `there is nothing called ${command.scope} to roll back; there is ${scopes.join(', ')}.` };
  const { commandId, scope, by, reason } = command;
  const order = { commandId, scope, by, reason };
  // Done in the database before, and heard of since.
  if (isOrdered(state, order)) return { state, says: `Rolled back ${scope}; the launch knows of it` };
  return { state, says: `Rolled back ${scope}`, order };
}

function check(plan: Plan, state: LaunchState, command: CheckCommand, at: number): Outcome {
  const incident = state.incidents.find(({ id }) => command.item.startsWith(`${id}: `));
  if (incident) return checkStep(plan, state, incident, command.item.slice(incident.id.length + 2));
  const items = phaseOf(plan, state.phase).checklist;
  const item = items.find((candidate) => candidate.item.toLowerCase() === command.item.toLowerCase());
  if (!item)
    return {
      refusal: `${state.phase} has no checklist item "${command.item}"; ${items.length > 0 ? `it has ${items.map((one) => `"${one.item}"`).join(', ')}` : 'its checklist is empty'}.`,
    };
  if (item.proof === 'probes') return { refusal: `"${item.item}" is ticked by the launch itself, once every probe has answered.` };
  const role = plan.people[command.by]?.role;
  if (role !== item.owner) return { refusal: `"${item.item}" is for ${item.owner} to tick, and ${command.by} is ${role}.` };
  return { state: { ...state, checked: { ...state.checked, [item.item]: { by: command.by, at } } }, says: `Checked "${item.item}"` };
}

function checkStep(plan: Plan, state: LaunchState, incident: Incident, step: string): Outcome {
  const steps = incident.severity === 'P0' ? plan.incidentProcedure.steps.map((one) => one.step) : ['responded'];
  if (!steps.includes(step))
    return { refusal: `${incident.id} has no step "${step}"; it has ${steps.map((one) => `"${one}"`).join(', ')}.` };
  return { state: withIncident(state, { ...incident, done: [...new Set([...incident.done, step])] }), says: `${incident.id}: ${step}` };
}

function answer(plan: Plan, state: LaunchState, command: Extract<Command, { command: 'answer' }>): Outcome {
  const probe = plan.probes[command.probe];
  const asked = Object.keys(plan.probes).filter((name) => plan.probes[name]?.kind === 'human');
  if (probe?.kind !== 'human')
    return { refusal: `people are not asked about "${command.probe}", only about ${asked.join(', ') || 'nothing'}.` };
  if (command.successes > command.trials) return { refusal: `${command.successes} of ${command.trials} is more than all.` };
  return { state, says: `${command.probe}: ${command.successes} of ${command.trials}` };
}

function report(plan: Plan, state: LaunchState, command: ReportCommand, at: number, facts: Facts): Outcome {
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

function isIn(state: LaunchState, community: string | undefined): boolean {
  return community !== undefined && Object.hasOwn(state.communities, community);
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

function changeIncident(plan: Plan, state: LaunchState, command: IncidentCommand, at: number): Outcome {
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

function tune(plan: Plan, state: LaunchState, command: TuneCommand, facts: Facts): Outcome {
  const refusal = tuneRefusal(plan, state, command) ?? facts.refusedChange;
  if (refusal) return { refusal };
  return {
    state: { ...state, tuned: { ...state.tuned, [command.setting]: command.value } },
    says: `Set ${command.setting} to ${command.value}, from ${settingNow(plan, state, command.setting)}`,
  };
}

/** Why this person may not give a setting this value now; undefined when they may. Asked before the product is touched. */
export function tuneRefusal(
  plan: Plan,
  state: LaunchState,
  { setting, value, by }: Pick<TuneCommand, 'setting' | 'value' | 'by'>,
): string | undefined {
  const refusal = notADecider(plan, state, by);
  if (refusal) return refusal;
  const rules = Object.assign(
    {},
    ...Object.values(plan.features).map((feature) => feature.settings),
  ) as Plan['features'][string]['settings'];
  const rule = Object.hasOwn(rules, setting) ? rules[setting] : undefined;
  if (!rule) return `no feature of the plan has a setting ${setting}; there is ${Object.keys(rules).join(', ')}.`;
  if (state.rollback) return `${state.launch} is rolled back: nothing is tuned until it is resumed.`;
  if (!phaseOf(plan, state.phase).features.length) return `no feature is on in ${state.phase}: there is nothing to tune.`;
  if (value < rule.min || value > rule.max) return `${setting} must be ${rule.min} to ${rule.max}, and this is ${value}.`;
  const now = settingNow(plan, state, setting);
  const step = Math.abs(value - now);
  if (step === 0) return `${setting} is ${now} already.`;
  // 0.2 - 0.15 is a little more than 0.05 in floating point.
  return step > rule.step * (1 + 1e-9)
    ? `${setting} may change by ${rule.step} at a time, and this is from ${now} to ${value}.`
    : undefined;
}

/** The value a setting has now by the plan and what was tuned. */
export function settingNow(plan: Plan, state: Pick<LaunchState, 'phase' | 'tuned'>, setting: string): number {
  const start = Object.values(plan.features).find((feature) => Object.hasOwn(feature.settings, setting))?.settings[setting]?.start;
  return state.tuned[setting] ?? phaseOf(plan, state.phase).settings[setting] ?? start ?? Number.NaN;
}

function admit(plan: Plan, state: LaunchState, command: AdmitCommand): Outcome {
  const { community, admitted } = command;
  const refusal = admitted ? notADecider(plan, state, command.by) : undefined;
  if (refusal) return { refusal };
  const known = isIn(state, community) ? state.communities[community] : undefined;
  if (admitted && known && (known.state === 'rolled back' || known.state === 'refused')) {
    if (state.rollback) return { refusal: `${state.launch} is rolled back: no community joins until it is resumed.` };
    const off = known.state === 'rolled back' ? state.partRollbacks[communityScope(community)] : undefined;
    if (off && off.state !== 'restored')
      return { refusal: `the rollback of ${community} is ${off.state}, not yet proven done: it joins again when it is.` };
    const { why: _, ...rest } = known;
    const communities = { ...state.communities, [community]: { ...rest, state: 'readmitted' as const, situation: unseen } };
    return {
      state: { ...state, communities, excluded: state.excluded.filter((slug) => slug !== community) },
      says: `${community} joins again`,
    };
  }
  if (known?.state === 'open' || known?.state === 'joining' || known?.state === 'readmitted')
    return { refusal: `${community} is in the launch already; roll back community:${community} to take it out.` };
  const excluded = state.excluded.filter((slug) => slug !== community);
  return {
    state: { ...state, excluded: admitted ? excluded : [...excluded, community] },
    says: admitted ? `${community} may join` : `${community} will not join`,
  };
}
