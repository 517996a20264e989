import { main } from '../../src/ops/cli.ts';
import { type ExitCode, exitCodes } from '../../src/ops/exit-codes.ts';
import type { Shell } from '../../src/ops/shell.ts';

/** What one command line came to. */
export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process, as if typed where nobody looks. */
export async function softlaunch(...words: readonly string[]): Promise<Ran> {
  const shell = recordingShell();
  const exitCode = await main(words, shell);
  return { exitCode, out: shell.out, err: shell.err };
}

/** The one object that a command printed with `--json`. */
export async function softlaunchJson(
  ...words: readonly string[]
): Promise<{ readonly exitCode: number; readonly json: unknown; readonly err: string }> {
  const { exitCode, out, err } = await softlaunch(...words, '--json');
  return { exitCode, json: JSON.parse(out), err };
}

/** A shell that keeps what is written to it. */
export function recordingShell(
  terminal: Partial<Pick<Shell, 'isTerminal' | 'environment' | 'interrupted'>> = {},
): Shell & { out: string; err: string } {
  return {
    environment: {},
    isTerminal: false,
    interrupted: new AbortController().signal,
    exitCode: exitCodes.done as ExitCode,
    out: '',
    err: '',
    ...terminal,
    write(text) {
      this.out += text;
    },
    writeError(text) {
      this.err += text;
    },
  };
}
