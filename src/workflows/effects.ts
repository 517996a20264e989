import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ActivityFailure,
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { type Incident, withProof } from '../domain/incident.ts';
import { type CommunityState, type LaunchState, phaseOf, unseen, withCommunity } from '../domain/launch.ts';
import type { Heard } from '../domain/news.ts';
import type { PhaseName } from '../domain/plan.ts';
import { communityOf, communityScope, type RollbackOrder, withRollbackSettled } from '../domain/rollback.ts';
import { writing } from './activity-options.ts';
import { attributes } from './attributes.ts';
import type { communityOnboarding } from './community-onboarding.ts';
import type { incidentResponse } from './incident-response.ts';
import type { LaunchRun } from './launch-run.ts';
import {
  communityWorkflowId,
  incidentNewsSignal,
  incidentWorkflowId,
  joinRollbackSignal,
  leaveSignal,
  rollbackWorkflowId,
} from './messages.ts';
import type { rollback } from './rollback.ts';

/** Children outlive the run that started them: a launch goes on in a new run, and what watches or turns off must not stop with it. */
const outliving = { parentClosePolicy: ParentClosePolicy.ABANDON, cancellationType: ChildWorkflowCancellationType.ABANDON };

/** Does what news or a command came to: first what turns off, then everything else. */
export async function carryOut(
  run: LaunchRun,
  { orders, repairs, journal, pages }: Omit<Heard, 'state'>,
  before: LaunchState,
): Promise<void> {
  for (const order of orders) await turnOff(run, order);
  const at = Date.now();
  for (const order of repairs) {
    await writing.repair.executeWithOptions({ summary: `run ${order.repair}` }, [
      { launch: run.launch, order, key: run.uniqueKey('repair'), at },
    ]);
  }
  await run.write(journal, pages);
  await followIncidents(run, before);
}

/** How long a launch waits for the database to turn something off, before it goes on with the rest of the response: the rollback's own workflow tries on. */
const offWithinMs = 15_000;

/** Turns a scope off at once, and has a workflow of its own see it through. */
export async function turnOff(run: LaunchRun, order: RollbackOrder): Promise<void> {
  const isOff = await tryToTurnOff(run, order);
  run.change((state) => (isOff ? withProof(run.plan, state, 'rollback') : withRollbackSettled(state, order.scope, 'stuck')));
  await followRollback(run, order);
  const community = communityOf(order.scope);
  const leaving = order.scope === 'launch' ? Object.keys(run.state().communities) : community === undefined ? [] : [community];
  await Promise.all(leaving.map((slug) => sendOff(run, slug, 'rolled back')));
}

/** False when something is still on, because the product refuses, somebody is in the way, or the database is down. */
async function tryToTurnOff({ launch }: LaunchRun, order: RollbackOrder): Promise<boolean> {
  const options = { summary: `turn ${order.scope} off`, scheduleToCloseTimeout: offWithinMs };
  try {
    const { stillOn } = await writing.rollBack.executeWithOptions(options, [{ launch, order, at: Date.now() }]);
    return stillOn.length === 0;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    log.warn('This could not be turned off yet.', { scope: order.scope, error });
    return false;
  }
}

/** One that is under way is joined. It may end just before it hears of that: then there is room for a new one. */
async function followRollback({ plan, launch }: LaunchRun, order: RollbackOrder): Promise<void> {
  const workflowId = rollbackWorkflowId(launch, order.scope);
  for (;;) {
    try {
      await startChild<typeof rollback>('rollback', {
        ...outliving,
        workflowId,
        args: [{ plan, order }],
        staticSummary: `Rollback of ${order.scope}`,
        staticDetails: `Ordered by ${order.by}: ${order.reason}`,
        typedSearchAttributes: [{ key: attributes.launch, value: launch }],
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const joined = await getExternalWorkflowHandle(workflowId)
      .signal(joinRollbackSignal, order)
      .then(() => true)
      .catch(() => false);
    if (joined) return;
  }
}

/** Lets a community join. One that still leaves from before is waited for. */
export async function startCommunity(run: LaunchRun, slug: string, phase: PhaseName): Promise<void> {
  const { plan, launch } = run;
  const onboarding = phaseOf(plan, phase).eachCommunity;
  if (!onboarding) throw new Error(`The plan of ${launch} does not say how communities join in ${phase}.`);
  const community: CommunityState = { slug, phase, joinedAt: Date.now(), state: 'joining', situation: unseen };
  run.change((state) => withCommunity(state, community));
  const { entry, fence } = run.state();
  const args: [Parameters<typeof communityOnboarding>[0]] = [{ launch, onboarding, community, entry: `${entry}/${fence}`, fence }];
  for (;;) {
    try {
      await startChild<typeof communityOnboarding>('communityOnboarding', {
        ...outliving,
        workflowId: communityWorkflowId(launch, slug),
        args,
        staticSummary: `${slug} joins ${plan.title}`,
        typedSearchAttributes: [
          { key: attributes.launch, value: launch },
          { key: attributes.community, value: slug },
          { key: attributes.phase, value: phase },
        ],
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sendOff(run, slug, 'joins again');
      await sleep(1_000, { summary: `${slug} still leaves from before` });
    }
  }
}

/** Ends the watching of a community, if somebody watches it. */
export async function sendOff({ launch }: LaunchRun, slug: string, reason: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(communityWorkflowId(launch, slug)).signal(leaveSignal, { reason });
  } catch (error) {
    log.info('Nobody watches this community, so nobody stops watching it.', { slug, error });
  }
}

/** Starts the response to every new incident, and tells those under way what changed. */
export async function followIncidents(run: LaunchRun, before: LaunchState): Promise<void> {
  for (const incident of run.state().incidents) {
    const known = before.incidents.find(({ id }) => id === incident.id);
    if (known === undefined) await respond(run, incident);
    else if (JSON.stringify(known) !== JSON.stringify(incident)) await tellIncident(run, incident);
  }
}

async function respond(run: LaunchRun, incident: Incident): Promise<void> {
  const { plan, launch, input } = run;
  const { id, severity, issue, community, feature } = incident;
  try {
    await startChild<typeof incidentResponse>('incidentResponse', {
      ...outliving,
      workflowId: incidentWorkflowId(launch, id),
      args: [{ plan, incident, midnightAt: input.midnightAt, weekdayAtMidnight: input.weekdayAtMidnight }],
      staticSummary: `${id}: ${issue}`.slice(0, 180),
      typedSearchAttributes: [{ key: attributes.launch, value: launch }],
    });
  } catch (error) {
    // After a reset its response runs from before, and what it has escalated it need not escalate again.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return tellIncident(run, incident);
  }
  const summary = `${id} is open, ${severity} ${plan.decisionMatrix[severity].name}: ${issue}.`;
  await run.write([
    { kind: 'incident open', scope: community === undefined ? 'launch' : communityScope(community), actor: 'softlaunch', summary },
  ]);
  const values = { issue, severity, feature: feature ?? Object.keys(plan.features).join(' and '), ...(community ? { community } : {}) };
  const at = Date.now();
  for (const template of plan.decisionMatrix[severity].announce) {
    await writing.announce.executeWithOptions({ summary: `announce "${template}"` }, [{ launch, key: id, template, values, at }]);
  }
  run.change((state) => withProof(plan, state, 'announcement'));
  const told = run.state().incidents.find((one) => one.id === id);
  if (told) await tellIncident(run, told);
}

async function tellIncident({ launch }: LaunchRun, incident: Incident): Promise<void> {
  try {
    await getExternalWorkflowHandle(incidentWorkflowId(launch, incident.id)).signal(incidentNewsSignal, incident);
  } catch (error) {
    log.info('The response to this incident has ended, so it is told nothing more.', { incident: incident.id, error });
  }
}
