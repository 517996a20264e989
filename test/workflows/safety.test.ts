import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld, type TestLaunch } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

/** Where a breach may find a launch, and how it gets there. */
const standstills: Readonly<Record<string, (launch: TestLaunch) => Promise<unknown>>> = {
  'waits for a go': async (launch) => {
    await launch.reach('pilot');
    return launch.until('only the decision', ({ blockers }) => blockers.every(({ what }) => what === 'decision'));
  },
  'is held': async (launch) => {
    await launch.reach('pilot');
    return launch.say('hold', { by: 'ops' });
  },
  expands: async (launch) => {
    await launch.reach('expansion');
    return launch.until('the second wave', ({ state }) => state.wavesJoined === 2);
  },
  'has reached everyone': (launch) => launch.reach('general-availability'),
};

test.for(Object.keys(standstills))('an invariant violation rolls back a launch that %s, within one look', async (where) => {
  const launch = await world.start(brisk);
  await standstills[where]?.(launch);
  const { at } = await launch.status();
  await world.dials.set('invariants', { healthy: true, violations: 1 });
  const { state } = await launch.until('a rollback', (now) => now.state.rollback !== null, 4 * hour);
  expect((state.rollback?.at ?? 0) - at).toBeLessThanOrEqual(hour);
  await launch.until('proof of anything', (now) => now.state.rollback?.state !== 'ordered', 4 * hour);
  expect(await flagsOn(world.pool)).toEqual([]);
});

test('an isolation breach in the pilot rolls the launch back, also while it waits for a go', async () => {
  const launch = await world.start(brisk);
  await standstills['waits for a go']?.(launch);
  await world.dials.set('isolation/riverside', { breaches: 1 });
  const { state } = await launch.until('a rollback', (now) => now.state.rollback !== null, 4 * hour);
  expect(state.rollback?.reason).toBe('isolated is missed in riverside');
  await launch.until('a proven rollback', (now) => now.state.rollback?.state === 'restored', 4 * hour);
  expect(await flagsOn(world.pool)).toEqual([]);
});

test('three people who complain about one issue roll the pilot back, two do not, and one person three times does not', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  const complain = (reporter: string) =>
    launch.say('report', { severity: 'P3', issue: 'no seat', reporter, community: 'riverside', by: 'support' });
  for (const reporter of ['ann', 'ann', 'ann', 'bob']) await complain(reporter);
  expect((await launch.status()).state.rollback).toBe(null);
  expect(await complain('cem')).toMatchObject({ accepted: true, says: expect.stringContaining('rolling back launch') });
  expect(await flagsOn(world.pool)).toEqual([]);
  expect((await launch.status()).state.rollback?.reason).toBe('3 people complained about one issue within 24 h: no seat');
});

test('a P0 rolls the launch back at once, also while it is held', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await launch.say('hold', {});
  const answer = await launch.say('report', { severity: 'P0', issue: 'bookings-lost', by: 'support' });
  expect(answer).toEqual({ accepted: true, says: 'Opened P0-1: bookings-lost; rolling back launch' });
  expect(await flagsOn(world.pool)).toEqual([]);
});

test('a metric that flaps rolls back once and never comes back by itself', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  for (let flap = 0; flap < 12; flap += 1) {
    await world.dials.set('invariants', { healthy: true, violations: flap % 2 });
    await world.pass(hour);
  }
  await launch.until('a proven rollback', ({ state }) => state.rollback?.state === 'restored', 4 * hour);
  expect((await launch.journal('rollback')).length).toBe(1);
  expect(await flagsOn(world.pool)).toEqual([]);
  expect((await launch.status()).state).toMatchObject({ stage: 'rolled back', phase: 'pilot' });
});

test('what cannot be measured four times in a row pages once and shuts the gate; it neither passes nor rolls back', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await world.dials.breakProbe('invariants');
  const { at } = await launch.status();
  const { state, blockers } = await launch.until('blindness', (now) => now.state.situation.blind.includes('healthy'), 12 * hour);
  expect((await launch.status()).at - at).toBeGreaterThan(2.9 * hour);
  expect(state.rollback).toBe(null);
  expect(blockers.map(({ why }) => why)).toContain('healthy cannot be measured');
  expect(await launch.say('decide', { phase: 'pilot', decision: 'go' })).toMatchObject({ accepted: false });
  await world.pass(12 * hour);
  const pages = (await launch.journal('page')).filter(({ summary }) => summary.includes('could not be measured four times in a row'));
  expect(pages.map(({ summary }) => summary.split(' could')[0])).toEqual(['ops: healthy']);
  expect((await launch.status()).state).toMatchObject({ phase: 'pilot', stage: 'running', rollback: null });
  await world.dials.reset();
  await launch.reach('expansion');
});

test.for([
  ['start', 0],
  ['middle', 4],
  ['end', 7],
] as const)('a monitoring gap at the %s of a soak never counts as healthy time', async ([, healthyHours]) => {
  const launch = await world.start((plan) => longSoak(brisk(plan)));
  await launch.reach('pilot');
  await world.pass(healthyHours * hour);
  await world.dials.breakProbe('invariants');
  await world.pass(3 * hour);
  await world.dials.reset();
  const { at, state } = await launch.until('the soak complete', (now) => now.state.situation.ready, 40 * hour);
  const { rows } = await world.pool.query<{ healthy: number; unknown: number }>(
    `select healthy_ms as healthy, unknown_ms as unknown from softlaunch.soak
     where launch = $1 and scope = 'launch' and criterion = 'healthy' and since_key = ''`,
    [launch.id],
  );
  expect(rows[0]?.healthy).toBeGreaterThanOrEqual(8 * hour);
  expect(rows[0]?.unknown).toBeGreaterThanOrEqual(2 * hour);
  expect(at - state.phaseOpenedAt).toBeGreaterThanOrEqual(10 * hour);
});

/** The pilot needs eight healthy hours. */
function longSoak(plan: ReturnType<typeof brisk>): ReturnType<typeof brisk> {
  const phases = plan.phases.map((phase) => {
    const healthy = phase.passesWhen.healthy;
    return phase.name === 'pilot' && healthy
      ? { ...phase, passesWhen: { ...phase.passesWhen, healthy: { ...healthy, soakMs: 8 * hour } } }
      : phase;
  });
  return { ...plan, phases };
}

test('a repair is run once, and only when it did not help do the other actions follow', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await world.dials.set('seats', { count: 3 });
  const { state } = await launch.until('a hold', (now) => now.state.holds.length > 0, 6 * hour);
  expect(state.holds).toMatchObject([{ by: 'softlaunch', reason: 'seats match is missed', source: 'criterion' }]);
  const told = (await launch.journal('repair', 'page', 'hold')).map(({ kind, summary }) => `${kind}: ${summary}`);
  expect(told).toEqual([
    'repair: Ran repair seats, for seats match is missed.',
    'hold: Held: seats match is missed.',
    'page: ops: seats match is missed.',
  ]);
  await world.pass(4 * hour);
  expect((await launch.journal('repair')).length).toBe(1);
});

test('a repair that helps leaves the launch as it was', async () => {
  const helping = (plan: ReturnType<typeof brisk>) => ({
    ...plan,
    repairs: { ...plan.repairs, 'repair seats': `update dials set answer = '{"count": 0}' where probe = 'seats'` },
  });
  const launch = await world.start((plan) => helping(brisk(plan)));
  await launch.reach('internal');
  await world.dials.set('seats', { count: 3 });
  await world.pass(3 * hour);
  expect((await launch.status()).state.holds.map(({ reason }) => reason)).toEqual([]);
  expect((await launch.journal('repair', 'page')).map(({ kind }) => kind)).toEqual(['repair']);
  await launch.reach('pilot');
});
