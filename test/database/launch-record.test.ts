import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listClaims } from '../../src/database/claim.ts';
import { ClaimHeld, LaunchRefused, NotKnown, WriteNotTaken } from '../../src/database/database-refusal.ts';
import { readJournal } from '../../src/database/journal.ts';
import {
  endLaunch,
  type LaunchEnd,
  listLaunches,
  loadLaunch,
  loadPlanRecord,
  readBack,
  registerLaunch,
} from '../../src/database/launch-record.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { carpool, carpoolText } from '../plan/carpool.ts';
import {
  type CarpoolDatabase,
  carpoolDatabase,
  communitiesIn,
  everythingOn,
  flag,
  flagsOn,
  morning,
  planNamed,
  registrationOf,
  startLaunch,
} from './carpool-database.ts';

let product: CarpoolDatabase;

beforeAll(async () => {
  product = await carpoolDatabase();
});
beforeEach(() => product.reset());
afterAll(() => product?.close());

const register = (plan: Plan, more = {}) => registerLaunch(product.pool, registrationOf(plan, more));
const end = (launch: string, leave: 'on' | 'off', more: Partial<LaunchEnd> = {}) =>
  endLaunch(product.pool, { launch, outcome: 'completed', leave, actor: 'lead', reason: 'all is well', at: morning + 1000, ...more });

/** The problems for which a plan is refused. */
async function problemsOf(plan: Plan): Promise<readonly string[]> {
  const error = await register(plan).catch((refusal: unknown) => refusal);
  if (error instanceof LaunchRefused) return error.problems;
  throw new Error(`It was not refused: ${String(error)}`);
}

function mapped(change: {
  flags?: Partial<Plan['product']['flags']>;
  communities?: Partial<Plan['product']['communities']>;
}): Plan['product'] {
  const { flags, communities } = carpool().product;
  return { flags: { ...flags, ...change.flags }, communities: { ...communities, ...change.communities } };
}

test('the plan of the strategy starts, and what it was started with can be read', async () => {
  const registered = await register(planNamed('first'));
  expect(registered).toEqual({ launch: 'first', fence: 0, startedAt: morning, repeated: false });
  const record = await loadLaunch(product.pool, 'first');
  expect(record).toMatchObject({ planHash: 'hash of first', workflowId: 'launch/first', startedAt: morning, endedAt: null, fence: 0 });
  expect(await loadPlanRecord(product.pool, 'hash of first')).toEqual({ plan: planNamed('first'), source: carpoolText });
  expect(await readJournal(product.pool, 'first')).toMatchObject([{ seq: 1, kind: 'launch', actor: 'lead', at: morning }]);
});

test('a launch owns its flags one by one, its named communities, and the table of communities', async () => {
  await register(planNamed('owner'));
  const claims = (await listClaims(product.pool, 'owner')).map(({ kind, key }) => `${kind} ${key}`);
  expect(claims).toEqual([
    'communities ',
    'community internal',
    'community riverside',
    'flag fair_matching',
    'flag multi_community',
    'flag reliability_scoring_v2',
    'flag smart_route_matching',
  ]);
});

test('registering turns nothing on', async () => {
  await register(planNamed('still'));
  expect(await flagsOn(product.pool)).toEqual([]);
  expect(await communitiesIn(product.pool)).toEqual([]);
});

test('every missing row is named at once, with the rows there are', async () => {
  await product.pool.query("delete from feature_flags where flag_name in ('fair_matching', 'cross_community_visibility')");
  await product.pool.query("update feature_flags set flag_name = 'multi-community' where flag_name = 'multi_community'");
  const [pilot, ...others] = carpool().phases.filter(({ name }) => name === 'pilot');
  const phases = [{ ...(pilot ?? expect.fail()), audience: { kind: 'communities', communities: ['riversid'] } as const }, ...others];
  const has = 'in public.feature_flags; it has multi-community, reliability_scoring_v2, smart_route_matching.';
  expect(await problemsOf(planNamed('gaps', { phases }))).toEqual([
    `There is no flag "cross_community_visibility" ${has}`,
    `There is no flag "fair_matching" ${has}`,
    `There is no flag "multi_community" ${has}`,
    expect.stringMatching(/^There is no community "riversid" in public\.communities; it has central-station, .*riverside/),
  ]);
});

test('every table, column and type that does not fit is named at once', async () => {
  const flags = { table: 'public.feature_flag' };
  const communities = { name: 'title', settings: 'status', eligible: { state: 'active' } };
  expect(await problemsOf(planNamed('unmapped', { product: mapped({ flags, communities }) }))).toEqual([
    'Column status of public.communities is of type text; it must be jsonb or json.',
    'Table public.communities has no column state.',
    'Table public.communities has no column title.',
    'There is no table public.feature_flag.',
  ]);
});

test('a table of softlaunch itself is no product', async () => {
  const flags = { table: 'softlaunch.launch', key: 'id', on: 'ended_at' };
  expect(await problemsOf(planNamed('snake', { product: mapped({ flags }) }))).toEqual(['softlaunch.launch is no table of a product.']);
});

test('a flag that stands twice, a violated guard and a community that is in already are refused together', async () => {
  await product.pool.query('alter table feature_flags drop constraint feature_flags_pkey');
  await product.pool.query("insert into feature_flags values ('fair_matching', false, '{}')");
  await product.pool.query("update feature_flags set is_enabled = true where flag_name = 'cross_community_visibility'");
  await product.pool.query(`update communities set settings = '{"pilot_phase": "active"}' where slug in ('lakeside', 'mill-lane')`);
  const problems = await problemsOf(planNamed('untidy'));
  await product.reset();
  await product.pool.query('alter table feature_flags add primary key (flag_name)');
  expect(problems).toEqual([
    'Flag "fair_matching" stands 2 times in public.feature_flags; it must be there once.',
    'Flag "cross_community_visibility" must stay off for the whole launch, and is on.',
    expect.stringMatching(/^Marked as in the launch before it began: lakeside, mill-lane\. The first flag would open them at once\./),
  ]);
});

test('a refused launch leaves nothing behind', async () => {
  await product.pool.query("delete from feature_flags where flag_name = 'fair_matching'");
  await problemsOf(planNamed('gone'));
  expect(await loadLaunch(product.pool, 'gone')).toBeUndefined();
  expect(await loadPlanRecord(product.pool, 'hash of gone')).toBeUndefined();
  expect(await listClaims(product.pool)).toEqual([]);
});

test('fifty callers at once start one launch and get the same answer', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => register(planNamed('crowd'))));
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(new Set(answers.map(({ startedAt, fence }) => `${startedAt} ${fence}`)).size).toBe(1);
  expect(await readJournal(product.pool, 'crowd')).toHaveLength(1);
});

test('of two launches at once that want one flag, one starts and the other hears who owns it', async () => {
  const results = await Promise.allSettled([register(planNamed('left')), register(planNamed('right'))]);
  const winner = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.launch] : []));
  const [refusal, ...more] = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
  expect([winner.length, more.length]).toEqual([1, 0]);
  expect(refusal).toBeInstanceOf(ClaimHeld);
  expect(refusal).toMatchObject({ owner: winner[0], kind: 'community', key: 'internal' });
});

test('the same launch under another version of its plan is refused', async () => {
  await register(planNamed('versions'));
  await expect(register(planNamed('versions'), { planHash: 'another' })).rejects.toThrow(
    'Launch "versions" is running under another version of its plan (hash of vers). End it first, or give the new one another id.',
  );
});

test('a launch that shares no flag still cannot have the same communities', async () => {
  await register(planNamed('first-half'));
  await product.pool.query("insert into feature_flags values ('other_flag', false, null)");
  const phases = carpool().phases.map((phase) => ({ ...phase, audience: { kind: 'everyone' } as const }));
  const features = { other: { on: ['other_flag'], off: ['other_flag'], settings: {} } };
  await expect(register(planNamed('second-half', { features, phases, guards: {} }))).rejects.toThrow(
    'The table of communities public.communities is owned by launch "first-half", which is running.',
  );
});

test('a flag that a running launch guards cannot be launched, nor the other way round', async () => {
  await register(planNamed('guarding'));
  const visible = { on: ['cross_community_visibility'], off: ['cross_community_visibility'], settings: {} };
  const change = planNamed('opening', { features: { visible }, guards: {}, phases: [] });
  await expect(register(change)).rejects.toThrow(
    'Flag "cross_community_visibility" of public.feature_flags is guarded by launch "guarding"',
  );
  const guards = { fair_matching: false };
  await expect(register(planNamed('watching', { features: { visible }, guards, phases: [] }))).rejects.toMatchObject({ owner: 'guarding' });
});

test('ending off turns back flags and communities, and releases every claim', async () => {
  const { launch, change } = await startLaunch(product.pool);
  await change([...everythingOn, { kind: 'community', key: 'riverside', in: true }]);
  const answer = await end(launch, 'off', { outcome: 'abandoned' });
  expect(answer).toMatchObject({ outcome: 'abandoned', endedAt: morning + 1000, communitiesOut: 1, stillOn: [], repeated: false });
  expect(answer.turnedOff).toEqual(['fair_matching', 'multi_community', 'reliability_scoring_v2', 'smart_route_matching']);
  expect([await flagsOn(product.pool), await communitiesIn(product.pool), await listClaims(product.pool)]).toEqual([[], [], []]);
  expect(await flag(product.pool, 'fair_matching')).toEqual({ on: false, settings: { weight_reliability: '0.30' } });
});

test('ending on leaves everything as it is, and another launch may follow', async () => {
  const { launch, change } = await startLaunch(product.pool);
  await change(everythingOn);
  expect(await end(launch, 'on')).toMatchObject({ turnedOff: [], communitiesOut: 0 });
  expect(await flagsOn(product.pool)).toHaveLength(4);
  expect(await register(planNamed('follower'))).toMatchObject({ launch: 'follower', repeated: false });
});

test('ending twice has one effect and one answer; an ended id is not started again', async () => {
  const { launch, change } = await startLaunch(product.pool);
  await change(everythingOn);
  const first = await end(launch, 'off', { outcome: 'cancelled' });
  expect(await end(launch, 'on', { at: morning + 9000 })).toEqual({ ...first, repeated: true });
  const again = registerLaunch(product.pool, registrationOf(planNamed(launch)));
  await expect(again).rejects.toThrow(`Launch "${launch}" ended as cancelled on 2026-01-11. Give the new one another id.`);
});

test('a launch whose flags do not go off does not end and keeps its claims', async () => {
  const { launch, change } = await startLaunch(product.pool);
  await change(everythingOn);
  await product.pool.query(`create function stay_on() returns trigger language plpgsql as $$ begin return null; end $$;
    create trigger stay_on before update on feature_flags for each row when (old.flag_name = 'fair_matching') execute function stay_on()`);
  const ending = await end(launch, 'off').catch((error: unknown) => error);
  await product.pool.query('drop function stay_on cascade');
  expect(ending).toBeInstanceOf(WriteNotTaken);
  expect(await flagsOn(product.pool)).toHaveLength(4);
  expect(await listClaims(product.pool, launch)).not.toEqual([]);
});

test('what stands in the product can be read back, and unknown launches name the known ones', async () => {
  const { launch, change } = await startLaunch(product.pool);
  await change([...everythingOn, { kind: 'community', key: 'riverside', in: true }]);
  const found = await readBack(product.pool, launch);
  expect(found).toMatchObject({ communities: ['riverside'], communitiesIn: 1 });
  expect(found.flags.filter(({ on }) => on)).toHaveLength(4);
  const unknown = await readBack(product.pool, 'carpool').catch((error: unknown) => error);
  expect(unknown).toBeInstanceOf(NotKnown);
  expect((unknown as NotKnown).message).toContain(`There is no launch "carpool". Known: "${launch}"`);
  expect((await listLaunches(product.pool))[0]?.id).toBe(launch);
});
