import { describe, expect, it } from 'vitest';
import { placeholdersKnown, placeholdersOf, renderAnnouncement } from '../../src/domain/announcement.ts';
import type { AnnouncementTemplate } from '../../src/domain/plan.ts';
import { carpool } from '../plan/carpool.ts';

const sentAt = Date.UTC(2026, 0, 12, 8);
const minutes = 60_000;

const template = (says: string, promises: AnnouncementTemplate['promises'] = []): AnnouncementTemplate => ({
  to: ['internal'],
  says,
  promises,
});
const says = (text: string, values: Readonly<Record<string, string>> = {}) => renderAnnouncement(template(text), values, sentAt).says;

function planned(name: string): AnnouncementTemplate {
  const found = carpool().announcements[name];
  if (!found) throw new Error(`The plan has no announcement ${name}.`);
  return found;
}

describe('an announcement of the plan', () => {
  it('tells an admin about their own community', () => {
    const { says: invitation } = renderAnnouncement(
      planned('pilot invitation'),
      { community: 'Riverside', channel: '#launch-updates' },
      sentAt,
    );
    expect(invitation).toMatch(/^We picked Riverside to try smart matching first\..*Tell us what you think: #launch-updates\.$/);
  });

  it('promises the next update in words and as an instant', () => {
    expect(renderAnnouncement(planned('all clear'), {}, sentAt)).toEqual({
      says: 'The launch is complete and every system is healthy. We keep watching. Next update in 24 h.',
      promises: [{ what: 'next update', dueAt: sentAt + 24 * 60 * minutes }],
    });
  });

  it('keeps a promise that its text does not repeat', () => {
    const { promises } = renderAnnouncement(
      planned('critical issue'),
      { issue: 'seats overbooked', scope: 'the launch', eta: '10:10' },
      sentAt,
    );
    expect(promises).toEqual([{ what: 'root cause', dueAt: sentAt + 24 * 60 * minutes }]);
  });

  it('asks for nothing but what is known somewhere', () => {
    const known: readonly string[] = Object.values(placeholdersKnown).flat();
    const asked = Object.values(carpool().announcements).flatMap((announcement) => placeholdersOf(announcement.says));
    expect(asked.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('a placeholder', () => {
  it.each([
    ['has its value', 'Rolling back {scope}.', { scope: 'the launch' }, 'Rolling back the launch.'],
    [
      'without a value stays visible',
      'Rolling back {scope}, done by {eta}.',
      { scope: 'the launch' },
      'Rolling back the launch, done by [eta].',
    ],
    ['with an empty value stays visible', 'About {issue}.', { issue: ' \n ' }, 'About [issue].'],
    ['may stand twice, and with spaces', '{issue}, I say: { issue }', { issue: 'seats' }, 'seats, I say: seats'],
    ['over a line break is the same', 'In {next\n  update}', { 'next update': '15 min' }, 'In 15 min'],
    ['is not looked for in a value', 'About {issue}.', { issue: '{scope} $& $1', scope: 'x' }, 'About {scope} $& $1.'],
    ['keeps its value to one line', 'About {issue}.', { issue: 'seats\n\nAll clear\u0007!' }, 'About seats All clear !.'],
    ['is no word that every object has', '{constructor} {__proto__}', {}, '[constructor] [__proto__]'],
    ['that is empty or never ends harms nothing', '{} {issue', { issue: 'x' }, '[] {issue'],
  ])('%s', (_, text, values: Readonly<Record<string, string>>, expected) => {
    expect(says(text, values)).toBe(expected);
  });

  it('for the next update is what is promised, whatever else is given; without a promise it is what is given', () => {
    const promising = template('Next update in {next update}.', [{ what: 'next update', withinMs: 30 * minutes }]);
    expect(renderAnnouncement(promising, { 'next update': 'a while' }, sentAt).says).toBe('Next update in 30 min.');
    expect(says('Next update in {next update}.', { 'next update': 'a while' })).toBe('Next update in a while.');
    expect(says('Next update in {next update}.')).toBe('Next update in [next update].');
  });
});
