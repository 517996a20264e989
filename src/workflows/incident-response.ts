import { condition, getExternalWorkflowHandle, log, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { type Deadline, type Incident, incidentDeadlines, nextBusinessDay, onCall } from '../domain/incident.ts';
import { communityScope } from '../domain/rollback.ts';
import { writing } from './activity-options.ts';
import { commandSignal, type IncidentInput, incidentNewsSignal, launchWorkflowId } from './messages.ts';

/**
 * The row of the decision matrix for one incident: its deadlines, each of which pages its owner once when it passes, until the incident is closed. A P0 that
 * people were given time to assess rolls back by itself when that has passed.
 */
export async function incidentResponse(input: IncidentInput): Promise<{ readonly closed: boolean; readonly missed: readonly string[] }> {
  const { plan, midnightAt, weekdayAtMidnight } = input;
  let incident = input.incident;
  const hear = (news: Incident) => {
    incident = news;
  };
  setHandler(incidentNewsSignal, hear, { description: 'The launch tells what became of this incident.' });
  const missed: string[] = [];
  const escalated = new Set<string>();
  for (;;) {
    setCurrentDetails(detailsOf(incident, missed));
    if (incident.closedAt !== undefined) return { closed: true, missed };
    const businessDayAt = nextBusinessDay(incident.openedAt, midnightAt, plan.dayMs, weekdayAtMidnight);
    const open = [...assessing(plan, incident), ...incidentDeadlines(plan, incident, businessDayAt)].filter(
      ({ step }) => !escalated.has(step) && !incident.done.includes(step),
    );
    const next = open.reduce<Deadline | undefined>(
      (first, deadline) => (first === undefined || deadline.dueAt < first.dueAt ? deadline : first),
      undefined,
    );
    const known = incident;
    const changed = () => incident !== known;
    if (next === undefined) {
      await condition(changed);
      continue;
    }
    const wait = next.dueAt - Date.now();
    if (wait > 0 && (await condition(changed, wait, { summary: `${incident.id}: ${next.step}` }))) continue;
    escalated.add(next.step);
    if (next.step === assess) await orderRollback(input, incident);
    else {
      missed.push(next.step);
      await escalate(input, incident, next);
    }
  }
}

const assess = 'time to assess';

/** Until when people may say that a P0 is less than that; no deadline when there is no such time. */
function assessing(
  { incidentProcedure: { assessMs } }: IncidentInput['plan'],
  { severity, openedAt, owner }: Incident,
): readonly Deadline[] {
  return severity === 'P0' && assessMs > 0 ? [{ step: assess, owner, dueAt: openedAt + assessMs }] : [];
}

async function orderRollback({ plan }: IncidentInput, { id, issue }: Incident): Promise<void> {
  const order = {
    commandId: `${id}/rollback`,
    scope: 'launch',
    by: 'softlaunch',
    reason: `${issue} (nobody called it less than a P0 in time)`,
  };
  await writing.rollBack({ launch: plan.launch, order, at: Date.now() });
  try {
    await getExternalWorkflowHandle(launchWorkflowId(plan.launch)).signal(commandSignal('rollback'), order);
  } catch (error) {
    log.info('The launch does not run any more; what it turned on is off.', { launch: plan.launch, error });
  }
}

async function escalate({ plan }: IncidentInput, { id, issue, community }: Incident, { step, owner }: Deadline): Promise<void> {
  const scope = community === undefined ? 'launch' : communityScope(community);
  const what = `${id} (${issue}): "${step}" was due and is not done`;
  const pages = [...new Set([owner, onCall(plan)])].map((role) => ({ role, what, scope }));
  await writing.writeJournal({ launch: plan.launch, key: `${id}/late/${step}`, at: Date.now(), entries: [], pages });
}

function detailsOf({ id, severity, issue, done, closedAt }: Incident, missed: readonly string[]): string {
  const lines = [
    ...done.map((step) => `- done: ${step}`),
    ...missed.filter((step) => !done.includes(step)).map((step) => `- late: ${step}`),
  ];
  return [`**${id}** ${severity}: ${issue}${closedAt === undefined ? '' : ' (closed)'}`, ...lines].join('\n');
}
