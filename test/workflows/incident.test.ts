import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { incidentWorkflowId } from '../../src/workflows/messages.ts';
import { flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld, type TestLaunch } from './launch-world.ts';

const minute = hour / 60;

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

/** Who was paged about an incident, for what and how many minutes after it was opened. */
async function latePages(launch: TestLaunch): Promise<readonly string[]> {
  const [opened] = (await launch.status()).state.incidents;
  const pages = (await launch.journal('page')).filter(({ summary }) => summary.includes('was due and is not done'));
  return pages.map(({ at, summary }) => {
    const [, role = '', step = ''] = /^(.*): P.*"(.*)" was due/.exec(summary) ?? [];
    return `${Math.round((at - (opened?.openedAt ?? 0)) / minute)} min ${role}: ${step}`;
  });
}

const assessing = (plan: Plan): Plan => ({ ...brisk(plan), incidentProcedure: { ...plan.incidentProcedure, assessMs: 5 * minute } });

const report = (launch: TestLaunch, severity: string, more: Readonly<Record<string, unknown>> = {}) =>
  launch.say('report', { severity, issue: 'bookings-lost', by: 'support', ...more });

test('a P0 to which nobody answers is off at once, and every step that is late pages exactly once', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await report(launch, 'P0');
  expect(await flagsOn(world.pool)).toEqual([]);
  for (const minutes of [1, 2, 3, 5, 10, 20]) await world.pass(minutes * minute);
  await world.pass(30 * hour);
  expect(await latePages(launch)).toEqual([
    '2 min ops: assessed',
    '20 min launch lead: stakeholders told',
    '20 min ops: stakeholders told',
    '1440 min launch lead: root cause found',
    '1440 min ops: root cause found',
  ]);
  const { done } = (await launch.status()).state.incidents[0] ?? { done: [] };
  expect([...done].sort()).toEqual(['rolled back', 'team told', 'verified']);
});

test('a P0 whose rollback is stuck is late with its verification too', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await world.dials.set('invariants', { healthy: false, violations: 1 });
  await report(launch, 'P0');
  await world.pass(21 * minute);
  expect(await latePages(launch)).toContain('15 min ops: verified');
});

test('a step that people tick in time pages nobody', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await report(launch, 'P0');
  await launch.say('check', { item: 'P0-1: assessed', by: 'ops' });
  await launch.say('check', { item: 'P0-1: stakeholders told' });
  await launch.say('check', { item: 'P0-1: root cause found' });
  await world.pass(25 * hour);
  expect(await latePages(launch)).toEqual([]);
});

test('people who have minutes to assess a P0 may call it less, and then nothing is turned off', async () => {
  const launch = await world.start(assessing);
  await launch.reach('internal');
  await report(launch, 'P0');
  expect((await flagsOn(world.pool)).length).toBe(4);
  await world.pass(4 * minute);
  expect(await launch.say('incident', { incident: 'P0-1', severity: 'P2', by: 'ops' })).toMatchObject({ accepted: true });
  await world.pass(2 * hour);
  expect((await flagsOn(world.pool)).length).toBe(4);
  expect((await launch.status()).state.rollback).toBe(null);
});

test('a P0 that nobody assesses in time rolls back by itself, before minute 10', async () => {
  const launch = await world.start(assessing);
  await launch.reach('internal');
  await report(launch, 'P0');
  await world.pass(4 * minute);
  expect((await flagsOn(world.pool)).length).toBe(4);
  await world.pass(2 * minute);
  expect(await flagsOn(world.pool)).toEqual([]);
  const { rollback, incidents } = (await launch.status()).state;
  expect(rollback).toMatchObject({ by: 'softlaunch', reason: 'bookings-lost (nobody called it less than a P0 in time)' });
  expect((rollback?.at ?? 0) - (incidents[0]?.openedAt ?? 0)).toBeLessThan(10 * minute);
});

test('a P1 turns its feature off, a P2 and a P3 nothing', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await report(launch, 'P3', { issue: 'a typo' });
  await report(launch, 'P2', { issue: 'slow search' });
  expect((await flagsOn(world.pool)).length).toBe(4);
  expect(await report(launch, 'P1')).toMatchObject({ accepted: false, says: expect.stringContaining('say which feature') });
  expect(await report(launch, 'P1', { feature: 'smart matching' })).toMatchObject({ accepted: true });
  expect(await flagsOn(world.pool)).toEqual(['multi_community']);
  expect((await launch.status()).state.rollback).toBe(null);
});

test.for([
  ['P1', { feature: 'smart matching' }, '15 min ops: responded'],
  ['P2', {}, '60 min ops: responded'],
] as const)('a %s to which nobody responds pages once when its time is over', async ([severity, more, late]) => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await report(launch, severity, more);
  await world.pass(5 * hour);
  expect(await latePages(launch)).toEqual([late]);
});

test('a P3 is due on the next business day, and keeps no gate shut', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await report(launch, 'P3');
  const { state, blockers } = await launch.status();
  expect(blockers.map(({ what }) => what)).not.toContain('incident');
  // The launch began on a Monday at midnight.
  const minutes = Math.round((state.startedAt + 24 * hour - (state.incidents[0]?.openedAt ?? 0)) / minute);
  await world.pass(21 * hour);
  expect(await latePages(launch)).toEqual([]);
  await world.pass(4 * hour);
  expect(await latePages(launch)).toEqual([`${minutes} min ops: responded`]);
});

test('an incident keeps the gate shut until it is closed, and its response ends then', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pilot');
  await report(launch, 'P2');
  expect((await launch.status()).blockers.map(({ what }) => what)).toContain('incident');
  expect(await launch.say('incident', { incident: 'P2-1', close: true, by: 'ops' })).toEqual({ accepted: true, says: 'Closed P2-1' });
  const response = world.client.workflow.getHandle(incidentWorkflowId(launch.id, 'P2-1'));
  expect(await response.result()).toEqual({ closed: true, missed: [] });
  expect((await launch.status()).blockers.map(({ what }) => what)).not.toContain('incident');
});
