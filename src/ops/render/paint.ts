import { createColors } from 'picocolors';

/** Colours by what they mean. Plain text where nobody would see them. */
export interface Paint {
  readonly title: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  /** Worth a look. */
  readonly warn: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** Colours on a terminal, unless `NO_COLOR` says no or the terminal is a dumb one. */
export function paintFor(shell: {
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Paint {
  const { NO_COLOR, TERM } = shell.environment;
  const { bold, green, red, yellow, dim } = createColors(shell.isTerminal && !NO_COLOR && TERM !== 'dumb');
  return { title: bold, good: green, bad: red, warn: yellow, faint: dim };
}
