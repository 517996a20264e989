import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyChange } from '../../src/database/change.ts';
import { listClaims } from '../../src/database/claim.ts';
import { NotKnown, OrderInvalid, WriteNotTaken } from '../../src/database/database-refusal.ts';
import { readJournal } from '../../src/database/journal.ts';
import {
  type CarpoolDatabase,
  carpoolDatabase,
  communitiesIn,
  communitySettings,
  everythingOn,
  flag,
  flagsOn,
  morning,
  startLaunch,
} from './carpool-database.ts';

let product: CarpoolDatabase;

beforeAll(async () => {
  product = await carpoolDatabase();
});
beforeEach(() => product.reset());
afterAll(() => product?.close());

const sql = (text: string) => product.pool.query(text);
const riversideIn = { kind: 'community', key: 'riverside', in: true } as const;
const fairOn = { kind: 'flag', key: 'fair_matching', on: true } as const;

/** Runs with a trigger of the product in the way. */
async function interfered<Answer>(table: string, body: string, work: () => Promise<Answer>): Promise<Answer> {
  await sql(`create function interfere() returns trigger language plpgsql as $$ begin ${body} end $$;
    create trigger interfere before update on ${table} for each row execute function interfere()`);
  try {
    return await work();
  } finally {
    await sql('drop function interfere cascade');
  }
}

test('a change writes all its rows, tells before and after, and is journalled with it', async () => {
  const { launch, change } = await startLaunch(product.pool);
  const outcome = await change([{ ...fairOn, settings: { weight_reliability: 0.15 } }, riversideIn]);
  expect(outcome).toEqual({
    outcome: 'applied',
    rows: [
      {
        kind: 'flag',
        key: 'fair_matching',
        before: { on: false, settings: { weight_reliability: '0.30' } },
        after: { on: true, settings: { weight_reliability: 0.15 } },
      },
      { kind: 'community', key: 'riverside', before: { in: false }, after: { in: true } },
    ],
    skipped: [],
    repeated: false,
  });
  expect(await communitiesIn(product.pool)).toEqual(['riverside']);
  expect((await readJournal(product.pool, launch)).at(-1)).toMatchObject({ kind: 'change', summary: 'Opened internal.' });
});

test('a setting is stored as a number, beside the settings that are there', async () => {
  await sql(
    `update feature_flags set metadata = '{"weight_reliability": "0.30", "note": {"kept": [1]}}' where flag_name = 'fair_matching'`,
  );
  const { change } = await startLaunch(product.pool);
  await change([{ ...fairOn, settings: { weight_reliability: 0.15, fresh: 1e-7 } }]);
  const { rows } = await product.pool.query(`select jsonb_typeof(metadata -> 'weight_reliability') as type from feature_flags
    where flag_name = 'fair_matching'`);
  expect(rows).toEqual([{ type: 'number' }]);
  expect(await flag(product.pool, 'fair_matching')).toEqual({
    on: true,
    settings: { weight_reliability: 0.15, fresh: 1e-7, note: { kept: [1] } },
  });
});

test.each(['null', "'null'", "'{}'"])('settings that are %s take a setting', async (nothing) => {
  await sql(`update feature_flags set metadata = ${nothing} where flag_name = 'multi_community'`);
  const { change } = await startLaunch(product.pool);
  await change([{ kind: 'flag', key: 'multi_community', on: true, settings: { limit: 3 } }]);
  expect(await flag(product.pool, 'multi_community')).toEqual({ on: true, settings: { limit: 3 } });
});

test('twenty callers with one operation key write once and get one answer', async () => {
  const { launch, change } = await startLaunch(product.pool);
  const answers = await Promise.all(Array.from({ length: 20 }, () => change(everythingOn, { operationKey: 'open internal' })));
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, repeated: true }))).size).toBe(1);
  expect(await readJournal(product.pool, launch, { kinds: ['change'] })).toHaveLength(1);
});

test('a refusal is remembered too: the same key never succeeds later by surprise', async () => {
  const { change } = await startLaunch(product.pool);
  const misspelt = [{ kind: 'flag', key: 'fair_maching', on: true }] as const;
  const refused = await change(misspelt, { operationKey: 'once' });
  await sql("insert into feature_flags values ('fair_maching', false, null)");
  expect(await change(misspelt, { operationKey: 'once' })).toEqual({ ...refused, repeated: true });
});

test('one operation key with other rows is a mistake', async () => {
  const { change } = await startLaunch(product.pool);
  await change([fairOn], { operationKey: 'once' });
  await expect(change([riversideIn], { operationKey: 'once' })).rejects.toThrow(OrderInvalid);
  await expect(change([fairOn], { operationKey: 'once', scope: 'feature:communities' })).rejects.toThrow(OrderInvalid);
});

describe('all or nothing', () => {
  test.each([
    [
      'no such row',
      { kind: 'flag', key: 'smart_rout_matching', on: true },
      'There is no flag "smart_rout_matching" in public.feature_flags.',
    ],
    ['no such row', { kind: 'community', key: 'riversid', in: true }, 'There is no community "riversid" in public.communities.'],
    ['not owned', { kind: 'flag', key: 'cross_community_visibility', on: true }, /is not among the flags of launch "carpool-\d+"/],
    [
      'not eligible',
      { kind: 'community', key: 'old-mill', in: true },
      'Community "old-mill" may not take part: it has not status = active.',
    ],
  ] as const)('%s', async (why, row, says) => {
    const { launch, change } = await startLaunch(product.pool);
    const outcome = await change([fairOn, riversideIn, row]);
    expect(outcome).toMatchObject({ outcome: 'refused', why, says: expect.stringMatching(says) });
    expect([await flagsOn(product.pool), await communitiesIn(product.pool)]).toEqual([[], []]);
    expect((await readJournal(product.pool, launch)).at(-1)).toMatchObject({ kind: 'change refused' });
    expect((await listClaims(product.pool, launch)).filter(({ kind }) => kind === 'community')).toHaveLength(2);
  });

  test.each([
    ['flags that do not take the write', 'feature_flags', 'return null;'],
    ['flags whose switch is turned back', 'feature_flags', 'new.is_enabled := false; return new;'],
    ['flags whose settings are dropped', 'feature_flags', "new.metadata := '{}'; return new;"],
    ['communities that do not take the write', 'communities', 'return null;'],
    ['communities whose marker is dropped', 'communities', "new.settings := '{}'; return new;"],
  ])('%s undo everything', async (_, table, body) => {
    const { launch, change } = await startLaunch(product.pool);
    const rows = [...everythingOn, riversideIn];
    await expect(interfered(table, body, () => change(rows, { operationKey: 'open' }))).rejects.toThrow(WriteNotTaken);
    expect([await flagsOn(product.pool), await communitiesIn(product.pool)]).toEqual([[], []]);
    expect(await readJournal(product.pool, launch)).toHaveLength(1);
    expect(await change(rows, { operationKey: 'open' })).toMatchObject({ outcome: 'applied', repeated: false });
  });

  test('a duplicate row is refused rather than written twice', async () => {
    const { change } = await startLaunch(product.pool);
    await sql('alter table feature_flags drop constraint feature_flags_pkey');
    await sql("insert into feature_flags values ('fair_matching', false, null)");
    const outcome = await change(everythingOn);
    await product.reset();
    await sql('alter table feature_flags add primary key (flag_name)');
    expect(outcome).toMatchObject({ outcome: 'refused', why: 'not unique' });
  });

  test.each(['[]', '"words"', '3'])('settings that are %s are not written over', async (settings) => {
    const { change } = await startLaunch(product.pool);
    await sql(`update feature_flags set metadata = '${settings}' where flag_name = 'fair_matching'`);
    await sql(`update communities set settings = '${settings}' where slug = 'riverside'`);
    expect(await change([{ ...fairOn, settings: { a: 1 } }])).toMatchObject({ why: 'no settings' });
    expect(await change([riversideIn])).toMatchObject({ why: 'no settings' });
    expect(await communitySettings(product.pool, 'riverside')).toEqual(JSON.parse(settings));
  });
});

test.each([
  { kind: 'flag', key: 'fair_matching', on: 'yes' },
  { kind: 'flag', key: 'fair_matching', settings: { weight_reliability: '0.15' } },
  { kind: 'flag', key: 'fair_matching', settings: { weight_reliability: null } },
  { kind: 'flag', key: 'fair_matching' },
  { kind: 'flag', on: true },
  { kind: 'community', key: 'riverside', in: 1 },
  { kind: 'communities', in: false },
  { kind: 'table', key: 'profiles' },
])('is no change: %j', async (row) => {
  const { launch } = await startLaunch(product.pool);
  const order = [launch, 'key', 0, 'launch', JSON.stringify([row]), 'me', 'why', new Date(morning)];
  await expect(product.pool.query('select softlaunch.apply_change($1, $2, $3, $4, $5, $6, $7, $8)', order)).rejects.toMatchObject({
    code: 'SL005',
  });
});

test('a row that is named twice, and a launch nobody knows, are mistakes', async () => {
  const { change } = await startLaunch(product.pool);
  await expect(change([fairOn, fairOn])).rejects.toThrow(OrderInvalid);
  await expect(change([fairOn], { launch: 'carpool' })).rejects.toThrow(NotKnown);
});

test('a manual off of a flag or a community is never overwritten', async () => {
  const { change } = await startLaunch(product.pool);
  await change([...everythingOn, riversideIn]);
  await sql("update feature_flags set is_enabled = false where flag_name = 'fair_matching'");
  await sql("update communities set settings = settings - 'pilot_phase' where slug = 'riverside'");
  expect(await change(everythingOn)).toMatchObject({ outcome: 'refused', why: 'turned off by hand' });
  expect(await change([riversideIn])).toMatchObject({ outcome: 'refused', why: 'turned off by hand' });
  expect(await change([{ kind: 'communities', in: true }])).toMatchObject({ skipped: [{ what: 'riverside', why: 'turned off by hand' }] });
  expect([(await flag(product.pool, 'fair_matching'))?.on, (await communitiesIn(product.pool)).includes('riverside')]).toEqual([
    false,
    false,
  ]);
});

test('a flag that was on before and is turned off by hand before the first write stays off', async () => {
  await sql("update feature_flags set is_enabled = true where flag_name = 'fair_matching'");
  const { change } = await startLaunch(product.pool);
  await sql("update feature_flags set is_enabled = false where flag_name = 'fair_matching'");
  expect(await change(everythingOn)).toMatchObject({ outcome: 'refused', why: 'turned off by hand' });
});

test('everyone: ten thousand eligible communities go in by one change, without those that were rolled back', async () => {
  await sql(`insert into communities (id, name, slug, status, settings)
    select gen_random_uuid(), 'Place ' || n, 'place-' || n, case when n % 10 = 0 then 'paused' else 'active' end, '{"theme": "blue"}'
    from generate_series(1, 10000) n`);
  const { launch, change, rollBack } = await startLaunch(product.pool);
  await rollBack('community:place-1');
  await sql(`update communities set settings = '[]' where slug = 'place-2'`);
  const outcome = await change([{ kind: 'communities', in: true }], { fence: 1 });
  expect(outcome).toMatchObject({ outcome: 'applied', opened: 9000 - 2 + 17, skipped: [{ what: 'place-1', why: 'rolled back' }] });
  expect(await communitiesIn(product.pool)).toHaveLength(9015);
  expect(await communitySettings(product.pool, 'place-3')).toEqual({ theme: 'blue', pilot_phase: 'active' });
  expect((await listClaims(product.pool, launch)).filter(({ kind }) => kind === 'community')).toHaveLength(9015);
});

test('a change that cannot have the rows says who locks them', async () => {
  const { launch, change } = await startLaunch(product.pool);
  const holder = await product.pool.connect();
  await holder.query("begin; update feature_flags set metadata = metadata where flag_name = 'fair_matching'");
  const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid');
  await expect(change(everythingOn)).rejects.toMatchObject({ name: 'RowLocked', pids: [rows[0]?.pid] });
  await holder.query('rollback');
  holder.release();
  expect(
    await applyChange(product.pool, {
      launch,
      operationKey: 'again',
      fence: 0,
      scope: 'launch',
      rows: everythingOn,
      actor: 'me',
      reason: 'again',
      at: morning,
    }),
  ).toMatchObject({ outcome: 'applied' });
});
