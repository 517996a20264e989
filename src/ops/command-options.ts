import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultHome } from '../config.ts';
import { parseDuration } from '../domain/duration.ts';
import { exitCodesText } from './exit-codes.ts';

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly home: string;
}

/** What every command to a launch takes. */
export interface LaunchCommandOptions extends CommonOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly commandId?: string;
}

/** Adds `--json`, `--home`, and below the help: examples and exit codes. */
export function common(command: Command, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ softlaunch ${example}`).join('\n');
  return command
    .option('--json', 'print one JSON object, errors too')
    .addOption(
      new Option('--home <folder>', 'where "softlaunch up" keeps its files').default(defaultHome(), 'SOFTLAUNCH_HOME or .softlaunch'),
    )
    .addHelpText('after', `\nExamples:\n${shown}\n\n${exitCodesText}`);
}

/** The optional launch of a command. */
export const launchArgument = ['[launch]', 'the launch; when absent, the only one that runs'] as const;

/** Adds who gives a command and why. */
export function signed(command: Command): Command {
  return command
    .option('--by <person>', 'who says so: a key of the people in the plan (or SOFTLAUNCH_BY)')
    .option('--reason <text>', 'why; it goes into the journal')
    .option('--command-id <id>', 'the same id again has no second effect; a random one when absent');
}

/** Who gives the command: `--by`, else `SOFTLAUNCH_BY`; undefined when nobody is named. */
export function namedPerson(options: LaunchCommandOptions): string | undefined {
  return options.by ?? (process.env.SOFTLAUNCH_BY || undefined);
}

/** The login name: what stands in the journal when an emergency leaves no time for `--by`. */
export function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** `--command-id`, or one that nobody has used. */
export function commandIdOf(name: string, options: LaunchCommandOptions): string {
  return options.commandId ?? `${name}-${randomUUID().slice(0, 8)}`;
}

/** For options that may be given several times. */
export function collected(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** `95/100`: how many of how many. */
export function countsOf(text: string): { readonly successes: number; readonly trials: number } {
  const match = /^(\d+)\s*(?:\/|of)\s*(\d+)$/.exec(text.trim());
  const [successes, trials] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || !Number.isSafeInteger(successes) || !Number.isSafeInteger(trials) || successes > trials) {
    throw new InvalidArgumentError('Write how many of how many, such as 95/100.');
  }
  return { successes, trials };
}

/** A duration as plans write it, in milliseconds: `24h`, `90m`. */
export function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('Write a duration such as 24h, 90m or 2d.');
  return ms;
}

/** A number. */
export function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Write a number.');
  return value;
}

/** A number above 0. */
export function positiveOf(text: string): number {
  const value = numberOf(text);
  if (value <= 0) throw new InvalidArgumentError('Write a number above 0.');
  return value;
}

/** A whole number, 0 or more. */
export function wholeOf(text: string): number {
  const value = numberOf(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('Write a whole number, 0 or more.');
  return value;
}

/** A share strictly between 0 and 1; `95%` is 0.95. */
export function shareOf(text: string): number {
  const value = text.endsWith('%') ? numberOf(text.slice(0, -1)) / 100 : numberOf(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('Write a share between 0 and 1, such as 0.95 or 95%.');
  return value;
}
