import { z } from 'zod';
import type { Connection } from './pool.ts';
import { appendedRow, journalRow } from './row-schemas.ts';
import { callFunction, instant, json, queryRows } from './sql-function.ts';

export interface JournalLine {
  readonly launch: string;
  /** The same key appends nothing twice; absent: always appended. */
  readonly entryKey?: string;
  /** Logical time. */
  readonly at: number;
  readonly kind: string;
  readonly scope: string;
  readonly actor: string;
  readonly summary: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** `recordedAt` is the database's clock when it was written down; `at` the launch's logical time. */
export type JournalRecord = Readonly<z.infer<typeof journalRow>>;

/** @throws NotKnown, RowLocked */
export function appendJournal(connection: Connection, line: JournalLine): Promise<{ readonly seq: number; readonly repeated: boolean }> {
  const { launch, entryKey, at, kind, scope, actor, summary, detail } = line;
  const values = [launch, entryKey ?? null, instant(at), kind, scope, actor, summary, json(detail ?? {})];
  return callFunction(connection, 'append_journal', appendedRow, values);
}

/** Entries in their order, from after `after`; of some kinds only when `kinds` is given. At most `limit`, absent 1,000. */
export async function readJournal(
  connection: Connection,
  launch: string,
  options: { readonly after?: number; readonly kinds?: readonly string[]; readonly limit?: number } = {},
): Promise<readonly JournalRecord[]> {
  const sql = `select seq, at, recorded_at as "recordedAt", kind, scope, actor, summary, detail from softlaunch.journal
    where launch = $1 and seq > $2 and ($3::text[] is null or kind = any ($3)) order by seq limit $4`;
  const values = [launch, options.after ?? 0, options.kinds ?? null, options.limit ?? 1000];
  return z.array(journalRow).parse(await queryRows(connection, sql, values));
}

/** The last `count` entries, in their order. */
export async function latestJournal(connection: Connection, launch: string, count: number): Promise<readonly JournalRecord[]> {
  const sql = `select seq, at, recorded_at as "recordedAt", kind, scope, actor, summary, detail from softlaunch.journal
    where launch = $1 order by seq desc limit $2`;
  return z.array(journalRow).parse((await queryRows(connection, sql, [launch, count])).reverse());
}

/** The number of the first entry that is missing or is not what was written; `null` when the journal is whole. */
export function verifyJournal(connection: Connection, launch: string): Promise<number | null> {
  return callFunction(connection, 'verify_journal', z.coerce.number().nullable(), [launch]);
}
