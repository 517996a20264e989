import { applyChange } from '../database/change.ts';
import { listComplaints, recordComplaint } from '../database/complaint.ts';
import { loadScope, restartEvidence, saveLook } from '../database/reading.ts';
import type { AnswerCommand, ReportCommand, TuneCommand } from '../domain/command.ts';
import { communityScope } from '../domain/rollback.ts';
import type { Complaint } from '../domain/situation.ts';
import { mostReporters } from '../domain/situation.ts';
import { tuneEvidenceRefusal } from '../domain/tune.ts';
import type { Resources } from './resources.ts';

/** A command whose decision needs something of the database. */
interface Told<C> {
  readonly launch: string;
  readonly command: C;
  readonly at: number;
}

/** What is looked up, or tried, before a command is decided. */
export function factActivities({ pool, planOf }: Resources) {
  /** Records a complaint, and counts how many different people have now reported the issue, by the windows that the plan's triggers use. */
  async function takeComplaint({ launch, command, at }: Told<ReportCommand>): Promise<Readonly<Record<number, number>>> {
    const { commandId, issue, severity, community, by, reporter = by, reason } = command;
    await recordComplaint(pool, launch, { commandId, reporter, issue, severity, text: reason, at, ...(community ? { community } : {}) });
    const plan = await planOf(launch);
    const triggers = plan.phases.flatMap((phase) => [...phase.rollsBackWhen, ...(phase.eachCommunity?.rollsBackWhen ?? [])]);
    const windows = triggers.flatMap((trigger) => (trigger.kind === 'complaints' ? [trigger.windowMs] : []));
    const all: readonly Complaint[] = await listComplaints(pool, launch);
    const same = all.filter((complaint) => complaint.issue === issue);
    return Object.fromEntries(
      windows.map((window) => [
        window,
        mostReporters(
          same.filter((one) => one.at > at - window),
          window,
        ),
      ]),
    );
  }

  /** Keeps what a person answered to a probe that asks people. */
  async function takeAnswer({ launch, command, at }: Told<AnswerCommand>): Promise<void> {
    const { probe, community, successes, trials } = command;
    const scope = community ? communityScope(community) : 'launch';
    const reading = { probe, scope, at, status: 'measured' as const, answer: { '': { successes, trials } } };
    await saveLook(pool, { launch, readings: [reading], soaks: [], judgements: [] });
  }

  /**
   * Writes a tuned setting, when there is enough evidence to judge it by; what is measured from here on is new evidence. Answers why not, or nothing.
   */
  async function tune({
    launch,
    command,
    at,
    fence,
    communities,
  }: Told<TuneCommand> & { fence: number; communities: readonly string[] }): Promise<string | undefined> {
    const plan = await planOf(launch);
    const scopes = communities.map(communityScope);
    const known = await Promise.all(scopes.map((scope) => loadScope(pool, launch, scope)));
    const refusal = tuneEvidenceRefusal(
      plan,
      known.flatMap(({ judgements }) => judgements),
    );
    if (refusal !== undefined) return refusal;
    const { setting, value, commandId, by, reason } = command;
    const flag = setting.slice(0, setting.lastIndexOf('.'));
    const rows = [{ kind: 'flag' as const, key: flag, settings: { [setting.slice(flag.length + 1)]: value } }];
    const outcome = await applyChange(pool, { launch, operationKey: commandId, fence, scope: 'launch', rows, actor: by, reason, at });
    if (outcome.outcome === 'refused') return outcome.says;
    for (const scope of scopes) await restartEvidence(pool, { launch, scope, at, why: `${setting} was set to ${value}.` });
    return undefined;
  }

  return { takeComplaint, takeAnswer, tune };
}
