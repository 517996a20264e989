import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { commandExamples, commandNames } from '../../src/domain/command.ts';
import { commandSignal, commandUpdate } from '../../src/workflows/messages.ts';
import { flagsOn } from '../database/carpool-database.ts';
import { brisk } from './brisk-plan.ts';
import { hour, type LaunchWorld, launchWorld } from './launch-world.ts';

let world: LaunchWorld;
beforeAll(async () => {
  world = await launchWorld();
});
afterEach(() => world.reset());
afterAll(() => world.close());

/** What no command may be: not an object, and an object with a field of the wrong type. */
const badPayloads: readonly unknown[] = ['go', null, 7, ['go'], { by: 3, commandId: 'bad', reason: 'x', scope: 5 }];

/** A rollback is obeyed whatever it carries. */
const strictNames = commandNames.filter((name) => name !== 'rollback');

test('every command but a rollback with a payload that is none is refused, by update and by signal, written down, and the launch runs on', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  for (const name of strictNames) {
    for (const payload of badPayloads) {
      const answer = await launch.handle.executeUpdate(commandUpdate(name), { args: [payload] });
      expect(answer).toMatchObject({ accepted: false, says: expect.stringContaining(`${name} was not understood`) });
      expect(answer.says).toContain(commandExamples[name]);
      await launch.handle.signal(commandSignal(name), payload);
    }
  }
  await world.pass(hour / 60);
  const refused = (await launch.journal('refused')).filter(({ summary }) => summary.includes('was not understood'));
  expect(refused.length).toBe(strictNames.length * badPayloads.length * 2);
  expect((await launch.handle.describe()).status.name).toBe('RUNNING');
  expect((await launch.status()).state).toMatchObject({ phase: 'internal', holds: [], rollback: null, incidents: [] });
  expect((await flagsOn(world.pool)).length).toBe(4);
});

test.for(['nothing', 'a number', 'a list', 'the wrong fields'])('a rollback that carries %s turns the launch off', async (what) => {
  const payload = { nothing: null, 'a number': 7, 'a list': ['go'], 'the wrong fields': { by: 3, reason: [] } }[what];
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await launch.handle.signal(commandSignal('rollback'), payload);
  await launch.until('a proven rollback', ({ state }) => state.rollback?.state === 'restored', 4 * hour);
  expect(await flagsOn(world.pool)).toEqual([]);
});

test('a signal that is no command is written down with those that are', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pre-launch');
  await launch.handle.signal('launchNow', { really: true });
  await world.pass(hour / 60);
  const [refused] = await launch.journal('refused');
  expect(refused?.summary).toContain('A signal "launchNow" was sent, and there is no such command; there is decide, hold, resume');
});

test('the same command id twice has one effect and one answer, by whichever door', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  const hold = { by: 'ops', reason: 'slow bookings', commandId: 'hold-once' };
  const first = await launch.say('hold', hold);
  await launch.handle.signal(commandSignal('hold'), hold);
  expect(await launch.say('hold', hold)).toEqual(first);
  expect((await launch.status()).state.holds.length).toBe(1);
  expect((await launch.journal('hold')).length).toBe(1);
});

test('a decision for another phase than the one it is in opens nothing', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  for (const phase of ['pre-launch', 'pilot', 'general-availability', 'moon'])
    expect(await launch.say('decide', { phase, decision: 'go' })).toEqual({
      accepted: false,
      says: `the launch is in internal, so only its gate can be decided; this was for ${phase}.`,
    });
  expect((await launch.journal('refused')).length).toBe(4);
});

test('nobody whom the plan does not know decides, and nobody whose role may not', async () => {
  const launch = await world.start(brisk);
  await launch.reach('internal');
  await launch.until('the minimum stay over', ({ blockers }) => blockers.every(({ what }) => what !== 'minimum stay'));
  expect(await launch.say('decide', { phase: 'internal', decision: 'go', by: 'mallory' })).toMatchObject({ accepted: false });
  expect(await launch.say('decide', { phase: 'internal', decision: 'go', by: 'ops' })).toMatchObject({ accepted: false });
  expect((await launch.status()).state.votes).toEqual([]);
});

test('an ended launch takes no command', async () => {
  const launch = await world.start(brisk);
  await launch.reach('pre-launch');
  await launch.say('abandon', {});
  await launch.result(4 * hour);
  await expect(launch.say('decide', { phase: 'pre-launch', decision: 'go' })).rejects.toThrow(WorkflowNotFoundError);
  await expect(launch.handle.signal(commandSignal('hold'), {})).rejects.toThrow(WorkflowNotFoundError);
  expect(await flagsOn(world.pool)).toEqual([]);
});
