import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { carpool } from '../plan/carpool.ts';
import { type CarpoolDatabase, carpoolDatabase, flag, flagRows, flagsOn, openLaunch, startLaunch } from './carpool-database.ts';

let product: CarpoolDatabase;

beforeAll(async () => {
  product = await carpoolDatabase();
});
beforeEach(() => product.reset());
afterAll(() => product?.close());

const sql = (text: string) => product.pool.query(text);
const four = ['fair_matching', 'multi_community', 'reliability_scoring_v2', 'smart_route_matching'];

test('nothing is ever turned on: a flag that was on before and off by hand since stays off', async () => {
  await sql(
    `update feature_flags set is_enabled = true where flag_name in ('fair_matching', 'smart_route_matching', 'reliability_scoring_v2')`,
  );
  const { rollBack } = await openLaunch(product.pool);
  await sql(`update feature_flags set is_enabled = false where flag_name = 'reliability_scoring_v2'`);
  const answer = await rollBack();
  expect(answer).toMatchObject({
    turnedOff: ['multi_community', 'smart_route_matching'],
    alreadyOff: ['reliability_scoring_v2'],
    leftOn: [{ what: 'fair_matching', why: 'it was on before the launch' }],
  });
  expect(await flagsOn(product.pool)).toEqual(['fair_matching']);
});

test('settings that were NULL are NULL again, also after two changes', async () => {
  await sql(`update feature_flags set metadata = null where flag_name = 'fair_matching'`);
  const { change, rollBack } = await startLaunch(product.pool);
  await change([{ kind: 'flag', key: 'fair_matching', on: true, settings: { weight_reliability: 0.15 } }]);
  await change([{ kind: 'flag', key: 'fair_matching', settings: { weight_distance: 0.5 } }]);
  expect((await rollBack()).restored).toEqual(['fair_matching.weight_distance', 'fair_matching.weight_reliability']);
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: null });
});

test('settings that were JSON null in a column that takes no NULL are JSON null again', async () => {
  await sql(`update feature_flags set metadata = 'null' where metadata is null or flag_name = 'fair_matching'`);
  await sql('alter table feature_flags alter metadata set not null');
  const { rollBack } = await openLaunch(product.pool);
  const answer = await rollBack().finally(() => sql('alter table feature_flags alter metadata drop not null'));
  expect([answer.turnedOff, answer.notRestored]).toEqual([four, []]);
  expect((await sql(`select metadata::text from feature_flags where flag_name = 'fair_matching'`)).rows).toEqual([{ metadata: 'null' }]);
});

test('settings changed by hand since are kept, and told with their value', async () => {
  const { rollBack } = await openLaunch(product.pool);
  await sql(`update feature_flags set metadata = '{"weight_reliability": 0.9}' where flag_name = 'fair_matching'`);
  await sql(`update feature_flags set metadata = '{}' where flag_name = 'reliability_scoring_v2'`);
  expect((await rollBack()).notRestored).toEqual([
    { what: 'fair_matching.weight_reliability', why: 'somebody changed it by hand to 0.9' },
    { what: 'reliability_scoring_v2.new_user_threshold', why: 'somebody changed it by hand to nothing' },
  ]);
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: { weight_reliability: 0.9 } });
});

test('settings tuned several times go back to what was there before the launch', async () => {
  const { change, rollBack } = await openLaunch(product.pool);
  for (const weight of [0.2, 0.25]) await change([{ kind: 'flag', key: 'fair_matching', settings: { weight_reliability: weight } }]);
  await rollBack('feature:smart matching');
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: { weight_reliability: '0.30' } });
});

test('a flag that two features use goes off with the second of them, and the answer says so', async () => {
  const shared = { on: ['multi_community', 'fair_matching'], off: ['multi_community'], settings: {} };
  const { rollBack } = await openLaunch(product.pool, { features: { ...carpool().features, communities: shared } });
  const first = await rollBack('feature:smart matching');
  const needs = 'another feature needs its flag';
  expect(first.leftOn).toEqual([{ what: 'fair_matching', why: 'another feature needs it' }]);
  expect(first.notRestored).toEqual([{ what: 'fair_matching.weight_reliability', why: needs }]);
  expect((await rollBack('feature:communities')).turnedOff).toEqual(['fair_matching', 'multi_community']);
  expect(await flagRows(product.pool, 'feature_flags')).toEqual(await flagRows(product.pool, 'kept_flags'));
});

test('a product of quite other types comes back as it was', async () => {
  await sql(`create schema "Ops";
    create table "Ops"."Flags" (id integer primary key, "isOn" boolean, config json not null);
    insert into "Ops"."Flags" values (1, null, '{"b":1,  "a":2}'), (2, null, '{"weight":"heavy"}');
    create table "Ops"."Tenants" (id uuid primary key, name text, config json);
    insert into "Ops"."Tenants" values ('00000000-0000-0000-0000-000000000001', 'One', null)`);
  const flags = { table: 'Ops.Flags', key: 'id', on: 'isOn', settings: 'config' };
  const communities = {
    table: 'Ops.Tenants',
    key: 'id',
    name: 'name',
    settings: 'config',
    eligible: {},
    inLaunch: { setting: 'in', is: 'yes' },
  };
  const features = { it: { on: ['1', '2'], off: ['1'], settings: {} } };
  const more = { product: { flags, communities }, features, guards: {}, phases: [] };
  const rows = async () => (await sql(`select f::text, t::text from "Ops"."Flags" f cross join "Ops"."Tenants" t order by f.id`)).rows;
  const { change, rollBack } = await startLaunch(product.pool, more);
  const tenant = '00000000-0000-0000-0000-000000000001';
  const outcome = await change([
    { kind: 'flag', key: '1', on: true },
    { kind: 'flag', key: '2', on: true, settings: { weight: 0.5 } },
    { kind: 'communities', in: true },
  ]);
  expect(outcome).toMatchObject({ outcome: 'applied', opened: 1 });
  expect(await rollBack()).toMatchObject({ turnedOff: ['1', '2'], restored: ['2.weight'] });
  expect(await rollBack(`community:${tenant}`)).toMatchObject({ turnedOff: [tenant] });
  expect(await rows()).toEqual([
    { f: '(1,f,"{""b"":1,  ""a"":2}")', t: `(${tenant},One,)` },
    { f: '(2,f,"{""weight"": ""heavy""}")', t: `(${tenant},One,)` },
  ]);
});

test('a product whose flags have no settings is turned on and off all the same', async () => {
  const { flags, communities } = carpool().product;
  const { settings: _, ...bare } = flags;
  const features = { communities: { on: ['multi_community'], off: ['multi_community'], settings: {} } };
  const { change, rollBack } = await startLaunch(product.pool, { product: { flags: bare, communities }, features });
  const on = { kind: 'flag', key: 'multi_community', on: true } as const;
  expect(await change([{ ...on, settings: { limit: 3 } }])).toMatchObject({ outcome: 'refused', why: 'no settings' });
  expect(await change([on])).toMatchObject({ outcome: 'applied' });
  expect(await rollBack()).toMatchObject({ turnedOff: ['multi_community'], restored: [] });
});
