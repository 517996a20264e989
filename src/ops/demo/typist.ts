import { main } from '../cli.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Shell } from '../shell.ts';

/** What a command line came to. */
export interface Typed {
  readonly exitCode: number;
  /** What it answered, as one sentence. */
  readonly says: string;
}

/** Runs a command line as if somebody had typed it into another terminal, for the servers in `home`. */
export async function typeCommand(words: readonly string[], home: string): Promise<Typed> {
  let out = '';
  let err = '';
  const shell: Shell = {
    environment: {},
    isTerminal: false,
    interrupted: new AbortController().signal,
    exitCode: exitCodes.done,
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
  };
  const exitCode = await main([...words, '--home', home, '--json'], shell);
  return { exitCode, says: sentenceOf(out) ?? (out + err).trim() };
}

/** Commands print one object: what a launch answered, or the error. */
function sentenceOf(out: string): string | undefined {
  try {
    const { says, error } = JSON.parse(out) as { says?: string; error?: { message?: string; problems?: readonly string[] } };
    return says ?? (error && [error.message, ...(error.problems ?? [])].join(' ')) ?? '';
  } catch {
    return undefined;
  }
}
