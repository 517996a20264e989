import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Command } from '../domain/command.ts';
import type { Blocker } from '../domain/gate.ts';
import type { Answer, LaunchState } from '../domain/launch.ts';
import type { Situation } from '../domain/situation.ts';
import type { RollbackOrder } from '../domain/take-command.ts';

/**
 * Everything that may be said to a launch from outside. A client imports this file and nothing else of the workflows.
 *
 * Each operator command is an update and a signal of the same name with the same one JSON argument: an update is answered but
 * needs a worker, a signal is stored even when none is up.
 */
export const commandUpdate = (name: Command['command']) => defineUpdate<Answer, [unknown]>(name);
export const commandSignal = (name: Command['command']) => defineSignal<[unknown]>(name);

/** Where the launch stands, what blocks its gate, and what comes next. */
export interface LaunchStatus {
  readonly state: LaunchState;
  readonly blockers: readonly Blocker[];
  /** When the next wave is due, if one is. */
  readonly nextWaveAt?: number;
  /** Why the next wave waits. */
  readonly waveBlockers: readonly string[];
}
export const launchStatusQuery = defineQuery<LaunchStatus>('status');

/** A community tells its launch what its watch saw. */
export interface CommunityReport {
  readonly slug: string;
  readonly state: 'open' | 'refused' | 'rolled back';
  readonly situation: Situation;
  readonly why?: string;
  /** Set when the community was rolled back: the order that did it. */
  readonly order?: RollbackOrder;
}
export const communityReportSignal = defineSignal<[CommunityReport]>('communityReport');

/** The launch tells a community that its watching ends. */
export const leaveSignal = defineSignal<[{ reason: string }]>('leave');

/** A rollback tells its launch how it ended. */
export interface RollbackReport {
  readonly commandId: string;
  readonly scope: string;
  readonly state: 'restored' | 'stuck';
  readonly why: string;
}
export const rollbackReportSignal = defineSignal<[RollbackReport]>('rollbackReport');

/** The launch tells an incident what was done, that it changed, or that it is closed. */
export interface IncidentNews {
  readonly done?: readonly string[];
  readonly closed?: boolean;
}
export const incidentNewsSignal = defineSignal<[IncidentNews]>('incidentNews');

/** Ids of workflows: owned here, never put together elsewhere. */
export const launchWorkflowId = (launch: string): string => `launch/${launch}`;
export const communityWorkflowId = (launch: string, slug: string): string => `launch/${launch}/community/${slug}`;
export const rollbackWorkflowId = (launch: string, scope: string): string => `launch/${launch}/rollback/${scope}`;
export const incidentWorkflowId = (launch: string, incident: string): string => `launch/${launch}/incident/${incident}`;

/** Search attributes of every workflow of a launch: Keywords, to be registered once per namespace. */
export const searchAttributeNames = ['LaunchId', 'LaunchPhase', 'CommunityId', 'LaunchHealth'] as const;
export type SearchAttributeName = (typeof searchAttributeNames)[number];
