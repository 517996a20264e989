import { CancellationScope, setDefaultSignalHandler, setHandler, uuid4 } from '@temporalio/workflow';
import { type Command, commandExamples, commandNames, readCommand } from '../domain/command.ts';
import { judgedCommunities } from '../domain/expansion.ts';
import { withProof } from '../domain/incident.ts';
import { type Answer, answerTo, type CommunityState, isOver, type LaunchState, phaseOf, withCommunity } from '../domain/launch.ts';
import { communityTarget, launchTarget } from '../domain/look.ts';
import { adoptRollbacks, type Heard, takeCommunityNews } from '../domain/news.ts';
import type { Facts } from '../domain/outcome.ts';
import { reportRefusal } from '../domain/report.ts';
import { communityOf, communityScope, rollbackOf, withRollbackSettled } from '../domain/rollback.ts';
import { type Taken, takeCommand } from '../domain/take-command.ts';
import { tuneRefusal } from '../domain/tune.ts';
import { writing } from './activity-options.ts';
import { carryOut, sendOff } from './effects.ts';
import { launchStatus } from './launch-details.ts';
import type { LaunchRun } from './launch-run.ts';
import { commandSignal, commandUpdate, communityReportSignal, launchStatusQuery, rollbackReportSignal } from './messages.ts';

/** Registers everything that may be said to a launch. Each command comes as an update or as a signal, and both feed one function. */
export function receiveMessages(run: LaunchRun): void {
  setHandler(launchStatusQuery, () => launchStatus(run.plan, run.state(), Date.now()), {
    description: 'Where the launch stands, and what blocks its gate',
  });
  for (const name of commandNames) {
    const description = commandExamples[name];
    setHandler(commandUpdate(name), (payload) => shielded(run, () => obey(run, name, payload)), { description });
    setHandler(commandSignal(name), async (payload) => void (await shielded(run, () => obey(run, name, payload))), { description });
  }
  setHandler(communityReportSignal, (report) => hearCommunity(run, report), {
    description: 'A community tells what its watch saw',
  });
  setHandler(rollbackReportSignal, (report) => shielded(run, () => hearRollback(run, report)), {
    description: 'A rollback tells how it ended',
  });
  setDefaultSignalHandler(async (name) => {
    const summary = `A signal "${name}" was sent, and there is no such command; there is ${commandNames.join(', ')}.`;
    await shielded(run, () => run.write([{ kind: 'refused', scope: 'launch', actor: 'unknown', summary }]));
  });
}

/** A handler that throws would end the launch, and in a launch that was asked to cancel every call throws, unless it is shielded from that. */
function shielded<T>(run: LaunchRun, work: () => Promise<T>): Promise<T> {
  return run.carryOut(() => CancellationScope.nonCancellable(work));
}

/** Reads, decides and carries out one command. Never throws: what cannot be accepted is answered, and written down as refused. */
async function obey(run: LaunchRun, name: Command['command'], payload: unknown): Promise<Answer> {
  const read = readCommand(name, payload, uuid4());
  if ('refusal' in read) {
    await run.write([{ kind: 'refused', scope: 'launch', actor: 'unknown', summary: read.refusal }]);
    return { accepted: false, says: read.refusal };
  }
  const { command } = read;
  const facts = await lookUp(run, command);
  const before = run.state();
  const taken = takeCommand(run.plan, before, command, Date.now(), facts);
  run.change(() => taken.state);
  if (taken.answer.accepted) await followUp(run, command);
  // A rollback is written down by the database together with what it did.
  const journal = command.command === 'rollback' && taken.answer.accepted ? [] : taken.journal;
  const orders = taken.order ? [taken.order] : [];
  await carryOut(run, { orders, journal, repairs: [], pages: [] }, before);
  return answerNow(run, taken);
}

/** What was decided; and that something is still on, when it is. */
function answerNow(run: LaunchRun, { answer, order }: Taken): Answer {
  if (!order || rollbackOf(run.state(), order.scope)?.state !== 'stuck') return answer;
  const says = `${answer.says}, but not everything is off yet: it is tried again until it is. If it cannot wait, turn it off where the product decides it`;
  return { ...answer, says };
}

/** What the decision needs to know of the database. Only what could be accepted is looked up. */
async function lookUp(run: LaunchRun, command: Command): Promise<Facts> {
  const { launch, plan } = run;
  const state = run.state();
  const at = Date.now();
  if (answerTo(state, command.commandId) || isOver(state) || !Object.hasOwn(plan.people, command.by)) return {};
  switch (command.command) {
    case 'decide':
      if (command.decision === 'go' && state.opened && command.phase === state.phase) await lookAgain(run);
      return {};
    case 'report':
      if (reportRefusal(plan, state, command)) return {};
      return { reporters: await writing.takeComplaint({ launch, command, at }) };
    case 'tune': {
      if (tuneRefusal(plan, state, command)) return {};
      const communities = judgedCommunities(state).map(({ slug }) => slug);
      const refusedChange = await writing.tune({ launch, command, at, fence: state.fence, communities });
      return refusedChange === undefined ? {} : { refusedChange };
    }
    default:
      return {};
  }
}

/** Evidence is judged again at the moment of a decision. */
async function lookAgain(run: LaunchRun): Promise<void> {
  const { launch, plan } = run;
  const state = run.state();
  const open = judgedCommunities(state).filter((community) => community.state === 'open');
  const communities = open.flatMap((community) => {
    const onboarding = phaseOf(plan, community.phase).eachCommunity;
    return onboarding ? [communityTarget(launch, onboarding, community)] : [];
  });
  const found = await writing.lookNow.executeWithOptions({ summary: 'look again before the decision' }, [
    { targets: [launchTarget(state), ...communities], at: Date.now() },
  ]);
  run.change((now) => {
    const own = { ...now, situation: found.launch ?? now.situation };
    return open.reduce((before, { slug }) => {
      const [situation, community] = [found[communityScope(slug)], before.communities[slug]];
      return situation && community?.state === 'open' ? withCommunity(before, { ...community, situation }) : before;
    }, own);
  });
}

/** What an accepted command does beside changing the launch. */
async function followUp(run: LaunchRun, command: Command): Promise<void> {
  const { launch } = run;
  const at = Date.now();
  if (command.command === 'answer') await writing.takeAnswer({ launch, command, at });
  if (command.command === 'resume') {
    const { by, reason, commandId } = command;
    await writing.keepDrift({ launch, by, reason, commandId, at });
  }
  if (command.command === 'abandon') await Promise.all(Object.keys(run.state().communities).map((slug) => sendOff(run, slug, 'abandoned')));
}

/** Takes over what people rolled back in the database and the launch has not heard of; false when there is nothing. */
export function adopt(run: LaunchRun): Promise<boolean> {
  return shielded(run, async () => {
    const rollbacks = await writing.foreignRollbacks({ launch: run.launch, known: run.state().ordered, at: Date.now() });
    const { orders } = await hear(run, (state) => adoptRollbacks(run.plan, state, rollbacks));
    return orders.length > 0;
  });
}

/** A community that the fence keeps out may be the first sign of a rollback in the database; then it joins when the phase begins again. */
async function hearCommunity(run: LaunchRun, report: CommunityState): Promise<void> {
  if (report.state === 'refused' && !run.state().rollback) await adopt(run);
  await hear(run, (state) => takeCommunityNews(run.plan, state, report, Date.now()));
}

/** Takes news in and carries out what it demands. */
export function hear(run: LaunchRun, take: (state: LaunchState) => Heard): Promise<Heard> {
  return shielded(run, async () => {
    const before = run.state();
    const heard = take(before);
    run.change(() => heard.state);
    await carryOut(run, heard, before);
    for (const { scope } of heard.repairs) await hearAfterRepair(run, scope);
    return heard;
  });
}

/** Looks again at a community whose product was repaired: its own watch reports changes only, and does not know that one was tried. */
async function hearAfterRepair(run: LaunchRun, scope: string): Promise<void> {
  const community = run.state().communities[communityOf(scope) ?? ''];
  const onboarding = community && phaseOf(run.plan, community.phase).eachCommunity;
  if (!onboarding) return;
  const targets = [communityTarget(run.launch, onboarding, community)];
  const { [scope]: situation } = await writing.lookNow.executeWithOptions({ summary: `look at ${scope} after the repair` }, [
    { targets, at: Date.now() },
  ]);
  if (situation) await hearCommunity(run, { ...community, situation });
}

async function hearRollback(run: LaunchRun, { scope, state: settled }: { scope: string; state: 'restored' | 'stuck' }): Promise<void> {
  const before = run.state();
  run.change((state) => {
    const known = withRollbackSettled(state, scope, settled);
    if (settled !== 'restored') return known;
    return (['rollback', 'verification'] as const).reduce((so, proof) => withProof(run.plan, so, proof), known);
  });
  await carryOut(run, { orders: [], repairs: [], journal: [], pages: [] }, before);
}
