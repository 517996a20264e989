import type { z } from 'zod';
import { refusalOf } from './database-refusal.ts';
import type { Connection } from './pool.ts';

/**
 * Asks a function of schema `softlaunch` that answers with one value. One statement, so one transaction; the name is never input.
 *
 * @throws the classes of `database-refusal.ts`; zod's error when the answer has another shape.
 */
export async function callFunction<S extends z.ZodType>(connection: Connection, name: string, schema: S, values: readonly unknown[]) {
  const places = values.map((_, index) => `$${index + 1}`).join(', ');
  const rows = await queryRows(connection, `select softlaunch.${name}(${places}) as answer`, values);
  return schema.parse(rows[0]?.answer);
}

/** Sends one statement; errors of our functions come as our classes. */
export async function queryRows(connection: Connection, sql: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
  try {
    const { rows } = await connection.query<Record<string, unknown>>(sql, [...values]);
    return rows;
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Epoch milliseconds as PostgreSQL reads an instant. */
export function instant(at: number): string {
  return new Date(at).toISOString();
}

/** JSON for a parameter; an array given as it is would become a PostgreSQL array. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}
