import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Command } from '../domain/command.ts';
import type { Blocker } from '../domain/gate.ts';
import type { Incident } from '../domain/incident.ts';
import type { Answer, CommunityState, LaunchState } from '../domain/launch.ts';
import type { OnboardingPlan, Plan } from '../domain/plan.ts';
import type { RollbackOrder } from '../domain/rollback.ts';

/*
 * Everything that may be said to the workflows of a launch from outside. A client imports this file and nothing else of the workflows.
 */

/** Every workflow and activity of softlaunch runs on this task queue. */
export const taskQueue = 'softlaunch';

/** What a launch is started with, after `registerLaunch` has recorded it. */
export interface LaunchInput {
  readonly plan: Plan;
  readonly planHash: string;
  /** Logical time in milliseconds since 1970, as registered. */
  readonly startedAt: number;
  /** Midnight before the start in the plan's zone, from which times of day count. */
  readonly midnightAt: number;
  /** Day of the week at `midnightAt`: 0 is Monday. */
  readonly weekdayAtMidnight: number;
  /** Set when a long launch goes on in a new run: where it stood. */
  readonly state?: LaunchState;
  /** How many events a run may leave before the launch goes on in a new one; absent: as many as a worker replays quickly. */
  readonly longestHistory?: number;
}

/** How a launch ended. */
export interface LaunchResult {
  readonly outcome: 'completed' | 'abandoned' | 'cancelled';
  readonly says: string;
}

/**
 * Each operator command is an update and a signal of the same name with the same one JSON argument: an update is answered but needs a worker, a
 * signal is stored even when none is up.
 */
export const commandUpdate = (name: Command['command']) => defineUpdate<Answer, [unknown]>(name);
export const commandSignal = (name: Command['command']) => defineSignal<[unknown]>(name);

/** Where the launch stands, what blocks its gate, and what comes next. */
export interface LaunchStatus {
  readonly state: LaunchState;
  /** Logical time of the answer. */
  readonly at: number;
  readonly blockers: readonly Blocker[];
  /** When the next wave is due, if one is. */
  readonly nextWaveAt?: number;
  /** Why the next wave waits. */
  readonly waveBlockers: readonly string[];
}
export const launchStatusQuery = defineQuery<LaunchStatus>('status');

/** What one community's onboarding is started with. */
export interface CommunityInput {
  readonly launch: string;
  readonly onboarding: OnboardingPlan;
  readonly community: CommunityState;
  /** Tells this joining from an earlier one of the same community. */
  readonly entry: string;
  /** The fence that its write carries. */
  readonly fence: number;
}
/** A community tells its launch what became of it, or what its watch saw. */
export const communityReportSignal = defineSignal<[CommunityState]>('communityReport');
/** The launch tells a community that its watching ends. */
export const leaveSignal = defineSignal<[{ readonly reason: string }]>('leave');

/** What a rollback's workflow is started with: from a launch, or by hand when its launch runs no more. */
export interface RollbackInput {
  readonly plan: Plan;
  readonly order: RollbackOrder;
}
/** A second order for a scope whose rollback is under way joins it. */
export const joinRollbackSignal = defineSignal<[RollbackOrder]>('order');
/** A rollback tells its launch how it ended. */
export interface RollbackReport {
  readonly commandId: string;
  readonly scope: string;
  readonly state: 'restored' | 'stuck';
  readonly why: string;
}
export const rollbackReportSignal = defineSignal<[RollbackReport]>('rollbackReport');

/** What the response to an incident is started with. */
export interface IncidentInput {
  readonly plan: Plan;
  readonly incident: Incident;
  readonly midnightAt: number;
  readonly weekdayAtMidnight: number;
}
/** The launch tells an incident that it changed: a step done, another severity, closed. */
export const incidentNewsSignal = defineSignal<[Incident]>('incidentNews');

/** Ids of workflows: owned here, never put together elsewhere. */
export const launchWorkflowId = (launch: string): string => `launch/${launch}`;
export const communityWorkflowId = (launch: string, slug: string): string => `launch/${launch}/community/${slug}`;
export const rollbackWorkflowId = (launch: string, scope: string): string => `launch/${launch}/rollback/${scope}`;
export const incidentWorkflowId = (launch: string, incident: string): string => `launch/${launch}/incident/${incident}`;

/** Names of the workflow functions, for clients that may not import them. */
export const workflowTypes = {
  launch: 'launch',
  community: 'communityOnboarding',
  rollback: 'rollback',
  incident: 'incidentResponse',
} as const;

/** Search attributes of every workflow of a launch: Keywords, to be registered once per namespace. */
export const searchAttributeNames = ['LaunchId', 'LaunchPhase', 'CommunityId', 'LaunchHealth'] as const;
export type SearchAttributeName = (typeof searchAttributeNames)[number];
