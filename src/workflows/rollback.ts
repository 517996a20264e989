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
  const notOff = pageAfter(plan, order, {
    ms: tellAfterMs,
    key: 'not off',
    what: `${order.scope} is NOT off: the database could not do it yet`,
  });
  const doneWithin = formatDuration(plan.rollback.doneWithinMs);
  const what = `the rollback of ${order.scope} is not proven within ${doneWithin}`;
  const late = pageAfter(plan, order, { ms: plan.rollback.doneWithinMs, key: 'late', what });
  await writing.rollBack.executeWithOptions({ summary: `turn ${order.scope} off` }, [{ launch, order, at: orderedAt }]);
  notOff.cancel();
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

/** How long the database may take to turn something off before people are told that it is still on. Machine time. */
const tellAfterMs = 10_000;

/** Pages once after this time, unless it is called off before. */
function pageAfter(
  plan: RollbackInput['plan'],
  order: RollbackOrder,
  { ms, key, what }: { readonly ms: number; readonly key: string; readonly what: string },
): CancellationScope {
  const scope = new CancellationScope();
  const waiting = async () => {
    await sleep(ms, { summary: `else people are paged: ${what}`.slice(0, 180) });
    await page(plan, order, key, what);
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
