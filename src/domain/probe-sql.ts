/** What a probe's SQL may ask to be told: `community` its key, `since` and `until` the window of the look. */
export const probeParameters = ['community', 'since', 'until'] as const;
export type ProbeParameter = (typeof probeParameters)[number];

/** A statement ready for the database: `$1`, `$2` … stand where the parameters stood, each parameter once in `values`. */
export interface BoundSql {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface Token {
  readonly kind: 'code' | 'quoted' | 'comment' | 'cast' | 'parameter' | 'semicolon';
  readonly text: string;
}

// Order matters: what is quoted or commented out hides everything in it, and `::` is a cast before `:name` is a parameter. A colon right after a
// word or a bracket is a slice (`a[1:n]`) and belongs to the code before it. What is opened and never closed runs to the end.
const tokens = [
  ['quoted', /[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)/y],
  ['quoted', /'(?:[^']|'')*(?:'|$)/y],
  ['quoted', /"(?:[^"]|"")*(?:"|$)/y],
  ['quoted', /\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/y],
  ['comment', /--[^\n]*/y],
  ['cast', /::/y],
  ['code', /[\w$\]]+:(?![:\s])/y],
  ['parameter', /:[A-Za-z_]\w*/y],
  ['semicolon', /;/y],
  ['code', /[\w$]+/y],
  ['code', /[\s\S]/y],
] as const;

/** The `:names` a statement mentions outside quotes, comments and `::casts`, each once, in order of appearance. */
export function sqlParameters(sql: string): readonly string[] {
  const named = tokenize(sql).filter(({ kind }) => kind === 'parameter');
  return [...new Set(named.map(({ text }) => text.slice(1)))];
}

/**
 * Puts `$1`, `$2` … where a statement says `:name`; a name used twice is sent once. Throws a RangeError on a name without a value: the plan was
 * checked when it was loaded, so that is a broken promise.
 */
export function bindParameters(sql: string, values: Readonly<Record<string, unknown>>): BoundSql {
  const names = sqlParameters(sql);
  const missing = names.find((name) => !Object.hasOwn(values, name));
  if (missing !== undefined) throw new RangeError(`The statement asks for :${missing}, and nothing gives it.`);
  const text = tokenize(sql)
    .map((token) => (token.kind === 'parameter' ? `$${names.indexOf(token.text.slice(1)) + 1}` : token.text))
    .join('');
  return { text, values: names.map((name) => values[name]) };
}

/** How many statements a text holds: empty ones and a trailing `;` do not count. */
export function countStatements(sql: string): number {
  let count = 0;
  let inside = false;
  for (const { kind, text } of tokenize(sql)) {
    if (kind === 'semicolon') inside = false;
    else if (!inside && kind !== 'comment' && text.trim() !== '') {
      inside = true;
      count += 1;
    }
  }
  return count;
}

function tokenize(sql: string): readonly Token[] {
  const found: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const token = sql.startsWith('/*', at) ? { kind: 'comment' as const, text: sql.slice(at, endOfComment(sql, at)) } : tokenAt(sql, at);
    found.push(token);
    at += token.text.length;
  }
  return found;
}

function tokenAt(sql: string, at: number): Token {
  for (const [kind, pattern] of tokens) {
    pattern.lastIndex = at;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined) return { kind, text };
  }
  throw new RangeError(`Nothing was read at ${at}.`);
}

/** PostgreSQL nests comments: `/* a /* b *\/ c *\/` is one. */
function endOfComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
