import type { Command } from 'commander';
import { probeDatabaseUrl, resolveDatabaseUrl } from '../../config.ts';
import { readCandidates, readTaken } from '../../database/candidate.ts';
import { loadPlanRecord } from '../../database/launch-record.ts';
import { openProbePool } from '../../database/probe.ts';
import { communitiesNamed, rankCandidates, type Taken } from '../../domain/candidate.ts';
import type { CandidateRule, Plan } from '../../domain/plan.ts';
import { type CommonOptions, common } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { chooseLaunchToSee, withDatabase } from '../launch-choice.ts';
import { candidatesText } from '../render/candidates.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';

interface CommunitiesOptions extends CommonOptions {
  readonly plan?: string;
}

/** Whose candidates are asked for, and who is no choice any more. */
interface Question {
  readonly plan: Plan;
  readonly taken: Taken;
}

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('communities')
    .summary('who may join the next wave, and why or why not')
    .description(
      'Asks the product for its communities by the plan\'s query, judges each by the plan\'s requirements, and shows the best fit first. Changes nothing; "softlaunch admit" takes a community out or lets it in again.',
    )
    .argument('[launch]', 'the launch; when absent, the only one that runs, or the latest')
    .option('--plan <plan.yaml>', 'by a plan file instead, before there is a launch');
  common(command, ['communities', 'communities carpool-v2 --json', 'communities --plan plans/carpool-v2.yaml']);
  command.action((launch: string | undefined, options: CommunitiesOptions) =>
    perform(shell, options, (desk) => showCommunities(desk, launch, options)),
  );
}

async function showCommunities({ paint }: Desk, named: string | undefined, options: CommunitiesOptions): Promise<Outcome> {
  const url = resolveDatabaseUrl(options.home);
  const { plan, taken } = options.plan === undefined ? await ofLaunch(url, named) : await ofPlanFile(options.plan, named);
  const rows = await askProduct(probeDatabaseUrl() ?? url, plan.candidates);
  const ranked = rankCandidates(plan.candidates, rows, { ...taken, named: communitiesNamed(plan) });
  return { json: { launch: plan.launch, communities: ranked }, text: candidatesText(plan.candidates, ranked, paint) };
}

async function ofLaunch(url: string, named: string | undefined): Promise<Question> {
  return withDatabase(url, async (connection) => {
    const { id, planHash } = await chooseLaunchToSee(connection, named);
    const record = await loadPlanRecord(connection, planHash);
    if (record === undefined) throw new Error(`The plan of ${id} is not in the database, though every launch's plan must be.`);
    return { plan: record.plan, taken: await readTaken(connection, id) };
  });
}

async function ofPlanFile(path: string, named: string | undefined): Promise<Question> {
  if (named !== undefined) {
    const message = `Name either the launch ${named} or the plan file ${path}: a launch has the plan it was started with.`;
    throw new CommandFailed(message, { exitCode: exitCodes.usage, kind: 'usage' });
  }
  const { readPlanFile } = await import('../plan-file.ts');
  const { plan } = await readPlanFile(path);
  return { plan, taken: { joined: [], excluded: [] } };
}

async function askProduct(url: string, rule: CandidateRule) {
  const pool = openProbePool(url, 1);
  try {
    const answer = await readCandidates(pool, rule);
    if (answer.answered) return answer.rows;
    throw new CommandFailed(`Nobody can be picked: ${answer.reason}`, { exitCode: exitCodes.no, kind: 'no candidates' });
  } finally {
    await pool.end();
  }
}
