import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { formatDuration } from '../domain/duration.ts';
import { onCall } from '../domain/incident.ts';
import { featureOf, type RollbackOrder } from '../domain/rollback.ts';
import { polling, writing } from './activity-options.ts';
import { joinRollbackSignal, launchWorkflowId, type RollbackInput, type RollbackReport, rollbackReportSignal } from './messages.ts';

/**
 * Sees a rollback through: turns off (when nobody has yet), proves by reading back and probing, announces, pages when it is stuck and tries again until it
 * is proven. Depends on nothing of its launch. A second order for the same scope joins this one.
 */
export async function rollback({ plan, order }: RollbackInput): Promise<RollbackReport> {
  const joined: RollbackOrder[] = [order];
  setHandler(joinRollbackSignal, (another) => void joined.push(another), {
    description: 'A second order for this scope joins: {"commandId":"rollback-2","scope":"launch","by":"ops","reason":"double bookings"}',
  });
  const { launch } = plan;
  const orderedAt = Date.now();
  const late = pageWhenLate(plan, order);
  await writing.rollBack.executeWithOptions({ summary: `turn ${order.scope} off` }, [{ launch, order, at: orderedAt }]);
  const said = announce(plan, order, orderedAt);
  let proof = await prove(launch, order, false);
  if (proof.state === 'stuck') {
    setCurrentDetails(`**stuck**: ${proof.says}`);
    await tell({ commandId: order.commandId, scope: order.scope, state: 'stuck', why: proof.says }, launch);
    await page(plan, order, 'stuck', `the rollback of ${order.scope} is stuck. ${proof.says} It is tried again until it is proven`);
    proof = await prove(launch, order, true);
  }
  late.cancel();
  // Orders that came meanwhile find everything off; each is written down, and settled, under its own id.
  for (let next = 1; next < joined.length; next += 1) {
    const another = joined[next] as RollbackOrder;
    await writing.rollBack({ launch, order: another, at: Date.now() });
    await prove(launch, another, true);
  }
  const took = formatDuration(Date.now() - orderedAt);
  const report = {
    commandId: order.commandId,
    scope: order.scope,
    state: 'restored' as const,
    why: `${proof.says} Proven ${took} after the order.`,
  };
  setCurrentDetails(`**${proof.state}**: ${report.why}`);
  if (proof.state === 'restored') await tell(report, launch);
  await said;
  return report;
}

function prove(launch: string, order: RollbackOrder, knownStuck: boolean) {
  const summary = knownStuck ? `try again until ${order.scope} is proven off` : `prove that ${order.scope} is off`;
  return polling.proveRollback.executeWithOptions({ summary }, [{ launch, order, knownStuck }]);
}

/** Announcements never delay the restore, nor does one that fails. */
async function announce(plan: RollbackInput['plan'], { commandId, scope, reason }: RollbackOrder, at: number): Promise<void> {
  const feature = featureOf(scope) ?? Object.keys(plan.features).join(' and ');
  const values = { issue: reason, scope, feature };
  const instants = { eta: at + plan.rollback.doneWithinMs };
  for (const template of plan.rollback.announce) {
    await writing.announce.executeWithOptions({ summary: `announce "${template}"` }, [
      { launch: plan.launch, key: commandId, template, values, instants, at },
    ]);
  }
}

/** Pages once when a rollback is not proven in the time that announcements promise. */
function pageWhenLate(plan: RollbackInput['plan'], order: RollbackOrder): CancellationScope {
  const scope = new CancellationScope();
  const waiting = async () => {
    await sleep(plan.rollback.doneWithinMs, { summary: `${order.scope} is to be proven off by then` });
    await page(plan, order, 'late', `the rollback of ${order.scope} is not proven within ${formatDuration(plan.rollback.doneWithinMs)}`);
  };
  scope.run(waiting).catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return scope;
}

async function page(plan: RollbackInput['plan'], { scope, commandId }: RollbackOrder, key: string, what: string): Promise<void> {
  const pages = [{ role: onCall(plan), what, scope }];
  await writing.writeJournal({ launch: plan.launch, key: `${commandId}/${key}`, at: Date.now(), entries: [], pages });
}

/** The launch may be over or gone, and the rollback is none the worse for it. */
async function tell(report: RollbackReport, launch: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(launchWorkflowId(launch)).signal(rollbackReportSignal, report);
  } catch (error) {
    log.info('The launch does not run any more, so nobody is told of its rollback.', { launch, error });
  }
}
