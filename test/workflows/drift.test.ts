import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { communitiesIn, flag, flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

test('a flag turned off by hand is taken as a rollback of its feature, within one look, and never turned on again', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await world.pool.query("update feature_flags set is_enabled = false where flag_name = 'smart_route_matching'");
  const { state } = await launch.until('adopted', (now) => now.state.featuresOff.length > 0, 2 * hour);
  expect(state.featuresOff).toEqual(['smart matching']);
  expect(state.partRollbacks['feature:smart matching']).toMatchObject({
    by: 'somebody',
    reason: 'The flag smart_route_matching was turned off by hand',
  });
  expect(state).toMatchObject({ holds: [], rollback: null });
  await launch.reach('expansion');
  expect(await flagsOn(world.pool)).toEqual(['multi_community']);
});

test('a community taken out by hand has left the launch', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await world.pool.query("update communities set settings = settings - 'pilot_phase' where slug = 'riverside'");
  const { state } = await launch.until('adopted', (now) => now.state.communities.riverside?.state === 'rolled back', 2 * hour);
  expect(state.communities.riverside?.why).toBe('The community riverside was turned off by hand');
  await world.pass(4 * hour);
  expect(await communitiesIn(world.pool)).toEqual(['internal']);
});

const edits = [
  {
    what: 'a community put in by hand',
    sql: `update communities set settings = jsonb_build_object('pilot_phase', 'active') where slug = 'old-mill'`,
    says: 'The community old-mill was turned on by hand',
  },
  {
    what: 'a changed setting',
    sql: `update feature_flags set metadata = jsonb_set(metadata, '{weight_reliability}', '0.35') where flag_name = 'fair_matching'`,
    says: 'The setting fair_matching.weight_reliability was changed by hand',
  },
  {
    what: 'a deleted row',
    sql: `delete from feature_flags where flag_name = 'reliability_scoring_v2'`,
    says: 'The row of flag reliability_scoring_v2 was deleted',
  },
  {
    what: 'a guard that was changed',
    sql: `update feature_flags set is_enabled = true where flag_name = 'cross_community_visibility'`,
    says: 'The guarded flag cross_community_visibility was changed by hand',
  },
] as const;

test.for(edits)('$what holds the launch and pages until a person chooses', async ({ sql, says }) => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await world.pool.query(sql);
  const { state } = await launch.until('held', (now) => now.state.holds.length > 0, 2 * hour);
  expect(state.holds).toMatchObject([{ by: 'softlaunch', reason: says, source: 'drift' }]);
  expect(state.rollback).toBe(null);
  const pages = (await launch.journal('page')).filter(({ summary }) => summary.includes(says));
  expect(pages.length).toBe(1);
  await world.pass(6 * hour);
  expect((await launch.status()).state.phase).toBe('internal');
  expect((await launch.journal('page')).filter(({ summary }) => summary.includes(says)).length).toBe(1);
});

test('a setting changed by hand is kept when a person resumes, and expected from then on', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await world.pool.query(
    `update feature_flags set metadata = jsonb_set(metadata, '{weight_reliability}', '0.35') where flag_name = 'fair_matching'`,
  );
  await launch.until('held', (now) => now.state.holds.length > 0, 2 * hour);
  expect(await launch.say('resume', {})).toMatchObject({ accepted: true });
  await world.pass(3 * hour);
  expect((await launch.status()).state).toMatchObject({ holds: [], drift: [] });
  expect((await launch.journal('drift adopted')).length).toBe(1);
  expect((await flag(world.pool, 'fair_matching'))?.settings).toEqual({ weight_reliability: 0.35 });
});

test('a flag turned on by hand before its phase holds the launch', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pre-launch');
  await world.pool.query("update feature_flags set is_enabled = true where flag_name = 'multi_community'");
  const { state } = await launch.until('held', (now) => now.state.holds.length > 0, 2 * hour);
  expect(state.holds[0]?.reason).toBe('The flag multi_community was turned on by hand');
});
