import type { CalendarEntry } from '../../domain/calendar.ts';
import { type Clock, dayText, instantText, timeOfDayText } from './instant.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** What will happen when, a paragraph for each day. */
export function calendarText(entries: readonly CalendarEntry[], clock: Clock, paint: Paint): string {
  const days = new Map<string, CalendarEntry[]>();
  for (const entry of entries) {
    const day = dayText(entry.at, clock);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days].map(([day, those]) => `${paint.title(day)}\n${table(those.map((entry) => row(entry, clock, paint)))}`).join('\n\n');
}

function row(entry: CalendarEntry, clock: Clock, paint: Paint): readonly string[] {
  const latest =
    entry.kind === 'phase' && entry.latest !== undefined ? paint.faint(` (closes by ${instantText(entry.latest, clock)})`) : '';
  const what = entry.kind === 'phase' ? paint.good(entry.what) : entry.what;
  return [timeOfDayText(entry.at, clock), paint.faint(entry.kind), `${what}${latest}`];
}
