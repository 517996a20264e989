import { describe, expect, test } from 'vitest';
import { interpretAnswer, readingOf, type ValueKind, windowOf } from '../../src/domain/reading.ts';

const prometheus = (...values: unknown[]) => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_700_000_000, value] })) },
});
const sample = 'data.result[0].value[1]';
const look = { at: 1_700_000_000_000, freshMs: 60_000 };

type Case = readonly [name: string, kind: ValueKind, path: string, raw: unknown];

const brokenRows: readonly Case[] = [
  ['no row', 'count', 'n', []],
  ['no row for a boolean', 'boolean', 'healthy', []],
  ['no row for a rate', 'rate', '', []],
  ['two rows', 'count', 'n', [{ n: 0 }, { n: 0 }]],
  ['two healthy rows', 'boolean', 'healthy', [{ healthy: true }, { healthy: true }]],
  ['an empty row', 'count', 'n', [{}]],
  ['a row that is null', 'count', 'n', [null]],
  ['a row that is a text', 'count', 'n', ['0']],
  ['another column', 'count', 'n', [{ m: 0 }]],
  ['a column in other case', 'boolean', 'healthy', [{ Healthy: true }]],
  ['nothing', 'count', 'n', undefined],
  ['null', 'count', 'n', null],
  ['null at the top', 'rate', '', null],
  ['a bare number', 'count', 'n', 0],
  ['a bare boolean', 'boolean', 'healthy', true],
  ['a bare text', 'boolean', 'healthy', 'healthy'],
];

const brokenCounts: readonly Case[] = [
  ['NULL', 'count', 'n', [{ n: null }]],
  ['undefined', 'count', 'n', [{ n: undefined }]],
  ['NaN', 'count', 'n', [{ n: Number.NaN }]],
  ['Infinity', 'count', 'n', [{ n: Number.POSITIVE_INFINITY }]],
  ['minus Infinity', 'count', 'n', [{ n: Number.NEGATIVE_INFINITY }]],
  ['a negative count', 'count', 'n', [{ n: -1 }]],
  ['half a thing', 'count', 'n', [{ n: 0.5 }]],
  ['more than can be counted exactly', 'count', 'n', [{ n: 2 ** 53 }]],
  ['a text column', 'count', 'n', [{ n: '0' }]],
  ['an empty text', 'count', 'n', [{ n: '' }]],
  ['a text with a fraction', 'count', 'n', [{ n: '0.97' }]],
  ['a bigint that nobody parsed', 'count', 'n', [{ n: 0n }]],
  ['false for none', 'count', 'n', [{ n: false }]],
  ['true for one', 'count', 'n', [{ n: true }]],
  ['a list', 'count', 'n', [{ n: [] }]],
  ['an object', 'count', 'n', [{ n: {} }]],
  ['a date', 'count', 'n', [{ n: new Date(0) }]],
  ['a list where one element has no count', 'count', 'v[*].count', { v: [{ count: 0 }, {}] }],
  ['a list where one count is NULL', 'count', 'v[*].count', { v: [{ count: 0 }, { count: null }] }],
  ['a list where one count is negative', 'count', 'v[*].count', { v: [{ count: 3 }, { count: -3 }] }],
  ['no list where one belongs', 'count', 'v[*].count', { v: { count: 0 } }],
  ['NULL where a list belongs', 'count', 'v[*].count', { v: null }],
  ['no list at all', 'count', 'v[*].count', {}],
  ['a sum beyond exact counting', 'count', 'v[*]', { v: [2 ** 53 - 1, 1] }],
  ['an index past the end', 'count', 'v[2]', { v: [0, 0] }],
  ['an inherited property', 'count', 'v.length', { v: [] }],
  ['an inherited method', 'boolean', 'constructor', {}],
  ['a prototype', 'count', '__proto__.n', {}],
  ['a path that is none', 'count', 'v[', { v: 0 }],
  ['a path with an empty step', 'count', 'a..b', { a: { b: 0 } }],
];

const brokenBooleans: readonly Case[] = [
  ['NULL', 'boolean', 'healthy', [{ healthy: null }]],
  ['1', 'boolean', 'healthy', [{ healthy: 1 }]],
  ['0', 'boolean', 'healthy', [{ healthy: 0 }]],
  ["'true'", 'boolean', 'healthy', [{ healthy: 'true' }]],
  ["'t'", 'boolean', 'healthy', [{ healthy: 't' }]],
  ['yes', 'boolean', 'healthy', { healthy: 'yes' }],
  ['an empty object', 'boolean', 'healthy', { healthy: {} }],
  ['true in a list', 'boolean', 'healthy', { healthy: [true] }],
  ['all of no checks', 'boolean', 'checks[*].ok', { checks: [] }],
  ['one check without an answer', 'boolean', 'checks[*].ok', { checks: [{ ok: true }, { ok: null }] }],
  ['an error beside it', 'boolean', 'healthy', { healthy: true, error: 'no such community' }],
  ['an empty error beside it', 'boolean', 'healthy', { healthy: true, error: '' }],
  ['an error of false beside it', 'boolean', 'healthy', { healthy: true, error: false }],
  ['errors beside it', 'boolean', 'healthy', { healthy: true, errors: [{ message: 'x' }] }],
  ['an error in the column', 'boolean', 'health.healthy', [{ health: { healthy: true, error: 'x' } }]],
  ['an error above the column', 'boolean', 'health.healthy', [{ error: 'x', health: { healthy: true } }]],
  ['an error in one of the checks', 'boolean', 'checks[*].ok', { checks: [{ ok: true }, { ok: true, error: 'timed out' }] }],
];

const brokenRates: readonly Case[] = [
  ['more successes than trials', 'rate', '', [{ successes: 2, trials: 1 }]],
  ['a success of no trials', 'rate', '', [{ successes: 1, trials: 0 }]],
  ['no trials column', 'rate', '', [{ successes: 0 }]],
  ['no successes column', 'rate', '', [{ trials: 10 }]],
  ['NULL successes, as sum() gives of no rows', 'rate', '', [{ successes: null, trials: 0 }]],
  ['NULL trials', 'rate', '', [{ successes: 0, trials: null }]],
  ['NaN trials', 'rate', '', [{ successes: 0, trials: Number.NaN }]],
  ['endless trials', 'rate', '', [{ successes: 10, trials: Number.POSITIVE_INFINITY }]],
  ['negative successes', 'rate', '', [{ successes: -1, trials: 10 }]],
  ['both negative', 'rate', '', [{ successes: -10, trials: -5 }]],
  ['a fraction of a success', 'rate', '', [{ successes: 9.5, trials: 10 }]],
  ['texts', 'rate', '', [{ successes: '95', trials: '100' }]],
  ['a ready-made share', 'rate', 'rate', [{ rate: 0.97 }]],
  ['a share as text', 'rate', 'rate', [{ rate: '0.97' }]],
  ['a list of no communities', 'rate', 'all[*]', { all: [] }],
  [
    'one impossible community that the sum would hide',
    'rate',
    'all[*]',
    {
      all: [
        { successes: 5, trials: 1 },
        { successes: 0, trials: 9 },
      ],
    },
  ],
  ['an error beside it', 'rate', '', { successes: 95, trials: 100, error: 'partial' }],
];

const brokenAges: readonly Case[] = [
  ['NULL, when it never happened', 'age', 'age', [{ age: null }]],
  ['NaN', 'age', 'age', [{ age: Number.NaN }]],
  ['minus Infinity', 'age', 'age', [{ age: Number.NEGATIVE_INFINITY }]],
  ['in the future', 'age', 'age', [{ age: -1 }]],
  ['an interval as text', 'age', 'age', [{ age: '00:10:00' }]],
  ['an instant as text', 'age', 'age', [{ age: '2026-01-11 10:00:00+00' }]],
  ['the ages of no jobs', 'age', 'jobs[*].age', { jobs: [] }],
  ['one job that never ran', 'age', 'jobs[*].age', { jobs: [{ age: 5 }, { age: null }] }],
];

const brokenPrometheus: readonly Case[] = [
  ['no series', 'count', sample, prometheus()],
  ['two series', 'count', sample, prometheus('0', '9')],
  ['NaN', 'count', sample, prometheus('NaN')],
  ['+Inf', 'count', sample, prometheus('+Inf')],
  ['a negative count', 'count', sample, prometheus('-1')],
  ['an empty text', 'count', sample, prometheus('')],
  ['a hexadecimal text', 'count', sample, prometheus('0x10')],
  ['a text with a unit', 'count', sample, prometheus('5s')],
  ['NULL', 'count', sample, prometheus(null)],
  ['2 for a boolean', 'boolean', sample, prometheus('2')],
  ['true for a boolean', 'boolean', sample, prometheus('true')],
  ['an error', 'count', sample, { status: 'error', errorType: 'timeout', error: 'query timed out', data: prometheus('0').data }],
  ['an error field beside data', 'count', sample, { ...prometheus('0'), error: 'x' }],
  [
    'a range',
    'count',
    'data.result[0].values[0][1]',
    { status: 'success', data: { resultType: 'matrix', result: [{ values: [[1, '0']] }] } },
  ],
  ['a text that only looks like it', 'count', sample, { status: 'ok', data: prometheus('0').data }],
  [
    'a sample older than its freshness',
    'count',
    sample,
    { status: 'success', data: { resultType: 'vector', result: [{ value: [1_699_999_939.9, '0'] }] } },
  ],
  ['a sample without a time', 'count', sample, { status: 'success', data: { resultType: 'vector', result: [{ value: [null, '0'] }] } }],
  ['a series that is null', 'count', sample, { status: 'success', data: { resultType: 'vector', result: [null] } }],
];

const broken: readonly Case[] = [...brokenRows, ...brokenCounts, ...brokenBooleans, ...brokenRates, ...brokenAges, ...brokenPrometheus];

describe('an answer that is not exactly what was asked for is unmeasured', () => {
  test('and at least 60 kinds of it are tried', () => expect(broken.length).toBeGreaterThanOrEqual(60));

  test.each(broken)('%s (%s at %j)', (_, kind, path, raw) => {
    const meant = interpretAnswer([{ path, kind }], raw, look);
    expect(meant).toEqual({ status: 'unmeasured', reason: expect.stringMatching(/^\S.*\.$/) });
  });

  test('and no text of the answer is in the reason', () => {
    const secret = 'lena@example.org';
    for (const raw of [
      secret,
      [secret],
      [{ n: secret }],
      { n: { secret } },
      { n: 0, error: secret },
      { n: [secret] },
      prometheus(secret),
    ]) {
      for (const path of ['n', sample]) expect(JSON.stringify(interpretAnswer([{ path, kind: 'count' }], raw))).not.toContain(secret);
    }
  });
});

describe('an answer that is what was asked for is measured', () => {
  const good: readonly (readonly [ValueKind, string, unknown, unknown])[] = [
    ['boolean', 'healthy', [{ healthy: true }], true],
    ['boolean', 'healthy', { healthy: false }, false],
    ['boolean', 'healthy', { healthy: true, error: null, errors: [] }, true],
    ['boolean', 'checks[*].ok', { checks: [{ ok: true }, { ok: false }] }, { successes: 1, trials: 2 }],
    ['count', 'n', [{ n: 0 }], 0],
    ['count', 'n', [{ n: -0 }], 0],
    ['count', 'n', [{ n: 2 ** 53 - 1 }], 2 ** 53 - 1],
    ['count', 'counts.seats', { counts: { seats: 4 } }, 4],
    ['count', 'violations[*].count', { violations: [{ count: 2 }, { count: 3 }] }, 5],
    ['count', 'violations[*].count', { violations: [] }, 0],
    ['count', '[1].n', [{ n: 1 }, { n: 2 }], 2],
    ['count', '[*].n', [{ n: 1 }, { n: 2 }], 3],
    ['rate', '', [{ successes: 95, trials: 100 }], { successes: 95, trials: 100 }],
    ['rate', '', [{ successes: 0, trials: 0 }], { successes: 0, trials: 0 }],
    ['rate', 'bookings', { bookings: { successes: 1, trials: 1, other: 'x' } }, { successes: 1, trials: 1 }],
    [
      'rate',
      'all[*]',
      {
        all: [
          { successes: 1, trials: 2 },
          { successes: 3, trials: 3 },
        ],
      },
      { successes: 4, trials: 5 },
    ],
    ['age', 'age', [{ age: 0.25 }], 0.25],
    ['age', 'jobs[*].age', { jobs: [{ age: 5 }, { age: 50 }] }, 50],
    ['count', sample, prometheus('3'), 3],
    ['count', sample, prometheus('1e2'), 100],
    ['boolean', sample, prometheus('1'), true],
    ['boolean', sample, prometheus('0'), false],
    ['count', 'data.result[*].value[1]', prometheus('3', '4'), 7],
    ['age', 'data.result[1]', { status: 'success', data: { resultType: 'scalar', result: [1_700_000_000, '12.5'] } }, 12.5],
    ['count', sample, { status: 'success', data: { resultType: 'vector', result: [{ value: [1_699_999_940, '0'] }] } }, 0],
  ];

  test.each(good)('%s at %j', (kind, path, raw, value) => {
    expect(interpretAnswer([{ path, kind }], raw, look)).toEqual({ status: 'measured', answer: { [path]: value } });
  });

  test('and only what was declared crosses over', () => {
    const row = { healthy: true, violations: 0, email: 'lena@example.org', rows: [{ name: 'Lena' }] };
    const meant = interpretAnswer([{ path: 'healthy', kind: 'boolean' }], [row]);
    expect(meant).toEqual({ status: 'measured', answer: { healthy: true } });
  });

  test('and one bad value hides neither the others nor itself', () => {
    const wants = [
      { path: 'healthy', kind: 'boolean' },
      { path: 'violations', kind: 'count' },
    ] as const;
    const meant = interpretAnswer(wants, [{ healthy: false, violations: null }]);
    expect(meant).toEqual({
      status: 'measured',
      answer: { healthy: false },
      gaps: { violations: 'violations is null where a number belongs.' },
    });
  });

  test('but a value that is wanted as two kinds and is only one of them counts as neither', () => {
    const wants = [
      { path: 'n', kind: 'age' },
      { path: 'n', kind: 'count' },
    ] as const;
    expect(interpretAnswer(wants, [{ n: 0.5 }])).toMatchObject({ status: 'unmeasured' });
  });

  test('and nothing asked is nothing measured', () => expect(interpretAnswer([], [{ n: 1 }])).toMatchObject({ status: 'unmeasured' }));
});

test('a probe that gave no answer makes an unmeasured reading with its reason', () => {
  const reading = readingOf({ answered: false, reason: 'There was no answer within 5 s.' }, [{ path: 'n', kind: 'count' }], {
    probe: 'seats',
    scope: 'launch',
    ...look,
  });
  expect(reading).toEqual({
    probe: 'seats',
    scope: 'launch',
    at: look.at,
    status: 'unmeasured',
    reason: 'There was no answer within 5 s.',
  });
});

test('a look asks only about what is older than the lag, and never backwards', () => {
  expect(windowOf({ lagMs: 1_000 }, { since: 5_000, at: 9_000 })).toEqual({ since: 5_000, until: 8_000 });
  expect(windowOf({ lagMs: 1_000 }, { since: 5_000, at: 5_500 })).toEqual({ since: 5_000, until: 5_000 });
});
