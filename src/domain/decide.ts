import type { DecideCommand, ResumeCommand } from './command.ts';
import { formatDuration } from './duration.ts';
import { blockersBesidesDecision, deciders, enoughVotes } from './gate.ts';
import { type LaunchState, phaseOf } from './launch.ts';
import type { Outcome } from './outcome.ts';
import type { DecisionRule, Plan } from './plan.ts';

/** Go, no-go or extend at the gate of the phase that the launch is in. */
export function decide(plan: Plan, state: LaunchState, command: DecideCommand, at: number): Outcome {
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

/** Lifts what holds the launch, or lets a phase that was rolled back begin again. */
export function resume(plan: Plan, state: LaunchState, command: ResumeCommand, at: number): Outcome {
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
export function notADecider(plan: Plan, state: LaunchState, by: string): string | undefined {
  const allowed = deciders(plan, decisionRule(plan, state));
  return allowed.includes(by) ? undefined : `${by} may not decide that in ${state.phase}; ${allowed.join(', ')} may.`;
}
