import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NotKnown, OrderInvalid } from '../../src/database/database-refusal.ts';
import { findDrift } from '../../src/database/drift.ts';
import { readJournal } from '../../src/database/journal.ts';
import { endLaunch } from '../../src/database/launch-record.ts';
import { listRollbacks, settleRollback } from '../../src/database/rollback.ts';
import {
  type CarpoolDatabase,
  carpoolDatabase,
  communitiesIn,
  communitySettings,
  flag,
  flagRows,
  flagsOn,
  morning,
  openLaunch,
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
const four = ['fair_matching', 'multi_community', 'reliability_scoring_v2', 'smart_route_matching'];

test('the launch: every flag goes off, every setting is what it was, communities are left alone', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  expect(await rollBack()).toEqual({
    commandId: 'rollback-2',
    scope: 'launch',
    fence: 1,
    turnedOff: four,
    alreadyOff: [],
    restored: ['fair_matching.weight_reliability', 'reliability_scoring_v2.new_user_threshold'],
    leftOn: [],
    notRestored: [],
    stillOn: [],
    repeated: false,
  });
  expect(await flagRows(product.pool, 'feature_flags')).toEqual(await flagRows(product.pool, 'kept_flags'));
  expect(await communitiesIn(product.pool)).toEqual(['riverside']);
  expect(await findDrift(product.pool, launch)).toEqual([]);
  expect((await readJournal(product.pool, launch)).at(-1)).toMatchObject({
    kind: 'rollback',
    scope: 'launch',
    actor: 'omar',
    summary: 'seats are overbooked',
    detail: { turnedOff: four, role: 'postgres' },
  });
});

test('a feature: its flags go off and its settings back, the other feature stays on', async () => {
  const { rollBack } = await openLaunch(product.pool);
  const answer = await rollBack('feature:smart matching');
  expect(answer.turnedOff).toEqual(['fair_matching', 'reliability_scoring_v2', 'smart_route_matching']);
  expect(await flagsOn(product.pool)).toEqual(['multi_community']);
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: { weight_reliability: '0.30' } });
});

test('a community: it alone goes out, and its settings are what they were', async () => {
  await sql(`update communities set settings = '{"pilot_phase": "invited", "theme": "blue"}' where slug = 'riverside'`);
  const { change, rollBack } = await openLaunch(product.pool);
  await change([{ ...riversideIn, key: 'lakeside' }]);
  expect(await rollBack('community:riverside')).toMatchObject({ turnedOff: ['riverside'], alreadyOff: [], stillOn: [] });
  expect(await communitySettings(product.pool, 'riverside')).toEqual({ pilot_phase: 'invited', theme: 'blue' });
  expect([await communitiesIn(product.pool), await flagsOn(product.pool)]).toEqual([['lakeside'], four]);
});

test('what a community set for itself meanwhile is kept', async () => {
  const { rollBack } = await openLaunch(product.pool);
  await sql(`update communities set settings = settings || '{"theme": "green"}' where slug = 'riverside'`);
  await rollBack('community:riverside');
  expect(await communitySettings(product.pool, 'riverside')).toEqual({ theme: 'green' });
});

test('a community that somebody put in by hand is turned off too', async () => {
  const { rollBack } = await startLaunch(product.pool);
  await sql(`update communities set settings = '{"pilot_phase": "active"}' where slug = 'hillside'`);
  expect(await rollBack('community:hillside')).toMatchObject({ turnedOff: ['hillside'] });
  expect(await communitiesIn(product.pool)).toEqual([]);
});

test('the same command twice has one effect and one answer, whatever happened in between', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  const first = await rollBack('launch', { commandId: 'cmd-1' });
  await sql(`update feature_flags set is_enabled = true where flag_name = 'fair_matching'`);
  expect(await rollBack('launch', { commandId: 'cmd-1', reason: 'another reason' })).toEqual({ ...first, repeated: true });
  expect(await flagsOn(product.pool)).toEqual(['fair_matching']);
  expect(await listRollbacks(product.pool, launch)).toHaveLength(1);
  await expect(rollBack('feature:communities', { commandId: 'cmd-1' })).rejects.toThrow(OrderInvalid);
});

test('twenty orders at once: one command once, twenty commands twenty times, and the flags are off', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  const same = await Promise.all(Array.from({ length: 20 }, () => rollBack('launch', { commandId: 'panic' })));
  expect(same.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(new Set(same.map(({ fence }) => fence))).toEqual(new Set([1]));
  const others = await Promise.all(Array.from({ length: 20 }, (_, n) => rollBack(n % 2 ? 'launch' : 'feature:communities')));
  expect(new Set(others.map(({ fence }) => fence)).size).toBe(20);
  expect(others.every(({ turnedOff, stillOn }) => turnedOff.length + stillOn.length === 0)).toBe(true);
  expect(await readJournal(product.pool, launch, { kinds: ['rollback'] })).toHaveLength(21);
  expect(await flagRows(product.pool, 'feature_flags')).toEqual(await flagRows(product.pool, 'kept_flags'));
});

describe('when the product interferes', () => {
  async function interfered(table: string, body: string, work: () => Promise<void>) {
    await sql(`create function interfere() returns trigger language plpgsql as $$ begin ${body} end $$;
      create trigger interfere before update on ${table} for each row execute function interfere()`);
    await work().finally(() => sql('drop function interfere cascade'));
  }

  test.each([
    ['swallows', 'if new.flag_name = $a$fair_matching$a$ then return null; end if; return new;', 'its table did not take the write'],
    [
      'refuses',
      'if new.flag_name = $a$fair_matching$a$ then raise $a$not today$a$; end if; return new;',
      'its table refused the write: not today',
    ],
  ])('a trigger that %s the write of one flag keeps no other flag on, and is told', async (_, body, why) => {
    const { launch, rollBack } = await openLaunch(product.pool);
    await interfered('feature_flags', body, async () => {
      const answer = await rollBack();
      expect(answer).toMatchObject({ stillOn: ['fair_matching'], notRestored: [{ what: 'fair_matching', why }] });
      expect(answer.turnedOff).toEqual(four.filter((key) => key !== 'fair_matching'));
      expect(answer.restored).toEqual(['reliability_scoring_v2.new_user_threshold']);
    });
    expect((await listRollbacks(product.pool, launch))[0]).toMatchObject({ state: 'stuck' });
    expect(await findDrift(product.pool, launch)).toContainEqual(
      expect.objectContaining({ key: 'fair_matching', what: 'turned on by hand' }),
    );
    expect(await rollBack()).toMatchObject({ turnedOff: ['fair_matching'], restored: ['fair_matching.weight_reliability'] });
    expect(await flagRows(product.pool, 'feature_flags')).toEqual(await flagRows(product.pool, 'kept_flags'));
  });

  test('a trigger that turns a flag on again after the write is found out', async () => {
    const { launch, rollBack } = await openLaunch(product.pool);
    await sql(`create function again() returns trigger language plpgsql as $$ begin
        update feature_flags set is_enabled = true where flag_name = new.flag_name; return null; end $$;
      create trigger again after update on feature_flags for each row when (not new.is_enabled and new.flag_name = 'fair_matching')
      execute function again()`);
    const answer = await rollBack().finally(() => sql('drop function again cascade'));
    expect(answer).toMatchObject({ stillOn: ['fair_matching'], turnedOff: four.slice(1) });
    expect((await listRollbacks(product.pool, launch))[0]?.state).toBe('stuck');
  });

  test('settings that cannot be restored keep no flag on', async () => {
    const { rollBack } = await openLaunch(product.pool);
    await sql(
      `alter table feature_flags add constraint numbers check (jsonb_typeof(metadata -> 'weight_reliability') = 'number') not valid`,
    );
    const answer = await rollBack().finally(() => sql('alter table feature_flags drop constraint numbers'));
    expect(answer).toMatchObject({ turnedOff: four, stillOn: [], restored: ['reliability_scoring_v2.new_user_threshold'] });
    expect(answer.notRestored).toEqual([{ what: 'fair_matching', why: expect.stringContaining('its table refused the write') }]);
    expect(await flagsOn(product.pool)).toEqual([]);
  });

  test('a community that cannot be taken out is still in, and said to be', async () => {
    const { launch, rollBack } = await openLaunch(product.pool);
    await interfered('communities', 'raise $a$not today$a$;', async () => {
      expect(await rollBack('community:riverside')).toMatchObject({ turnedOff: [], stillOn: ['riverside'] });
    });
    expect((await listRollbacks(product.pool, launch))[0]?.state).toBe('stuck');
  });

  test('a flag whose row is gone is told and keeps nothing else on', async () => {
    const { rollBack } = await openLaunch(product.pool);
    await sql(`delete from feature_flags where flag_name = 'fair_matching'`);
    expect(await rollBack()).toMatchObject({ turnedOff: four.slice(1), notRestored: [{ what: 'fair_matching', why: 'its row is gone' }] });
  });
});

test('an unknown scope names the known ones, and changes nothing', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  const known = `Launch "${launch}" has no scope "feature:smart-matching". It has "launch", "feature:communities", "feature:smart matching", and "community:<slug>".`;
  await expect(rollBack('feature:smart-matching')).rejects.toThrow(known);
  await expect(rollBack('community:riversid')).rejects.toThrow(`Launch "${launch}" has written: "community:riverside".`);
  await expect(rollBack('Launch')).rejects.toThrow(NotKnown);
  await expect(rollBack('launch', { launch: 'carpool' })).rejects.toThrow(`There is no launch "carpool". Known: "${launch}"`);
  expect([await flagsOn(product.pool), await listRollbacks(product.pool, launch)]).toEqual([four, []]);
});

test('an ended launch can be rolled back; settings of flags that another launch owns by now stay', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  await endLaunch(product.pool, { launch, outcome: 'completed', leave: 'on', actor: 'lead', reason: 'done', at: morning });
  await sql(`update communities set settings = '{}' where slug = 'riverside'`);
  const next = await startLaunch(product.pool);
  await next.change([{ kind: 'flag', key: 'fair_matching', settings: { weight_reliability: 0.25 } }]);
  const why = 'another launch owns its flag now';
  expect(await rollBack()).toMatchObject({
    turnedOff: four,
    restored: [],
    notRestored: [
      { what: 'fair_matching.weight_reliability', why },
      { what: 'reliability_scoring_v2.new_user_threshold', why },
    ],
  });
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: { weight_reliability: 0.25 } });
  expect(await findDrift(product.pool, next.launch)).toContainEqual({
    kind: 'flag',
    key: 'fair_matching',
    what: 'turned off by hand',
    expected: true,
    found: false,
  });
});

test('a rollback is ordered, then proven or stuck, and a stuck one can still be proven', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  await rollBack('launch', { commandId: 'cmd-1', at: morning + 5 });
  const settle = (state: 'restored' | 'stuck') =>
    settleRollback(product.pool, { launch, commandId: 'cmd-1', state, says: `It is ${state}.`, actor: 'softlaunch', at: morning + 9 });
  expect((await listRollbacks(product.pool, launch))[0]).toMatchObject({ state: 'ordered', settledAt: null, at: morning + 5 });
  expect([await settle('stuck'), await settle('stuck'), await settle('restored')]).toEqual([
    { state: 'stuck', repeated: false },
    { state: 'stuck', repeated: true },
    { state: 'restored', repeated: false },
  ]);
  expect((await listRollbacks(product.pool, launch))[0]).toMatchObject({ state: 'restored', settledAt: morning + 9 });
  const settlement = { launch, commandId: 'cmd-2', state: 'stuck', says: '', actor: 'me', at: morning } as const;
  await expect(settleRollback(product.pool, settlement)).rejects.toThrow('has no rollback with the command id "cmd-2"');
});

test('whoever leaves out reason, name and id in a hurry is obeyed all the same', async () => {
  const { launch } = await openLaunch(product.pool);
  await sql(`select softlaunch.roll_back('${launch}', 'community:riverside', 'double bookings', 'omar')`);
  await sql(`select softlaunch.roll_back('${launch}', 'launch', null, null, null, null)`);
  expect(await flagsOn(product.pool)).toEqual([]);
  expect((await listRollbacks(product.pool, launch))[0]).toMatchObject({ reason: 'no reason given', actor: 'postgres' });
});

test('with ten thousand communities in, a rollback writes the rows of the flags and no other', async () => {
  await sql(
    `insert into communities (id, name, slug, status) select gen_random_uuid(), 'Place ' || n, 'place-' || n, 'active' from generate_series(1, 10000) n`,
  );
  const { change, rollBack } = await openLaunch(product.pool);
  await change([{ kind: 'communities', in: true }]);
  const versions = async () => (await sql('select xmin::text, slug from communities order by slug')).rows;
  const before = await versions();
  expect(await rollBack()).toMatchObject({ turnedOff: four });
  expect(await versions()).toEqual(before);
});
