import { describe, expect, it } from 'vitest';
import { changed, refusal, refusalAt } from './carpool.ts';

/** What is changed, into what (^^ marks where the problem is expected), and part of the sentence. */
const broken: readonly (readonly [string, string, string, string])[] = [
  // form
  ['launch: carpool-v2', 'lunch: carpool-v2', 'launch', 'is missing'],
  ['timezone: Europe/Berlin', 'timezone: Europe/Berlin\n^^timezones: 1', 'timezones', 'did you mean "timezone"?'],
  ['timezone: Europe/Berlin', 'timezone: ^^Europe/Berln', 'timezone', 'not a known zone'],
  ['launch: carpool-v2', 'launch: ^^Carpool V2', 'launch', 'small letters a to z'],
  ['launch: carpool-v2', 'launch: ^^c\u0430rpool-v2', 'launch', 'small letters a to z'],
  ['softlaunch: 1', 'softlaunch: ^^2', 'softlaunch', 'write softlaunch: 1'],
  ['communities: [riverside]', 'communities: [^^r\u0456verside]', 'phases > pilot > audience > communities > 1', 'small letters'],
  ['lasts: { at most: 24h }', 'lasts: { ^^at mots: 24h }', 'phases > pre-launch > lasts > at mots', 'did you mean "at most"?'],
  ['lasts: { at most: 24h }', 'lasts: { at most: ^^24 hours }', 'phases > pre-launch > lasts > at most', '"24 hours" is not a duration'],
  ['lasts: { at most: 24h }', 'lasts: { at most: ^^-24h }', 'phases > pre-launch > lasts > at most', '"-24h" is not a duration'],
  ['lasts: { at most: 24h }', 'lasts: { at most: ^^24 }', 'phases > pre-launch > lasts > at most', 'for example: 15m'],
  ['look every: 15m', 'look every: ^^0m', 'phases > pre-launch > look every', 'a duration above 0'],
  ['audience: nobody', 'audience: ^^noone', 'phases > pre-launch > audience', 'write nobody, or everyone, or { communities: [<slug>] }'],
  ['rate at least: 30%', 'rate at least: ^^30', 'criteria > matches taken > rate at least', '"30" is not a percentage'],
  ['rate at least: 30%', 'rate at least: ^^130%', 'criteria > matches taken > rate at least', 'from 0 to 100'],
  [
    'rate at least: 30%, from: 60 trials',
    'rate at least: 30%, from: ^^sixty trials',
    'criteria > matches taken > from',
    'for example: 60 trials',
  ],
  ['rides_per_week: 20 to 200', 'rides_per_week: ^^200 to 20', 'candidates > suited when > rides_per_week', 'for example: 20 to 200'],
  ['cross_community_visibility: off', 'cross_community_visibility: ^^never', 'guards > cross_community_visibility', 'is not a yes or no'],
  ['"14:00"', '^^"25:00"', 'phases > pilot > check in > at > 2', 'a time of day'],
  ['- isolated is missed', '- ^^isolated goes missing', 'phases > pilot > rolls back when > 2', '<criterion> is missed'],
  ['{ if not: page ops }', '{ if not: ^^call ops }', 'phases > pre-launch > passes when > healthy > if not', 'page <role>'],
  ['{ if not: page ops }', '{ }', 'phases > pre-launch > passes when > healthy > if not', 'what to do when the criterion is missed'],
  ['certainty: not breached', 'certainty: ^^breached', 'criteria > booking works > certainty', 'possible here: not breached, demonstrated'],
  ['value: healthy,    must be: true', 'value: healthy,    must be: true, at most: 0', 'criteria > healthy', 'has 2 targets'],
  ['table: public.feature_flags', 'table: ^^public.feature_flags; drop table x', 'product > flags > table', 'schema.name'],
  ['key: flag_name', 'key: ^^flag"name', 'product > flags > key', 'a column is written'],
  // SQL
  ['sql: select count from seat_mismatches', 'sql: ^^select 1; select 2', 'probes > seats > sql', 'is 2 statements'],
  ['sql: select count from seat_mismatches', 'sql: ^^select :cummunity as count', 'probes > seats > sql', 'did you mean "community"?'],
  [
    'repair seats: select repair_seats()',
    'repair seats: ^^select repair_seats(:community)',
    'repairs > repair seats',
    'no :parameters are given here',
  ],
  // names that lead nowhere
  ['{ probe: seats, ', '{ probe: ^^seat, ', 'criteria > seats match > probe', 'did you mean "seats"?'],
  ['run repair seats', '^^run repair seat', 'phases > internal > passes when > seats match > if not > 1', 'did you mean "repair seats"?'],
  [
    'no demo data:       { if not',
    '^^no demo date:       { if not',
    'phases > pre-launch > passes when > no demo date',
    'did you mean "no demo data"?',
  ],
  [
    'on opening: [launch tomorrow]',
    'on opening: [^^launch today]',
    'phases > pre-launch > announce > on opening > 1',
    'is no announcement',
  ],
  [
    'tell the admin: joining',
    'tell the admin: ^^joinning',
    'phases > expansion > each community > tell the admin',
    'did you mean "joining"?',
  ],
  ['owner: support }', 'owner: ^^suport }', 'phases > pre-launch > checklist > 4 > owner', 'did you mean "support"?'],
  [
    'features: [smart matching, communities]',
    'features: [^^smart match, communities]',
    'phases > internal > features > 1',
    'is no feature',
  ],
  [
    'isolated:          { if not: roll back that community }',
    'isolated:          { if not: ^^roll back smart maching }',
    'phases > pilot > each community > passes when > isolated > if not',
    'did you mean "smart matching"?',
  ],
  ['healthy share of: healthy,', 'healthy share of: ^^health,', 'review > metrics > Uptime > healthy share of', 'did you mean "healthy"?'],
  ['announce: [critical issue]', 'announce: [^^critical isue]', 'rollback > announce > 1', 'did you mean "critical issue"?'],
  ['announce: [issue noticed]', 'announce: [^^nobody knows]', 'decision matrix > P2 > announce > 1', 'is no announcement'],
  ['verify: [healthy]', 'verify: [^^healty]', 'rollback > verify > 1', 'did you mean "healthy"?'],
  ['verify: [healthy]', 'verify: [^^constructor]', 'rollback > verify > 1', 'is no criterion'],
  ['verify: [healthy]', 'verify: [healthy, ^^isolated]', 'rollback > verify > 2', 'asked of each community'],
  ['verify: [healthy]', 'verify: ^^[]', 'rollback > verify', 'name a criterion that must hold'],
  ['  done within: 10m', '  done within: ^^0m', 'rollback > done within', 'a duration above 0'],
  ['channel: "#launch-updates"', '^^channel: ""', 'channel', 'is empty'],
  ['  verify: [healthy]\n', '', 'rollback > verify', 'is missing'],
  // placeholders
  [
    'says: "Critical: {issue}.',
    'says: ^^"Critical: {isue}.',
    'announcements > critical issue > says',
    '{isue} is no placeholder; did you mean "issue"?',
  ],
  [
    'says: The launch is complete',
    'says: ^^For {community} it is complete',
    'announcements > all clear > says',
    '{community} has no value when a phase announces this; possible here: {title}',
  ],
  [
    'says: We noticed {issue}',
    'says: ^^By {eta} we fix {issue}',
    'announcements > issue noticed > says',
    '{eta} has no value when the decision matrix announces this',
  ],
  [
    'says: "Critical: {issue}.',
    'says: ^^"Critical, {severity}: {issue}.',
    'announcements > critical issue > says',
    '{severity} has no value when a rollback announces this',
  ],
  ['says: We noticed', 'says: ^^We { } noticed', 'announcements > issue noticed > says', '{} is no placeholder'],
  // contradictions
  [
    'no violations is missed\n      - isolated',
    '^^booking working is missed\n      - isolated',
    'phases > pilot > rolls back when > 1',
    'is no criterion',
  ],
  [
    'healthy: { for: 48h, if not: hold }',
    'healthy: { for: 48h, if not: hold }\n      ^^isolated: { if not: hold }',
    'phases > pilot > passes when > isolated',
    'put it under "each community"',
  ],
  [
    'isolated:          { if not: roll back that',
    '^^healthy: { if not: hold }\n        isolated:          { if not: roll back that',
    'phases > pilot > each community > passes when > healthy',
    'asked of the launch as a whole',
  ],
  [
    '- booking works is missed',
    '- ^^healthy is missed',
    'phases > expansion > each community > rolls back when > 2',
    'asked of the launch as a whole',
  ],
  [
    '{ for: 48h, if not: hold }',
    '{ for: 48h, if not: ^^roll back that community }',
    'phases > pilot > passes when > healthy > if not',
    'belongs under "each community"',
  ],
  [
    'fair_matching.weight_reliability: 0.20',
    '^^fair_matching.weight_reliabilty: 0.20',
    'settings > fair_matching.weight_reliabilty',
    'did you mean',
  ],
  [
    'fair_matching.weight_reliability: 0.20',
    'fair_matching.weight_reliability: ^^0.41',
    'settings > fair_matching.weight_reliability',
    '0.41 is outside 0.05 to 0.4',
  ],
  ['start: 0.15', 'start: ^^0.04', 'settings > fair_matching.weight_reliability > start', '0.04 is outside'],
  ['cross_community_visibility: off', '^^multi_community: off', 'guards > multi_community', 'switched by the feature "communities"'],
  ['off: [multi_community]', 'off: [^^fair_matching]', 'features > communities > off > 1', "not among the feature's on flags"],
  [
    'lasts: { at least: 4h, at most: 8h }',
    'lasts: { at least: ^^9h, at most: 8h }',
    'phases > internal > lasts > at least',
    'longer than at most: 8 h',
  ],
  [
    '{ for: 4h, if not: page ops }',
    '{ for: ^^9h, if not: page ops }',
    'phases > internal > passes when > healthy > for',
    'lasts at most 8 h',
  ],
  [
    '{ for: 5d, since: internal,',
    '{ for: ^^11d, since: internal,',
    'phases > expansion > passes when > healthy > for',
    'from internal on there are at most 10 d',
  ],
  [
    '{ for: 5d, since: internal,',
    '{ for: 5d, since: ^^general-availability,',
    'phases > expansion > passes when > healthy > since',
    'comes after this phase',
  ],
  ['{ after: 1d, add: 3 }', '{ after: ^^0d, add: 3 }', 'phases > expansion > audience > waves > 2 > after', 'not after the wave before it'],
  [
    'communities: [riverside]',
    'communities: [^^internal]',
    'phases > pilot > audience > communities > 1',
    'already joined in the phase internal',
  ],
  ['never: []', 'never: [riverside]', 'phases > pilot > audience > communities > 1', 'candidates > never'],
  [
    'decided by: { role: launch lead }',
    'decided by: { roles: [launch lead, ops], people: ^^3 }',
    'phases > pre-launch > decided by > people',
    'only 2 may',
  ],
  [
    '{ every: 15m, for: 4h }, { every: 1h, until: 24h }',
    '{ every: 15m, for: 4h }, ^^{ every: 1h, until: 3h }',
    'phases > expansion > each community > look > 2',
    'ends before it begins',
  ],
  ['{ every: 4h }]', '^^{ every: 4h, for: 9d }]', 'phases > expansion > each community > look > 3', 'the last step goes on'],
  [
    '  internal:\n    audience: { communities: [internal] }',
    '  internals:\n    audience: { communities: [internal] }',
    'phases > internal',
    'is missing',
  ],
  // YAML
  ['never: []', 'never: []\n  ^^never: []', 'candidates > never', 'written twice'],
  ['never: []', 'never: []\n  ^^__proto__: { a: 1 }', 'candidates > __proto__', 'not possible as a name'],
  ['never: []', 'never: []\n  ^^<<: { a: 1 }', 'candidates > <<', 'merging with <<'],
  ['start: 0.15', 'start: ^^.nan', 'start', '".nan" is not a number'],
  ['start: 0.15', 'start: ^^1e400', 'start', '"1e400" is not a number'],
  ['never: []', 'never: ^^*nobody', 'candidates > never', '*nobody names nothing'],
];

describe('a broken plan is refused in its place', () => {
  it.each(broken)('%s → %s', (original, replacement, path, fragment) => {
    const text = changed(original, replacement);
    const { message, place } = replacement.includes('^^') ? refusalAt(text) : { message: refusal(text).message, place: 'plan.yaml:' };
    const line = message
      .split('\n')
      .find((candidate) => candidate.startsWith(place) && candidate.includes(path) && candidate.includes(fragment));
    expect(line, `${place} … ${path}: … ${fragment}\n${message}`).toBeDefined();
  });

  it('says nothing but the one thing that is wrong', () => {
    const message = refusal(changed('lasts: { at most: 24h }', 'lasts: { at most: soon }')).message;
    expect(message).toMatch(
      /^plan\.yaml:\d+:23: phases > pre-launch > lasts > at most: "soon" is not a duration above 0; write a number with ms, s, m, h or d, for example: 15m$/,
    );
  });

  it('lists every problem, in the order of the file', () => {
    const text = changed('launch: carpool-v2', 'launch: Carpool')
      .replace('start: 0.15', 'start: much')
      .replace('audience: nobody', 'audience: noone');
    const { problems } = refusal(text);
    expect(problems.map(({ path }) => path)).toEqual([
      'launch',
      'features > smart matching > settings > fair_matching.weight_reliability > start',
      'phases > pre-launch > audience',
    ]);
  });

  it('refuses phases out of order, and a gate with nothing to pass', () => {
    const text = changed('    decided by: automatically\n', '    decided by: automatically\n');
    const pilot = /^ {2}pilot:\n[\s\S]*?(?=^ {2}expansion:)/m.exec(text)?.[0] ?? '';
    const moved = text.replace(pilot, '').replace('  internal:\n', () => `${pilot}  internal:\n`);
    expect(refusal(moved).message).toContain('phases > pilot: is out of order');
    const empty = changed('    passes when:\n      healthy: { if not: page ops }\n', '    passes when: {}\n');
    expect(refusal(empty).message).toContain('general-availability > passes when: is empty: a gate needs at least one criterion');
  });

  it('refuses a phase whose communities nobody watches', () => {
    expect(refusal(changed('    each community:\n      look every: 15m\n    decided by', '    decided by')).message).toContain(
      'phases > internal: is missing: each community',
    );
  });
});
