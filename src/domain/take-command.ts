import { admit } from './admit.ts';
import type { CheckCommand, Command, RollbackCommand } from './command.ts';
import { decide, resume } from './decide.ts';
import { type Incident, withIncident, withOrderedRollback } from './incident.ts';
import { type Answer, answerTo, isOver, type JournalEntry, type LaunchState, phaseOf, withAnswer } from './launch.ts';
import type { Facts, Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import { changeIncident, report } from './report.ts';
import { communityScope, featureScope, isOrdered, type RollbackOrder } from './rollback.ts';
import { tune } from './tune.ts';

/** What a command came to: the launch's new state, the answer, what to write down, and what to turn off at once. */
export interface Taken {
  readonly state: LaunchState;
  readonly answer: Answer;
  readonly journal: readonly JournalEntry[];
  readonly order?: RollbackOrder;
}

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
  return 'community' in command && command.community ? communityScope(command.community) : 'launch';
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
