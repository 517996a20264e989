import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { configuredDatabaseUrl, configuredTemporal } from '../../config.ts';
import { positiveOf } from '../command-options.ts';
import { conclude, conclusionText, shortcomings } from '../demo/conclusion.ts';
import { play } from '../demo/play.ts';
import { openShow } from '../demo/show.ts';
import { type Stage, setStage } from '../demo/stage.ts';
import { WentOtherwise } from '../demo/went-otherwise.ts';
import { exitCodes, exitCodesText } from '../exit-codes.ts';
import { CommandFailed } from '../failure.ts';
import { type Desk, type Outcome, perform, type Shell } from '../shell.ts';
import { untilStopped } from '../until-stopped.ts';

interface DemoOptions {
  readonly json?: boolean;
  readonly home?: string;
  readonly plan?: string;
  readonly speed: number;
  readonly out: string;
  readonly keep?: boolean;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('demo')
    .summary('a whole launch in two to three minutes, with live traffic and one rollback')
    .description(
      'Runs the complete carpool plan, seven days in two to three minutes, on servers of its own with live traffic. The people of the plan give the commands that you would type. On day 4 one community starts to fail and is turned off by itself; the others go on to general availability and the review.',
    )
    .option('--speed <factor>', 'how many times as fast as planned', positiveOf, 4_000)
    .option('--plan <file>', 'another plan for the carpool')
    .option('--out <file>', 'where the review is written', join('.softlaunch', 'demo-review.md'))
    .option('--keep', 'leave everything up at the end, until Ctrl-C')
    .option('--home <folder>', 'keep the servers’ files here; absent, a temporary folder that is removed at the end')
    .option('--json', 'print one JSON object at the end')
    .addHelpText(
      'after',
      `\nExamples:\n  $ softlaunch demo\n  $ softlaunch demo --keep\n  $ softlaunch demo --speed 8000 --home try\n\n${exitCodesText}`,
    )
    .action((options: DemoOptions) => perform(shell, options, (desk) => demo(desk, options)));
}

async function demo(desk: Desk, options: DemoOptions): Promise<Outcome> {
  await refuseConfigured();
  // Listened for from here on: whatever has been started by then is stopped in order.
  const { interrupted } = desk.shell;
  const home = options.home === undefined ? mkdtempSync(join(tmpdir(), 'softlaunch-demo-')) : resolve(options.home);
  try {
    const stage = await setStage({ home, speed: options.speed, report: (text) => desk.say(desk.paint.faint(text)) });
    try {
      return await showLaunch(desk, stage, { ...options, interrupted });
    } finally {
      desk.say(desk.paint.faint('Stopping everything.'));
      for (const failure of await stage.stop()) desk.shell.writeError(`${failure}\n`);
    }
  } finally {
    if (options.home === undefined) rmSync(home, { recursive: true, force: true });
  }
}

/** The demo installs a product and turns its flags: never in a database that somebody has configured. */
async function refuseConfigured(): Promise<void> {
  const configured = [
    ...(configuredDatabaseUrl() === undefined ? [] : ['DATABASE_URL']),
    ...((await configuredTemporal()) === undefined ? [] : ['a Temporal address']),
  ];
  if (configured.length === 0) return;
  const message = `The demo runs on servers of its own, and ${configured.join(' and ')} names others: nothing was started. Unset that for the demo, or use "softlaunch start" on what is configured.`;
  throw new CommandFailed(message, { exitCode: exitCodes.usage, kind: 'usage' });
}

async function showLaunch(
  desk: Desk,
  stage: Stage,
  { plan, speed, out, keep, interrupted }: DemoOptions & { readonly interrupted: AbortSignal },
): Promise<Outcome> {
  const { paint, say } = desk;
  say(`${paint.title('Every line with a $ is a command that you could type.')} For another terminal: export SOFTLAUNCH_HOME=${stage.home}`);
  const show = await openShow(desk);
  const played = await play({ stage, show, paint, planPath: plan ?? carpoolPlan(), speed, interrupted })
    .finally(() => show.end())
    .catch((error: unknown) => {
      if (error instanceof WentOtherwise) throw otherwise([error.message], error);
      if (interrupted.aborted) throw new CommandFailed('The demo was stopped before its end.', { exitCode: exitCodes.no, kind: 'stopped' });
      throw error;
    });
  const conclusion = await conclude(stage, played, out);
  say(conclusionText(played, conclusion, paint));
  if (keep) await stay(desk, stage);
  const problems = shortcomings(conclusion);
  if (problems.length > 0) throw otherwise(problems);
  return { json: { ...conclusion }, text: '' };
}

/** As one would type it: seen from where we are. */
function carpoolPlan(): string {
  const home = fileURLToPath(new URL('.', import.meta.resolve('softlaunch/package.json')));
  return relative(process.cwd(), join(home, 'plans', 'carpool-v2.yaml'));
}

async function stay(desk: Desk, stage: Stage): Promise<void> {
  desk.say(
    [
      '',
      `${desk.paint.good('up')}  everything stays until Ctrl-C. In another terminal:`,
      `  export SOFTLAUNCH_HOME=${stage.home}`,
      '  npx softlaunch status',
      '  npx softlaunch review',
      `  psql ${stage.stack.databaseUrl} -c 'select at, actor, summary from softlaunch.journal order by seq'`,
      `  Web UI ${stage.stack.uiUrl ?? 'none'}`,
    ].join('\n'),
  );
  const lost = await untilStopped(desk, [stage.lost]);
  if (lost !== undefined)
    throw new CommandFailed(`While the demo stayed up, ${lost}.`, { exitCode: exitCodes.unreachable, kind: 'server lost' });
}

function otherwise(problems: readonly string[], cause?: unknown): CommandFailed {
  return new CommandFailed(`The demo went otherwise than planned: ${problems.join('; ')}.`, {
    exitCode: exitCodes.no,
    kind: 'demo',
    cause,
  });
}
