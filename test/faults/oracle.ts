import type pg from 'pg';
import { verifyJournal } from '../../src/database/journal.ts';

/** What a launch has done to the product, each effect as often as it happened; times and numbers left out. */
export interface Effects {
  readonly flags: readonly unknown[];
  readonly communities: readonly string[];
  readonly changes: readonly string[];
  readonly announcements: readonly string[];
  /** The first broken entry of the journal; null when it is whole. */
  readonly brokenAt: number | null;
}

/** Reads the effects back. A launch that met no fault and one that met many must have the same. */
export async function effectsOf(pool: pg.Pool, launch: string): Promise<Effects> {
  const list = async (sql: string) => (await pool.query<{ item: string }>(sql, [launch])).rows.map(({ item }) => item);
  const flags = await pool.query('select flag_name, is_enabled, metadata from feature_flags order by flag_name');
  return {
    flags: flags.rows,
    communities: await list(`select slug as item from communities where settings ->> 'pilot_phase' = 'active' and $1 <> '' order by slug`),
    changes: await list(
      `select scope || ' ' || operation_key || ' ' || (answer ->> 'outcome') as item from softlaunch.change where launch = $1 order by 1`,
    ),
    announcements: await list(`select entry_key as item from softlaunch.announcement where launch = $1 order by 1`),
    brokenAt: await verifyJournal(pool, launch),
  };
}

/** The product as it was before any launch. */
export async function resetProduct(pool: pg.Pool): Promise<void> {
  await pool.query(`update feature_flags set is_enabled = false, metadata = metadata - 'weight_reliability' - 'new_user_threshold';
    update communities set settings = settings - 'pilot_phase'`);
}
