/** Keys and list positions from the top of the plan to the place in question. */
export type PlanPath = readonly (string | number)[];

/** Something that keeps a plan from being used, before it is known in which line. */
export interface Problem {
  readonly path: PlanPath;
  readonly sentence: string;
  /** Points at the key instead of its value. */
  readonly atKey?: boolean;
}

/** A problem in its place in the file; line and column begin at 1. */
export interface LocatedProblem {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly sentence: string;
}

const shownProblems = 100;

/** A plan that cannot be used. The message lists every problem, one a line, as `file:line:column: path: sentence`. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  readonly fileName: string;
  readonly problems: readonly LocatedProblem[];

  constructor(fileName: string, problems: readonly LocatedProblem[]) {
    const inOrder = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    super(listed(fileName, inOrder));
    this.fileName = fileName;
    this.problems = inOrder;
  }
}

/** `phases > pilot > rolls back when > 2`: positions in lists count from 1, as people do. */
export function formatPath(path: PlanPath): string {
  return path.map((part) => (typeof part === 'number' ? part + 1 : part)).join(' > ');
}

function listed(fileName: string, problems: readonly LocatedProblem[]): string {
  const lines = problems.slice(0, shownProblems).map(({ line, column, path, sentence }) => {
    const place = path === '' ? '' : `${path}: `;
    return `${fileName}:${line}:${column}: ${place}${sentence}`;
  });
  const rest = problems.length - shownProblems;
  return [...lines, ...(rest > 0 ? [`… and ${rest} more problems`] : [])].join('\n');
}
