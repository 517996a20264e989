import { type ExitCode, exitCodes } from './exit-codes.ts';
import { reportOf } from './failure.ts';
import { type Paint, paintFor } from './render/paint.ts';

/** Where a command line came from and where its answer goes: the process, or a test. */
export interface Shell {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a person looks at standard output. */
  readonly isTerminal: boolean;
  write(text: string): void;
  writeError(text: string): void;
  /** Aborted when the user wants us to stop; long-running commands end then. */
  readonly interrupted: AbortSignal;
  /** What the command ended with. */
  exitCode: ExitCode;
}

/** What a command came to. */
export interface Outcome {
  /** Absent: done. */
  readonly exitCode?: ExitCode;
  /** The one object that `--json` prints; absent when the command has printed it already, because it stayed. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** What people read; several lines are fine. A no is an answer, too: standard error is for what could not be answered. */
  readonly text: string;
}

/** What an action works with. */
export interface Desk {
  readonly shell: Shell;
  readonly paint: Paint;
  readonly json: boolean;
  /** Tells people something at once, before the outcome; silent with `--json`. */
  say(text: string): void;
}

/** Runs one action and prints what it came to, errors too. Sets the exit code and never throws. */
export async function perform(shell: Shell, options: { readonly json?: boolean }, act: (desk: Desk) => Promise<Outcome>): Promise<void> {
  const json = options.json === true;
  const paint = paintFor(shell);
  const say = (text: string) => {
    if (!json) shell.write(`${text}\n`);
  };
  try {
    const { exitCode = exitCodes.done, ...outcome } = await act({ shell, paint, json, say });
    shell.exitCode = exitCode;
    if (json) {
      if (outcome.json !== undefined) shell.write(`${JSON.stringify(outcome.json)}\n`);
    } else if (outcome.text !== '') {
      shell.write(`${outcome.text}\n`);
    }
  } catch (error) {
    printFailure(shell, json, error);
  }
}

/** Prints an error as people or scripts want it, and sets the exit code. */
export function printFailure(shell: Shell, json: boolean, error: unknown): void {
  const { exitCode, kind, message, problems } = reportOf(error);
  shell.exitCode = exitCode;
  if (json) {
    shell.write(`${JSON.stringify({ error: { kind, message, ...(problems && { problems }) } })}\n`);
    return;
  }
  // A problem's place in the plan begins its line, so that terminals and editors can follow it.
  const listed = problems?.map((problem) => `\n${kind === 'bad plan' ? '' : '  - '}${problem}`).join('') ?? '';
  shell.writeError(`${paintFor(shell).bad('softlaunch:')} ${message}${listed}\n`);
  if (exitCode === exitCodes.unexpected && shell.environment.SOFTLAUNCH_DEBUG) {
    shell.writeError(`${error instanceof Error ? error.stack : ''}\n`);
  }
}
