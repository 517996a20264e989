import { z } from 'zod';
import type { Connection } from './pool.ts';
import { complaintRow, repeatedRow } from './row-schemas.ts';
import { callFunction, instant, queryRows } from './sql-function.ts';

/** One complaint as support reported it. */
export type ComplaintRecord = Readonly<z.infer<typeof complaintRow>>;

/** Records a complaint once per `commandId`; `repeated` when it is there already. @throws NotKnown */
export function recordComplaint(
  connection: Connection,
  launch: string,
  complaint: Omit<ComplaintRecord, 'community'> & { readonly community?: string },
): Promise<{ readonly repeated: boolean }> {
  const { commandId, reporter, issue, community, severity, text, at } = complaint;
  return callFunction(connection, 'record_complaint', repeatedRow, [
    launch,
    commandId,
    reporter,
    issue,
    community ?? null,
    severity,
    text,
    instant(at),
  ]);
}

/** Complaints from `since` on (epoch milliseconds), of one community when it is given, in their order. */
export async function listComplaints(
  connection: Connection,
  launch: string,
  options: { readonly since?: number; readonly community?: string } = {},
): Promise<readonly ComplaintRecord[]> {
  const sql = `select command_id as "commandId", reporter, issue_key as issue, community, severity, text, at from softlaunch.complaint
    where launch = $1 and at >= $2 and ($3::text is null or community = $3) order by at, recorded_at`;
  return z.array(complaintRow).parse(await queryRows(connection, sql, [launch, instant(options.since ?? 0), options.community ?? null]));
}
