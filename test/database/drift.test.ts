import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listClaims } from '../../src/database/claim.ts';
import { NotKnown } from '../../src/database/database-refusal.ts';
import { type Adoption, adoptDrift, findDrift } from '../../src/database/drift.ts';
import { readJournal } from '../../src/database/journal.ts';
import { endLaunch } from '../../src/database/launch-record.ts';
import {
  type CarpoolDatabase,
  carpoolDatabase,
  communitiesIn,
  flag,
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
const adopt = (launch: string, adoption: Pick<Adoption, 'kind' | 'key'> & { readonly commandId?: string }) =>
  adoptDrift(product.pool, { launch, actor: 'lead', reason: 'support asked for it', commandId: 'adopt-1', at: morning, ...adoption });

const takeOut = "update communities set settings = settings - 'pilot_phase' where slug = 'riverside'";
const putIn = `update communities set settings = '{"pilot_phase": "active"}' where slug = 'hillside'`;
const fairOff = "update feature_flags set is_enabled = false where flag_name = 'fair_matching'";

test('what the launch wrote itself is no drift, nor what it does not own', async () => {
  const { launch } = await openLaunch(product.pool);
  await sql(`update feature_flags set metadata = metadata || '{"note": 1}' where flag_name = 'fair_matching'`);
  await sql(`insert into feature_flags values ('another_flag', true, null)`);
  await sql(`update communities set settings = settings || '{"theme": "blue"}', status = 'paused' where slug = 'riverside'`);
  expect(await findDrift(product.pool, launch)).toEqual([]);
});

test.each([
  ['a flag off', fairOff, { kind: 'flag', key: 'fair_matching', what: 'turned off by hand', expected: true, found: false }],
  [
    'a flag whose switch is NULL',
    "alter table feature_flags alter is_enabled drop not null; update feature_flags set is_enabled = null where flag_name = 'fair_matching'",
    { kind: 'flag', key: 'fair_matching', what: 'turned off by hand', expected: true, found: false },
  ],
  [
    'a setting',
    `update feature_flags set metadata = '{"weight_reliability": 0.4}' where flag_name = 'fair_matching'`,
    { kind: 'flag', key: 'fair_matching.weight_reliability', what: 'setting changed', expected: 0.15, found: 0.4 },
  ],
  [
    'a setting that became text',
    `update feature_flags set metadata = '{"weight_reliability": "0.15"}' where flag_name = 'fair_matching'`,
    { kind: 'flag', key: 'fair_matching.weight_reliability', what: 'setting changed', expected: 0.15, found: '0.15' },
  ],
  [
    'settings that were wiped',
    "update feature_flags set metadata = null where flag_name = 'fair_matching'",
    { kind: 'flag', key: 'fair_matching.weight_reliability', what: 'setting changed', expected: 0.15, found: null },
  ],
  [
    'a flag deleted',
    "delete from feature_flags where flag_name = 'fair_matching'",
    { kind: 'flag', key: 'fair_matching', what: 'row deleted', expected: { on: true }, found: null },
  ],
  [
    'a flag renamed',
    "update feature_flags set flag_name = 'fairer_matching' where flag_name = 'fair_matching'",
    { kind: 'flag', key: 'fair_matching', what: 'row deleted', expected: { on: true }, found: null },
  ],
  [
    'a guard violated',
    "update feature_flags set is_enabled = true where flag_name = 'cross_community_visibility'",
    { kind: 'flag', key: 'cross_community_visibility', what: 'guard violated', expected: false, found: true },
  ],
  [
    'a guard deleted',
    "delete from feature_flags where flag_name = 'cross_community_visibility'",
    { kind: 'flag', key: 'cross_community_visibility', what: 'row deleted', expected: false, found: null },
  ],
  ['a community taken out', takeOut, { kind: 'community', key: 'riverside', what: 'turned off by hand', expected: true, found: false }],
  ['a community put in', putIn, { kind: 'community', key: 'hillside', what: 'turned on by hand', expected: false, found: true }],
  [
    'a community renamed',
    "update communities set slug = 'riverbank' where slug = 'riverside'",
    { kind: 'community', key: 'riverside', what: 'row deleted', expected: true, found: null },
  ],
])('%s is noticed', async (_, byHand, drift) => {
  const { launch } = await openLaunch(product.pool);
  await sql(byHand);
  const found = await findDrift(product.pool, launch);
  await sql("update communities set slug = 'riverside' where slug = 'riverbank'");
  expect(found).toContainEqual(drift);
  expect(found).toHaveLength(drift.key === 'riverside' && drift.what === 'row deleted' ? 2 : 1);
});

test('a flag turned on before the launch wrote it is noticed', async () => {
  const { launch } = await startLaunch(product.pool);
  await sql("update feature_flags set is_enabled = true where flag_name = 'multi_community'");
  expect(await findDrift(product.pool, launch)).toEqual([
    { kind: 'flag', key: 'multi_community', what: 'turned on by hand', expected: false, found: true },
  ]);
});

test('a flag turned on again after a rollback is noticed, and the settings put back are no drift', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  await rollBack();
  await sql("update feature_flags set is_enabled = true where flag_name = 'fair_matching'");
  expect(await findDrift(product.pool, launch)).toMatchObject([{ key: 'fair_matching', what: 'turned on by hand' }]);
});

test('looking for drift writes nothing and waits for nobody', async () => {
  const { launch } = await openLaunch(product.pool);
  const holder = await product.pool.connect();
  await holder.query(`begin; ${fairOff}; select from softlaunch.launch for update`);
  expect(await findDrift(product.pool, launch)).toEqual([]);
  await holder.query('rollback');
  holder.release();
  await expect(findDrift(product.pool, 'carpool')).rejects.toThrow(NotKnown);
});

test('an adopted manual off is expected from then on, journalled, and may be turned on again by the launch', async () => {
  const { launch, change } = await openLaunch(product.pool);
  await sql(fairOff);
  expect(await adopt(launch, { kind: 'flag', key: 'fair_matching' })).toEqual({ adopted: true, repeated: false });
  expect(await adopt(launch, { kind: 'flag', key: 'fair_matching' })).toEqual({ adopted: true, repeated: true });
  expect(await findDrift(product.pool, launch)).toEqual([]);
  expect(await readJournal(product.pool, launch, { kinds: ['drift adopted'] })).toMatchObject([
    { actor: 'lead', summary: 'support asked for it', detail: { key: 'fair_matching', expected: true, found: false } },
  ]);
  expect(await change([{ kind: 'flag', key: 'fair_matching', on: true }])).toMatchObject({ outcome: 'applied' });
});

test('an adopted setting is undone by a rollback like one of the launch', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  await sql(`update feature_flags set metadata = '{"weight_reliability": 0.4}' where flag_name = 'fair_matching'`);
  expect(await adopt(launch, { kind: 'flag', key: 'fair_matching.weight_reliability' })).toMatchObject({ adopted: true });
  expect(await findDrift(product.pool, launch)).toEqual([]);
  expect((await rollBack()).notRestored).toEqual([]);
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: { weight_reliability: '0.30' } });
});

test('a removed setting that was adopted is not written back by a rollback', async () => {
  const { launch, rollBack } = await openLaunch(product.pool);
  await sql(`update feature_flags set metadata = '{}' where flag_name = 'fair_matching'`);
  await adopt(launch, { kind: 'flag', key: 'fair_matching.weight_reliability' });
  expect(await findDrift(product.pool, launch)).toEqual([]);
  await rollBack();
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: {} });
});

test('an adopted manual on of a flag goes off with the launch', async () => {
  const { launch, rollBack } = await startLaunch(product.pool);
  await sql("update feature_flags set is_enabled = true where flag_name = 'fair_matching'");
  await adopt(launch, { kind: 'flag', key: 'fair_matching' });
  expect((await rollBack()).turnedOff).toEqual(['fair_matching']);
  expect(await flagsOn(product.pool)).toEqual([]);
});

test('an adopted community is one of the launch: claimed, and taken out when it ends', async () => {
  const { launch } = await openLaunch(product.pool);
  await sql(putIn);
  await adopt(launch, { kind: 'community', key: 'hillside' });
  expect(await findDrift(product.pool, launch)).toEqual([]);
  expect(await listClaims(product.pool, launch)).toContainEqual(expect.objectContaining({ kind: 'community', key: 'hillside' }));
  await endLaunch(product.pool, { launch, outcome: 'abandoned', leave: 'off', actor: 'lead', reason: 'enough', at: morning });
  expect(await communitiesIn(product.pool)).toEqual([]);
});

test('nothing is adopted that is not there, a violated guard or a deleted row least of all', async () => {
  const { launch } = await openLaunch(product.pool);
  await sql("update feature_flags set is_enabled = true where flag_name = 'cross_community_visibility'");
  await sql("delete from feature_flags where flag_name = 'fair_matching'");
  for (const key of ['cross_community_visibility', 'fair_matching', 'multi_community', 'nothing']) {
    expect(await adopt(launch, { kind: 'flag', key, commandId: `adopt ${key}` })).toEqual({ adopted: false, repeated: false });
  }
  expect((await findDrift(product.pool, launch)).map(({ what }) => what)).toEqual(['guard violated', 'row deleted']);
});
