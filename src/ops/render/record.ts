import type { LaunchOverview } from '../launch-overview.ts';
import { agoText, type Clock } from './instant.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

const announcementsShown = 5;
const lineLength = 140;

/** The last announcements, with what they promise. */
export function announcementsText({ announcements }: LaunchOverview, { now }: Clock, paint: Paint): string {
  return table(
    announcements.slice(-announcementsShown).map(({ at, template, audience, community, says, promises }) => {
      const due = promises.map(({ what, dueAt }) => `${what} ${agoText(dueAt, now)}`).join(', ');
      return [
        agoText(at, now),
        `${template} to ${community ?? audience}`,
        `${shortened(says)}${due === '' ? '' : paint.warn(` [${due}]`)}`,
      ];
    }),
  );
}

/** The last entries of the journal. */
export function journalText({ journal }: LaunchOverview, { now }: Clock, paint: Paint): string {
  return table(
    journal.map(({ at, actor, kind, scope, summary }) => {
      const what = `${kind}${scope === 'launch' ? '' : ` of ${scope}`} by ${actor}`;
      return [agoText(at, now), paint.faint(what), shortened(summary)];
    }),
  );
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > lineLength ? `${line.slice(0, lineLength - 1)}…` : line;
}
