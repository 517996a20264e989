import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { commandSignal, communityWorkflowId } from '../../src/workflows/messages.ts';
import { communitiesIn, flag, flagRows, flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld, type TestLaunch } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

/** Everything reads as before the launch. */
async function expectOff(): Promise<void> {
  expect(await flagRows(world.pool, 'feature_flags')).toEqual(await flagRows(world.pool, 'kept_flags'));
}

/** Everything reads as before the launch, and that was proven. */
async function expectProvenOff(launch: TestLaunch): Promise<void> {
  const { state } = await launch.until('a proven rollback', (now) => now.state.rollback?.state === 'restored', 24 * hour);
  expect(state.stage).toBe('rolled back');
  await expectOff();
}

const now = async (launch: TestLaunch) => (await launch.status()).at;

test.for(['internal', 'pilot', 'expansion', 'general-availability'])('rolls the launch back in %s, by an update', async (phase) => {
  const launch = await world.start(brisk);
  await launch.reach(phase);
  expect(await flagsOn(world.pool)).toEqual(['fair_matching', 'multi_community', 'reliability_scoring_v2', 'smart_route_matching']);
  expect(await launch.say('rollback', { scope: 'launch', by: 'ops' })).toEqual({ accepted: true, says: 'Rolled back launch' });
  await expectOff();
  await expectProvenOff(launch);
  expect((await launch.status()).state).toMatchObject({ phase, rollback: { by: 'ops', reason: 'as agreed' } });
  expect((await launch.journal('rollback', 'rollback restored')).map(({ actor, scope }) => `${scope} ${actor}`)).toEqual([
    'launch ops',
    'launch softlaunch',
  ]);
});

test('rolls the launch back while it waits for a go, by a signal without a word of who and why', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await launch.until('only the decision', ({ blockers }) => blockers.every(({ what }) => what === 'decision'));
  await launch.handle.signal(commandSignal('rollback'), {});
  await expectProvenOff(launch);
  expect((await launch.status()).state.rollback).toMatchObject({ by: 'unknown', reason: 'no reason given' });
});

test('rolls the launch back while it is held', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await launch.say('hold', { by: 'ops' });
  await launch.say('rollback', { scope: 'launch', by: 'support' });
  await expectOff();
  await expectProvenOff(launch);
});

test('takes over a rollback that somebody did by SQL, within one look, and turns nothing on again', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  const before = await now(launch);
  await world.pool.query("select softlaunch.roll_back($1, 'launch', 'double bookings', 'omar', 'psql-1')", [launch.id]);
  const { state } = await launch.until('an adopted rollback', (status) => status.state.rollback !== null);
  expect(state.rollback).toMatchObject({ commandId: 'psql-1', by: 'omar', reason: 'double bookings' });
  expect((state.rollback?.at ?? 0) - before).toBeLessThanOrEqual(hour + 1_000);
  await expectProvenOff(launch);
  await world.pass(24 * hour);
  expect(await flagsOn(world.pool)).toEqual([]);
  expect((await launch.journal('rollback')).length).toBe(1);
});

test('stays off when people resume who could not know that somebody has rolled back by SQL meanwhile', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await launch.say('rollback', { scope: 'launch', by: 'ops' });
  await expectProvenOff(launch);
  await world.pool.query("select softlaunch.roll_back($1, 'launch', 'not yet', 'nina', 'psql-1')", [launch.id]);
  expect(await launch.say('resume', {})).toMatchObject({ accepted: true });
  const { state } = await launch.until('her rollback', (status) => status.state.rollback?.by === 'nina', hour);
  expect(state).toMatchObject({ stage: 'rolled back', opened: false, holds: [] });
  await expectProvenOff(launch);
  expect((await launch.journal('change')).filter(({ at }) => at >= (state.rollback?.at ?? 0))).toEqual([]);
  expect(await launch.say('resume', {})).toMatchObject({ accepted: true });
  await launch.until('the pilot again', (status) => status.state.opened && status.state.rollback === null, 2 * hour);
  expect((await flagsOn(world.pool)).length).toBe(4);
});

/** Every community has joined, and something keeps the last phase from opening when people have said go. */
async function goesToEveryone(launch: TestLaunch, obstacle: string): Promise<void> {
  await launch.reach('expansion');
  await launch.until('every wave', ({ state }) => state.wavesJoined === 3 && Object.values(state.communities).every(isOpen));
  while (!(await launch.prepare())) await world.pass(hour);
  await world.pool.query(obstacle);
  await launch.say('decide', { phase: 'expansion', decision: 'go' });
  await expect.poll(async () => (await launch.status()).state.phase).toBe('general-availability');
}

const notNow = `create function not_now() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
  create trigger not_now before update on communities for each row execute function not_now()`;
const nowAgain = 'drop trigger not_now on communities; drop function not_now()';

const isOpen = ({ state }: { readonly state: string }) => state === 'open';

test('takes over a rollback that somebody did by SQL while the next phase was about to open, and goes on from there', async () => {
  const launch = await world.start(brisk);
  await goesToEveryone(launch, notNow);
  await world.pool.query("select softlaunch.roll_back($1, 'launch', 'double bookings', 'omar', 'psql-1')", [launch.id]);
  await world.pool.query(nowAgain);
  await expectProvenOff(launch);
  const { state } = await launch.status();
  expect(state).toMatchObject({
    phase: 'general-availability',
    opened: false,
    holds: [],
    rollback: { by: 'omar', reason: 'double bookings' },
  });
  await launch.say('incident', { incident: state.incidents[0]?.id, close: true });
  expect(await launch.say('resume', {})).toMatchObject({ accepted: true });
  await launch.until('everyone has it', (status) => status.state.opened, 2 * hour);
  expect((await flagsOn(world.pool)).length).toBe(4);
  // Those that had the features before are watched again.
  const joined = Object.keys(state.communities);
  const watched = joined.map((slug) => world.client.workflow.getHandle(communityWorkflowId(launch.id, slug)).describe());
  expect((await Promise.all(watched)).map(({ status }) => status.name)).toEqual(joined.map(() => 'RUNNING'));
});

test('an opening that the product keeps from happening does not happen in a launch that people hold', async () => {
  const launch = await world.start(brisk);
  await goesToEveryone(launch, notNow);
  const before = await communitiesIn(world.pool);
  await launch.say('hold', { by: 'ops' });
  await world.pool.query(nowAgain);
  await world.pass(3 * hour);
  expect((await launch.status()).state).toMatchObject({ opened: false, openings: 1 });
  expect(await communitiesIn(world.pool)).toEqual(before);
  await launch.say('resume', {});
  await launch.until('everyone has it', ({ state }) => state.opened, hour);
  expect((await communitiesIn(world.pool)).length).toBeGreaterThan(before.length);
});

test('rolls back by itself while the next phase cannot open and waits for people', async () => {
  const launch = await world.start(brisk);
  await goesToEveryone(launch, `delete from feature_flags where flag_name = 'reliability_scoring_v2'`);
  const { state: held } = await launch.until('a phase that could not open', ({ state }) => state.holds.length > 0, hour);
  expect(held).toMatchObject({ phase: 'general-availability', opened: false });
  await world.dials.set('invariants', { healthy: true, violations: 1 });
  const { state } = await launch.until('a rollback', (status) => status.state.rollback !== null, 2 * hour);
  expect(state.rollback).toMatchObject({ by: 'softlaunch', reason: 'no violations is missed' });
  expect(await flagsOn(world.pool)).toEqual([]);
});

test('rolls back by itself when a trigger holds, and calls it an incident', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await world.dials.set('invariants', { healthy: true, violations: 1 });
  const { state } = await launch.until('a rollback', (status) => status.state.rollback !== null);
  expect(state.rollback).toMatchObject({ by: 'softlaunch', reason: 'no violations is missed' });
  expect(state.incidents).toMatchObject([{ severity: 'P0', issue: 'no violations is missed' }]);
  await expectProvenOff(launch);
});

test('refuses a go that comes after a rollback, and writes that down', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await launch.say('rollback', { scope: 'launch' });
  const go = await launch.say('decide', { phase: 'internal', decision: 'go' });
  expect(go).toMatchObject({ accepted: false, says: expect.stringContaining('is rolled back') });
  expect((await launch.journal('refused')).map(({ actor, summary }) => [actor, summary.slice(0, 22)])).toEqual([
    ['lead', 'decide refused: carpoo'],
  ]);
  await expectProvenOff(launch);
});

test('twenty orders at once have one effect, and every one is answered', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  const orders = Array.from({ length: 9 }, () => launch.say('rollback', { scope: 'launch', by: 'ops' }));
  const same = { scope: 'launch', by: 'ops', reason: 'again', commandId: 'same' };
  const signals = Array.from({ length: 11 }, () => launch.handle.signal(commandSignal('rollback'), same));
  expect((await Promise.all(orders)).every(({ accepted }) => accepted)).toBe(true);
  await Promise.all(signals);
  await expectProvenOff(launch);
  const turnedOff = (await launch.journal('rollback')).map(({ detail }) => (detail.turnedOff as string[]).length);
  expect(turnedOff.filter((count) => count > 0)).toEqual([4]);
  expect((await launch.status()).state.incidents.filter(({ severity }) => severity === 'P0').length).toBe(1);
});

test('begins the phase again only by those who decide its gate, only once it is proven off, and with new evidence', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await launch.until('healthy time', ({ blockers }) => blockers.every(({ what }) => what === 'decision'));
  const { state: before } = await launch.status();
  await world.pool.query('create function keep_on() returns trigger language plpgsql as $$ begin return null; end $$');
  await world.pool.query('create trigger keep_on before update on feature_flags for each row execute function keep_on()');
  await launch.say('rollback', { scope: 'launch' });
  expect(await launch.say('resume', {})).toMatchObject({ accepted: false, says: expect.stringContaining('not yet proven done') });
  await world.pool.query('drop trigger keep_on on feature_flags; drop function keep_on()');
  await expectProvenOff(launch);
  expect(await launch.say('resume', { by: 'support' })).toMatchObject({ accepted: false, says: expect.stringContaining('lead may') });
  expect(await flagsOn(world.pool)).toEqual([]);
  expect(await launch.say('resume', {})).toMatchObject({ accepted: true });
  const { state } = await launch.until(
    'pilot, open again',
    ({ state: { opened, entry, phaseOpenedAt, communities } }) =>
      opened && entry > before.entry && Object.values(communities).every((one) => one.state === 'open' && one.joinedAt >= phaseOpenedAt),
  );
  expect(state).toMatchObject({ phase: 'pilot', rollback: null, stage: 'running', votes: [], communities: { riverside: {} } });
  expect(state.fence).toBeGreaterThan(before.fence);
  expect(await flagsOn(world.pool)).toContain('smart_route_matching');
  const { rows } = await world.pool.query<{ from: number }>(
    `select extract(epoch from last_at) * 1000 - healthy_ms - unhealthy_ms - unknown_ms as "from" from softlaunch.soak where launch = $1`,
    [launch.id],
  );
  expect(Math.min(...rows.map(({ from }) => Number(from)))).toBeGreaterThanOrEqual(state.phaseOpenedAt);
  await launch.say('incident', { incident: state.incidents[0]?.id, close: true });
  await launch.reach('expansion');
});

test('abandon turns everything off, gives its claims back and ends the launch', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  expect(await launch.say('abandon', {})).toMatchObject({ accepted: true });
  expect(await launch.result(24 * hour)).toMatchObject({ outcome: 'abandoned' });
  expect(await flagRows(world.pool, 'feature_flags')).toEqual(await flagRows(world.pool, 'kept_flags'));
  expect(await communitiesIn(world.pool)).toEqual([]);
  expect((await world.pool.query('select from softlaunch.claim where launch = $1', [launch.id])).rowCount).toBe(0);
});

test('a rollback that the product refuses is stuck, pages once, and is restored when the product is mended', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await world.pool.query(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'frozen'; end $$;
    create trigger refuse before update on feature_flags for each row execute function refuse()`);
  await launch.say('rollback', { scope: 'launch', by: 'ops' });
  await launch.until('stuck', ({ state }) => state.rollback?.state === 'stuck');
  await world.pass(hour / 30);
  expect((await flag(world.pool, 'smart_route_matching'))?.on).toBe(true);
  const pages = async () => (await launch.journal('page')).filter(({ summary }) => summary.includes('is stuck'));
  expect((await pages()).length).toBe(1);
  await world.pool.query('drop trigger refuse on feature_flags; drop function refuse()');
  await expectProvenOff(launch);
  expect((await pages()).length).toBe(1);
});

test('a rollback that the database cannot do yet is stuck, and keeps neither its incident nor its pages waiting', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await world.pool.query('alter table feature_flags rename to moved_flags');
  const answer = launch.say('rollback', { scope: 'launch', by: 'ops' });
  await world.pass(hour / 2);
  expect((await answer).says).toContain('not everything is off yet');
  const { state } = await launch.status();
  expect(state).toMatchObject({
    stage: 'rolled back',
    rollback: { by: 'ops', state: 'stuck' },
    incidents: [{ id: 'P0-1', severity: 'P0' }],
  });
  const pages = (await launch.journal('page')).map(({ summary }) => summary);
  expect(pages.filter((summary) => summary.includes('launch is NOT off'))).toHaveLength(1);
  expect(pages.filter((summary) => summary.includes('is not proven within'))).toHaveLength(1);
  expect(pages.filter((summary) => summary.includes('rolled back'))).toHaveLength(1);
  await world.pool.query('alter table moved_flags rename to feature_flags');
  await expectProvenOff(launch);
});

test('a rollback after which the product stays unhealthy is stuck until it is well again', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await world.dials.set('invariants', { healthy: false, violations: 2 });
  await launch.say('rollback', { scope: 'launch', by: 'ops' });
  await launch.until('stuck', ({ state }) => state.rollback?.state === 'stuck');
  expect(await flagsOn(world.pool)).toEqual([]);
  const [stuck] = await launch.journal('rollback stuck');
  expect(stuck?.summary).toContain('healthy is missed');
  await world.dials.reset();
  await expectProvenOff(launch);
});
