import pg from 'pg';
import type { BoundSql } from '../domain/probe-sql.ts';

/** How much of an answer is read: it is cut off above `bytes`, for more would only fill our memory, and ends after `rows`. */
export interface AnswerLimits {
  readonly rows: number;
  readonly bytes: number;
}

const mebibyte = 1024 * 1024;

/** A probe answers with one row of numbers. Two rows already say that it does not. */
export const probeLimits: AnswerLimits = { rows: 2, bytes: mebibyte };

/** An answer was cut off because it is too large. The connection is gone with it. */
export class AnswerTooLarge extends Error {
  constructor({ bytes }: AnswerLimits) {
    super(`The answer is larger than ${bytes / mebibyte} MiB.`);
  }
}

/** A connection to PostgreSQL as the driver has it inside; its types leave these out. */
interface DriverConnection {
  sync(): void;
  readonly stream: NodeJS.ReadableStream & { destroy(): void };
}

/** Stops after the first rows; the driver itself would ask for the next ones until all were read. */
class FirstRowsQuery extends pg.Query {
  declare callback: (error: Error | null, result?: pg.QueryResult) => void;

  handlePortalSuspended(connection: DriverConnection): void {
    connection.sync();
  }

  /** PostgreSQL waits for a sync after refusing; the driver sends none when rows are counted, and the connection would hang. */
  handleError(error: Error, connection: DriverConnection): void {
    if ('severity' in error) connection.sync();
    this.callback(error);
  }
}

/**
 * Runs one statement in extended query mode, in which PostgreSQL refuses a second one, and reads its first rows. Throws what PostgreSQL said, or
 * `AnswerTooLarge`.
 */
export async function firstRows(
  client: pg.PoolClient,
  { text, values }: BoundSql,
  limits: AnswerLimits = probeLimits,
): Promise<readonly unknown[]> {
  const { stream } = (client as unknown as { readonly connection: DriverConnection }).connection;
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.bytes) stream.destroy();
  };
  stream.on('data', count);
  try {
    return await new Promise((resolve, reject) => {
      const config = { text, values: [...values], rows: limits.rows, queryMode: 'extended', types: { getTypeParser: parserOf } };
      const query = new FirstRowsQuery(config as unknown as string);
      query.callback = (error, result) => (error ? reject(error) : resolve(result?.rows ?? []));
      client.query(query);
    });
  } catch (error) {
    throw bytes > limits.bytes ? new AnswerTooLarge(limits) : error;
  } finally {
    stream.off('data', count);
  }
}

/** Numbers come as text from the driver, and so does text; only the column's type tells them apart, and only numbers may become numbers. */
function parserOf(type: number): (text: string) => unknown {
  const types = pg.types.builtins;
  switch (type) {
    case types.BOOL:
      return (text) => text === 't';
    case types.INT2:
    case types.INT4:
    case types.INT8:
    case types.FLOAT4:
    case types.FLOAT8:
      return Number;
    case types.NUMERIC:
      return numeric;
    case types.JSON:
    case types.JSONB:
      return JSON.parse;
    default:
      return (text) => text;
  }
}

/** A fraction too fine for a number would be rounded to a whole one, and pass for a count. */
function numeric(text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && /\.\d*[1-9]/.test(text) ? Number.NaN : value;
}
