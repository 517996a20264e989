import { readCarpoolSql } from './sql-file.ts';

/** Whatever can send one statement: a client or a pool of `pg`. */
export interface CarpoolDatabase {
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The carpool product is already there, and installing it again would mix two histories. */
export class CarpoolAlreadyInstalled extends Error {
  constructor() {
    super('The carpool product is already installed in this database. Use it as it is, or install it into an empty database.');
    this.name = 'CarpoolAlreadyInstalled';
  }
}

/** Whether the database holds the carpool product's tables, in schema `public`. */
export async function isCarpoolInstalled(database: CarpoolDatabase): Promise<boolean> {
  const { rows } = await database.query("select to_regclass('public.ride_booking_attempts') is not null as installed");
  return (rows[0] as { installed: boolean }).installed;
}

/**
 * Creates the carpool product and loads its communities with four weeks of history, all or nothing.
 *
 * @throws CarpoolAlreadyInstalled when the product is there; nothing is changed then.
 */
export async function installCarpool(database: CarpoolDatabase): Promise<void> {
  if (await isCarpoolInstalled(database)) throw new CarpoolAlreadyInstalled();
  const [schema, data] = await Promise.all([readCarpoolSql('schema.sql'), readCarpoolSql('data.sql')]);
  // Sent as one message without parameters, PostgreSQL runs all statements in one transaction.
  await database.query(`${schema}\n${data}`);
}
