import { placeholdersOf } from '../domain/announcement.ts';
import type { Plan } from '../domain/plan.ts';
import { announcementUses } from './check-announcements.ts';
import type { Finding } from './lint-plan.ts';
import { formatPath } from './plan-error.ts';

/** Announcements that nobody will get, and updates that are spoken of without a promise that they come. */
export function lintAnnouncements(plan: Plan): readonly Finding[] {
  const sent = new Set(announcementUses(plan).map(({ name }) => name));
  return Object.entries(plan.announcements).flatMap(([name, { says, promises }]): Finding[] => {
    const where = formatPath(['announcements', name]);
    const unsent: Finding[] = sent.has(name) ? [] : [{ severity: 'warning', where, sentence: 'is announced nowhere' }];
    if (!placeholdersOf(says).includes('next update') || promises.some(({ what }) => what === 'next update')) return unsent;
    const sentence = 'speaks of the {next update} and promises none: write promises: { next update: 30m }, or it reads [next update]';
    return [...unsent, { severity: 'warning', where, sentence }];
  });
}
