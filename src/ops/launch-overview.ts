import type { Pool } from 'pg';
import { resolveConnections, resolveDatabaseUrl } from '../config.ts';
import { type AnnouncementRecord, listAnnouncements } from '../database/announcement.ts';
import { type Claim, listClaims } from '../database/claim.ts';
import { type Drift, findDrift } from '../database/drift.ts';
import { type JournalRecord, latestJournal } from '../database/journal.ts';
import { type LaunchRecord, loadPlanRecord, type ReadBack, readBack } from '../database/launch-record.ts';
import { listScopes, loadScope, type ScopeRecord } from '../database/reading.ts';
import { listRollbacks, type RollbackRecord } from '../database/rollback.ts';
import { gateBlockers } from '../domain/gate.ts';
import { recordedState } from '../domain/look.ts';
import type { Plan } from '../domain/plan.ts';
import type { LaunchStatus } from '../workflows/messages.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed, causeOf, reportOf } from './failure.ts';
import { chooseLaunchToSee, withDatabase } from './launch-choice.ts';
import type { LaunchWorkflow } from './launch-client.ts';

/** What the database knows of a launch, whether or not anything else runs. */
export interface LaunchEvidence {
  readonly record: LaunchRecord;
  readonly plan: Plan;
  readonly scopes: Readonly<Record<string, ScopeRecord>>;
  /** Latest first. */
  readonly rollbacks: readonly RollbackRecord[];
  readonly announcements: readonly AnnouncementRecord[];
  readonly claims: readonly Claim[];
  /** What stands in the product, and what of it was changed by hand; a sentence when its tables cannot be read. */
  readonly product: ReadBack | string;
  readonly drift: readonly Drift[];
  /** The last entries. */
  readonly journal: readonly JournalRecord[];
}

/** Everything that can be known of a launch now. */
export interface LaunchOverview extends LaunchEvidence {
  /** What the launch itself says; absent when no worker answers, or its workflow never ran. */
  readonly status?: LaunchStatus;
  /** What Temporal knows of the workflow; absent when there is none, or Temporal did not answer. */
  readonly workflow?: LaunchWorkflow;
  /** Why a part is missing, a sentence each. */
  readonly missing: readonly string[];
}

const journalTail = 8;

/** Gathers what is known of a launch: the database must answer, Temporal and a worker may. */
export async function loadOverview(home: string, named: string | undefined): Promise<LaunchOverview> {
  const evidence = await withDatabase(resolveDatabaseUrl(home), async (connection) =>
    loadEvidence(connection, await chooseLaunchToSee(connection, named)),
  );
  const answered = await askLaunch(home, evidence.record);
  return { ...evidence, ...answered, ...(answered.status && { status: withRecorded(answered.status, evidence) }) };
}

/** What the launch said, with what is pending as it is recorded by now and when that can end. */
export function withRecorded(status: LaunchStatus, { plan, scopes }: Pick<LaunchEvidence, 'plan' | 'scopes'>): LaunchStatus {
  const at = Math.max(status.at, Date.now());
  const { state, expected } = recordedState(plan, status.state, scopes, at);
  return { ...status, state, blockers: gateBlockers(plan, state, at, expected) };
}

async function loadEvidence(connection: Pool, record: LaunchRecord): Promise<LaunchEvidence> {
  const launch = record.id;
  const [known, names, rollbacks, announcements, claims, product, journal] = await Promise.all([
    loadPlanRecord(connection, record.planHash),
    listScopes(connection, launch),
    listRollbacks(connection, launch),
    listAnnouncements(connection, launch),
    listClaims(connection, launch),
    loadProduct(connection, record),
    latestJournal(connection, launch, journalTail),
  ]);
  if (known === undefined) throw planMissing(record);
  const scopes = await Promise.all(names.map(async (scope) => [scope, await loadScope(connection, launch, scope)] as const));
  return {
    record,
    plan: known.plan,
    scopes: Object.fromEntries(scopes),
    rollbacks,
    announcements,
    claims,
    ...product,
    journal,
  };
}

/** A product whose tables are gone or locked hides nothing else. */
async function loadProduct(connection: Pool, { id, endedAt }: LaunchRecord): Promise<Pick<LaunchEvidence, 'product' | 'drift'>> {
  try {
    const drift = endedAt === null ? await findDrift(connection, id) : [];
    return { product: await readBack(connection, id), drift };
  } catch (error) {
    return { product: `It cannot be read. ${reportOf(error).message}`, drift: [] };
  }
}

type Answered = Pick<LaunchOverview, 'status' | 'workflow' | 'missing'>;

async function askLaunch(home: string, { id, endedAt }: LaunchRecord): Promise<Answered> {
  const { withLaunchClient } = await import('./launch-client.ts');
  try {
    const { temporal } = await resolveConnections(home);
    return await withLaunchClient(temporal, async (client): Promise<Answered> => {
      const workflow = await client.workflow(id);
      if (workflow === undefined) return { missing: endedAt === null ? ['Temporal knows no workflow of this launch.'] : [] };
      if (workflow.status !== 'RUNNING') return { workflow, missing: [] };
      const status = await client.status(id);
      const missing =
        status === undefined ? ['No worker answers: what is shown is what the database knows. Start one with "softlaunch worker".'] : [];
      return { workflow, ...(status && { status }), missing };
    });
  } catch (error) {
    if (reportOf(error).kind === 'unexpected') throw error;
    return { missing: [`${causeOf(error)} What is shown is what the database knows.`] };
  }
}

function planMissing({ id, planHash }: LaunchRecord): CommandFailed {
  return new CommandFailed(`The plan ${planHash.slice(0, 12)} of ${id} is not recorded in this database.`, {
    exitCode: exitCodes.unexpected,
    kind: 'unexpected',
  });
}

/** Its workflow was closed and nobody ended the launch: it still owns what it claims, and what is on stays on. */
export function isOrphaned({ record, workflow, missing }: LaunchOverview): boolean {
  if (record.endedAt !== null) return false;
  return workflow === undefined ? missing.some((sentence) => sentence.startsWith('Temporal knows no')) : workflow.status !== 'RUNNING';
}
