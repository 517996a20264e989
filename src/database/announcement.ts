import { z } from 'zod';
import type { Connection } from './pool.ts';
import { announcementRow, repeatedRow } from './row-schemas.ts';
import { callFunction, instant, json, queryRows } from './sql-function.ts';

/** What was said to whom, and what it promised by when (`dueAt`, epoch milliseconds). */
export type AnnouncementRecord = Readonly<z.infer<typeof announcementRow>>;

/** Records an announcement once per `entryKey`; `repeated` when it is there already. @throws NotKnown */
export function recordAnnouncement(
  connection: Connection,
  launch: string,
  announcement: Omit<AnnouncementRecord, 'community'> & { readonly community?: string },
): Promise<{ readonly repeated: boolean }> {
  const { entryKey, template, audience, community, says, at, promises } = announcement;
  const values = [launch, entryKey, template, audience, community ?? null, says, instant(at), json(promises)];
  return callFunction(connection, 'record_announcement', repeatedRow, values);
}

/** In the order they were made. */
export async function listAnnouncements(connection: Connection, launch: string): Promise<readonly AnnouncementRecord[]> {
  const sql = `select entry_key as "entryKey", template, audience, community, says, at, promises from softlaunch.announcement
    where launch = $1 order by at, recorded_at`;
  return z.array(announcementRow).parse(await queryRows(connection, sql, [launch]));
}
