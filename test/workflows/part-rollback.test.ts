import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LaunchState } from '../../src/domain/launch.ts';
import { communitiesIn, flag, flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld, type TestLaunch } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

const restored = (launch: TestLaunch, scope: string) =>
  launch.until(`${scope} proven off`, ({ state }) => state.partRollbacks[scope]?.state === 'restored', 12 * hour);

/** Up to the expansion, with its first wave of two open. */
async function expanding(): Promise<{ readonly launch: TestLaunch; readonly joined: readonly string[] }> {
  const launch = await world.start(brisk);
  await launch.reach('expansion');
  const { state } = await launch.until('the first wave open', (now) => open(now.state).length === 4, 3 * hour);
  const joined = Object.values(state.communities).filter(({ phase }) => phase === 'expansion');
  return { launch, joined: joined.map(({ slug }) => slug) };
}

const open = ({ communities }: { readonly communities: Readonly<Record<string, { readonly state: string }>> }) =>
  Object.values(communities).filter(({ state }) => state === 'open');

test('a community that is rolled back leaves; the others go on, and its place is not filled', async () => {
  const { launch, joined } = await expanding();
  const [gone = '', other = ''] = joined;
  await launch.say('rollback', { scope: `community:${gone}`, by: 'ops' });
  expect(await communitiesIn(world.pool)).toEqual(['internal', 'riverside', other].sort());
  expect((await flagsOn(world.pool)).length).toBe(4);
  await restored(launch, `community:${gone}`);
  const { state } = await launch.until('all waves joined', (now) => now.state.wavesJoined === 3);
  expect(state.rollback).toBe(null);
  const { state: later } = await launch.until('everybody in', (now) => open(now.state).length === 11);
  expect(later.communities[gone]).toMatchObject({ state: 'rolled back', why: 'as agreed' });
  expect(await communitiesIn(world.pool)).not.toContain(gone);
  await launch.reach('general-availability');
  expect(await communitiesIn(world.pool)).not.toContain(gone);
});

test('a community that was rolled back joins again when a decider admits it, and nobody else can', async () => {
  const { launch, joined } = await expanding();
  const [gone = ''] = joined;
  await launch.say('rollback', { scope: `community:${gone}`, by: 'ops' });
  await restored(launch, `community:${gone}`);
  expect(await launch.say('admit', { community: gone, admitted: true, by: 'support' })).toMatchObject({ accepted: false });
  expect(await communitiesIn(world.pool)).not.toContain(gone);
  expect(await launch.say('admit', { community: gone, admitted: true })).toEqual({ accepted: true, says: `${gone} joins again` });
  await launch.until('the community open', ({ state }) => state.communities[gone]?.state === 'open', 3 * hour);
  expect(await communitiesIn(world.pool)).toContain(gone);
  expect((await launch.journal('fence lifted')).map(({ scope }) => scope)).toEqual([`community:${gone}`]);
});

test('one community that fails is rolled back by itself, and it alone', async () => {
  const { launch, joined } = await expanding();
  const [failing = '', other = ''] = joined;
  await world.dials.set(`bookings/${failing}`, { successes: 60, trials: 100 });
  const { state } = await launch.until('a community less', (now) => now.state.communities[failing]?.state === 'rolled back');
  expect(state.communities[failing]?.why).toBe('booking works is missed');
  expect(state.communities[other]?.state).toBe('open');
  expect(state.rollback).toBe(null);
  await restored(launch, `community:${failing}`);
  expect(await communitiesIn(world.pool)).toEqual(['internal', 'riverside', other].sort());
});

test('a community that somebody rolled back by SQL has left within one look, and nothing is turned off twice', async () => {
  const { launch, joined } = await expanding();
  const [gone = ''] = joined;
  await world.pool.query('select softlaunch.roll_back($1, $2, $3, $4)', [
    launch.id,
    `community:${gone}`,
    'their admin asked for it',
    'omar',
  ]);
  const { state } = await launch.until('adopted', (now) => now.state.communities[gone]?.state === 'rolled back', 3 * hour);
  expect(state.partRollbacks[`community:${gone}`]).toMatchObject({ by: 'omar', reason: 'their admin asked for it' });
  await restored(launch, `community:${gone}`);
  expect((await launch.journal('rollback')).length).toBe(1);
});

test('a feature that is rolled back goes off everywhere and stays off in later phases', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await launch.say('rollback', { scope: 'feature:smart matching', by: 'ops' });
  expect(await flagsOn(world.pool)).toEqual(['multi_community']);
  expect(await flag(world.pool, 'fair_matching')).toEqual({ on: false, settings: { weight_reliability: '0.30' } });
  const { state } = await restored(launch, 'feature:smart matching');
  expect(state).toMatchObject({ rollback: null, featuresOff: ['smart matching'], stage: 'running' });
  await launch.reach('pilot');
  expect(await flagsOn(world.pool)).toEqual(['multi_community']);
  expect(await communitiesIn(world.pool)).toContain('riverside');
});

/** The phase has begun again, and its features are on. */
function isBack({ rollback, opened }: LaunchState): boolean {
  return rollback === null && opened;
}

test('a rollback of the launch in the middle of a wave takes everybody out of effect, and all of them come back on resume', async () => {
  const { launch, joined } = await expanding();
  await launch.until('the second wave', ({ state }) => state.wavesJoined === 2);
  await launch.say('rollback', { scope: 'launch', by: 'ops' });
  expect(await flagsOn(world.pool)).toEqual([]);
  const { state: off } = await launch.until('proof', ({ state }) => state.rollback?.state === 'restored', 12 * hour);
  await launch.say('incident', { incident: off.incidents[0]?.id, close: true });
  await launch.say('resume', {});
  const { state } = await launch.until('all open again', (now) => isBack(now.state) && open(now.state).length === 7, 12 * hour);
  expect(state.wavesJoined).toBe(2);
  expect(Object.keys(state.communities)).toEqual(expect.arrayContaining([...joined]));
  expect((await flagsOn(world.pool)).length).toBe(4);
});

test('a community whose joining was under way when the launch was rolled back is kept out by the fence', async () => {
  const { launch, joined } = await expanding();
  await world.pool.query(`create function not_now() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
    create trigger not_now before update on communities for each row execute function not_now()`);
  await launch.until('the second wave joining', ({ state }) => Object.values(state.communities).some((one) => one.state === 'joining'));
  await launch.say('rollback', { scope: 'launch', by: 'ops' });
  await world.pool.query('drop trigger not_now on communities; drop function not_now()');
  await launch.until('proof', ({ state }) => state.rollback?.state === 'restored', 12 * hour);
  await world.pass(2 * hour);
  expect(await communitiesIn(world.pool)).toEqual(['internal', 'riverside', ...joined].sort());
  expect(await flagsOn(world.pool)).toEqual([]);
  const refused = (await launch.journal('change refused')).map(({ summary }) => summary);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every((summary) => summary.includes('launch was rolled back by ops'))).toBe(true);
});

test('a scope that does not exist is refused with those that do', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  const answer = await launch.say('rollback', { scope: 'feature:teleport' });
  expect(answer).toEqual({
    accepted: false,
    says: 'there is nothing called feature:teleport to roll back; there is launch, feature:smart matching, feature:communities, community:internal.',
  });
  expect((await flagsOn(world.pool)).length).toBe(4);
});
