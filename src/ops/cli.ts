import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes, exitCodesText } from './exit-codes.ts';
import { CommandFailed } from './failure.ts';
import { printFailure, type Shell } from './shell.ts';

/*
 * The command line.
 *
 * Each command is a module in `commands/`, loaded only when it is called, so that `softlaunch rollback` loads nothing it does not need. A module exports
 *
 *   export function register(program: Command, shell: Shell): void
 *
 * which adds its command (or commands, where they share a noun) to the program: `common(program.command('name'), [examples])` for what every command
 * takes, and an action that calls `perform(shell, options, async (desk) => outcome)`. An outcome is text for people and one object for `--json`;
 * what cannot be done is thrown as `CommandFailed`, or as the error of the layer that knows.
 */

/** What a module in `commands/` exports. */
export interface CommandModule {
  register(program: Command, shell: Shell): void;
}

interface CommandEntry {
  /** The commands that the module registers, and what each does in a few words. */
  readonly commands: Readonly<Record<string, string>>;
  load(): Promise<CommandModule>;
}

const entries: readonly CommandEntry[] = [
  { commands: { up: 'start PostgreSQL, Temporal, the example and a worker, and stay' }, load: () => import('./commands/up.ts') },
  { commands: { demo: 'a whole launch in two to three minutes, with one rollback' }, load: () => import('./commands/demo.ts') },
  { commands: { lint: 'can this plan work at all?' }, load: () => import('./commands/lint.ts') },
  { commands: { plan: 'what a plan means: "plan show" prints its calendar' }, load: () => import('./commands/plan.ts') },
  { commands: { start: 'start the launch of a plan' }, load: () => import('./commands/start.ts') },
  { commands: { status: 'where a launch stands, and the evidence' }, load: () => import('./commands/status.ts') },
  { commands: { why: 'what a launch waits for, on whom, and until when' }, load: () => import('./commands/why.ts') },
  {
    commands: {
      go: 'say go at the gate of the current phase',
      'no-go': 'say no-go: the launch is held until resumed',
      extend: 'let the current phase last longer',
    },
    load: () => import('./commands/decide.ts'),
  },
  {
    commands: {
      hold: 'expansion and gates stand still; watching and safety go on',
      resume: 'lift every hold; after a rollback, let the phase begin again',
    },
    load: () => import('./commands/standstill.ts'),
  },
  { commands: { rollback: 'turn off: the launch, a feature or a community' }, load: () => import('./commands/rollback.ts') },
  { commands: { abandon: 'end the launch with everything off and its claims released' }, load: () => import('./commands/abandon.ts') },
  {
    commands: {
      check: 'tick a checklist item, or a step of an incident',
      'check-in': 'note a conversation that took place',
      answer: 'answer a probe that asks people',
    },
    load: () => import('./commands/check.ts'),
  },
  {
    commands: {
      report: 'report an issue or complaint; its severity decides what happens',
      incident: 'close an incident, or change its severity',
    },
    load: () => import('./commands/report.ts'),
  },
  { commands: { tune: 'change a setting within its bounds and step' }, load: () => import('./commands/tune.ts') },
  {
    commands: { admit: 'let a community (back) in among the candidates', exclude: 'take a community out of the candidates' },
    load: () => import('./commands/admit.ts'),
  },
  { commands: { communities: 'who may join the next wave, and why or why not' }, load: () => import('./commands/communities.ts') },
  { commands: { review: 'what the launch came to, written from its evidence' }, load: () => import('./commands/review.ts') },
  { commands: { migrate: 'bring the schema "softlaunch" of a database up to date' }, load: () => import('./commands/migrate.ts') },
  { commands: { worker: 'run a worker against the configured or running stack' }, load: () => import('./commands/worker.ts') },
  { commands: { judge: 'judge counts against a target share, as a launch would' }, load: () => import('./commands/judge.ts') },
];

/** Runs one command line and answers with the exit code. */
export async function main(words: readonly string[], shell: Shell = processShell()): Promise<number> {
  let help = '';
  const program = newProgram(shell, (text) => {
    help += text;
  });
  const called = words.find((word) => entries.some(({ commands }) => word in commands));
  try {
    for (const entry of entries) await registerEntry(entry, program, shell, called);
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) printFailure(shell, words.includes('--json'), error);
    else if (error.code === 'commander.help') printHelpInstead(shell, help);
    else if (error.exitCode !== 0) printUsageError(shell, words, error);
  }
  return shell.exitCode;
}

/** Commands that were not called only show up in the help. */
async function registerEntry(entry: CommandEntry, program: Command, shell: Shell, called: string | undefined): Promise<void> {
  if (called !== undefined && called in entry.commands) {
    const module = await entry.load();
    module.register(program, shell);
    return;
  }
  for (const [name, summary] of Object.entries(entry.commands)) program.command(name).summary(summary);
}

/** `aside` takes what commander would write to standard error: its help for an incomplete command line, and its own wording of errors. */
function newProgram(shell: Shell, aside: (text: string) => void): Command {
  const manifest = readFileSync(new URL(import.meta.resolve('softlaunch/package.json')), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return new Command('softlaunch')
    .description('Runs the soft launch of a product for days, without losing its place, its evidence or its nerve.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ writeOut: (text) => shell.write(text), writeErr: aside, getOutHasColors: () => false })
    .addHelpText('after', `\nEvery command has --help with examples.\n\n${exitCodesText}`);
}

/** A command line that stops short of a command, such as a bare `softlaunch`. */
function printHelpInstead(shell: Shell, help: string): void {
  shell.writeError(help);
  shell.exitCode = exitCodes.usage;
}

/** Commander has its own wording; ours only says where to read more. */
function printUsageError(shell: Shell, words: readonly string[], { message }: CommanderError): void {
  const called = words.find((word) => !word.startsWith('-'));
  const known = entries.some(({ commands }) => called !== undefined && called in commands);
  const more = `See "softlaunch ${known ? `${called} ` : ''}--help".`;
  const text = message
    .replace(/^error: (command-argument value )?/, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/([^.?)])$/, '$1.');
  printFailure(shell, words.includes('--json'), new CommandFailed(`${text} ${more}`, { exitCode: exitCodes.usage, kind: 'usage' }));
}

/** The shell of this process. The first Ctrl-C or SIGTERM asks a long-running command to end; the second ends the process at once. */
function processShell(): Shell {
  const interruption = new AbortController();
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  };
  return {
    environment: process.env,
    isTerminal: process.stdout.isTTY === true,
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    get interrupted() {
      // Listened for only by who waits for it: any other command ends at once, as commands do.
      if (process.listenerCount('SIGINT', interrupt) === 0) process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
      return interruption.signal;
    },
    exitCode: exitCodes.done,
  };
}
