import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LaunchEnded, NotKnown } from '../../src/database/database-refusal.ts';
import { readJournal } from '../../src/database/journal.ts';
import { endLaunch } from '../../src/database/launch-record.ts';
import { liftFence, listRollbacks } from '../../src/database/rollback.ts';
import { type CarpoolDatabase, carpoolDatabase, communitiesIn, everythingOn, flagsOn, morning, startLaunch } from './carpool-database.ts';

let product: CarpoolDatabase;

beforeAll(async () => {
  product = await carpoolDatabase();
});
beforeEach(() => product.reset());
afterAll(() => product?.close());

const riversideIn = { kind: 'community', key: 'riverside', in: true } as const;
const fairOn = { kind: 'flag', key: 'fair_matching', on: true } as const;

const lift = async (launch: string, scope = 'launch', commandId = 'resume') => {
  const known = (await listRollbacks(product.pool, launch)).map((rollback) => rollback.commandId);
  return liftFence(product.pool, { launch, scope, actor: 'lead', reason: 'mended', commandId, at: morning, known });
};

test('the fence refuses every write while a rollback is in force', async () => {
  const { launch, change, rollBack } = await startLaunch(product.pool);
  await rollBack();
  const refused = {
    outcome: 'refused',
    why: 'fence',
    says: 'launch was rolled back by omar (seats are overbooked).',
    detail: { scope: 'launch' },
  };
  expect(await change([fairOn])).toMatchObject(refused);
  expect(await change([riversideIn], { fence: 99 })).toMatchObject({ why: 'fence' });
  expect((await readJournal(product.pool, launch, { kinds: ['change refused'] })).length).toBe(2);
});

test('the fence refuses what was planned before a rollback even after it was lifted', async () => {
  const { launch, change, rollBack } = await startLaunch(product.pool);
  await rollBack();
  const fence = await lift(launch);
  expect(await change(everythingOn, { fence: 0 })).toMatchObject({
    why: 'fence',
    says: expect.stringContaining('after this was planned'),
  });
  expect(await change(everythingOn, { fence: 1 })).toMatchObject({ outcome: 'applied' });
  expect(fence).toBe(2);
});

test('the fence of a community forbids that community alone', async () => {
  const { change, rollBack } = await startLaunch(product.pool);
  await rollBack('community:riverside');
  expect(await change([riversideIn], { scope: 'community:riverside' })).toMatchObject({ why: 'fence' });
  expect(await change([riversideIn])).toMatchObject({ why: 'fence' });
  expect(await change([{ ...riversideIn, key: 'lakeside' }, fairOn])).toMatchObject({ outcome: 'applied' });
});

test('the fence of a feature forbids its flags, on whoever’s behalf', async () => {
  const { change, rollBack } = await startLaunch(product.pool);
  await rollBack('feature:smart matching');
  expect(await change([fairOn])).toMatchObject({ why: 'fence', detail: { scope: 'feature:smart matching' } });
  expect(await change([{ kind: 'flag', key: 'multi_community', on: true }, riversideIn])).toMatchObject({ outcome: 'applied' });
});

test('the fence never forbids turning off', async () => {
  const { change, rollBack } = await startLaunch(product.pool);
  await change([riversideIn]);
  await rollBack();
  expect(await change([{ ...riversideIn, in: false }])).toMatchObject({ outcome: 'applied' });
  expect(await communitiesIn(product.pool)).toEqual([]);
});

test('an ended launch writes nothing any more', async () => {
  const { launch, change } = await startLaunch(product.pool);
  await endLaunch(product.pool, { launch, outcome: 'completed', leave: 'on', actor: 'lead', reason: 'done', at: morning });
  expect(await change([fairOn], { fence: 99 })).toMatchObject({ outcome: 'refused', why: 'ended' });
});

test('lifting one scope leaves the rollbacks of others in force', async () => {
  const { launch, change, rollBack } = await startLaunch(product.pool);
  await rollBack('feature:smart matching');
  await rollBack('community:riverside');
  const fence = await lift(launch, 'community:riverside');
  expect(await change([riversideIn], { fence })).toMatchObject({ outcome: 'applied' });
  expect(await change([fairOn], { fence })).toMatchObject({ why: 'fence', detail: { scope: 'feature:smart matching' } });
  const inForce = (await listRollbacks(product.pool, launch)).filter(({ liftedAt }) => liftedAt === null);
  expect(inForce.map(({ scope }) => scope)).toEqual(['feature:smart matching']);
});

test('lifting twice with one command id lifts once: a rollback in between stays in force', async () => {
  const { launch, change, rollBack } = await startLaunch(product.pool);
  await rollBack();
  const fence = await lift(launch);
  await rollBack();
  expect(await lift(launch)).toBe(fence);
  expect(await change(everythingOn, { fence })).toMatchObject({ why: 'fence' });
  expect(await flagsOn(product.pool)).toEqual([]);
  expect(await readJournal(product.pool, launch, { kinds: ['fence lifted'] })).toHaveLength(1);
});

test('a rollback of which those who resume do not know stays in force', async () => {
  const { launch, change, rollBack } = await startLaunch(product.pool);
  await rollBack('launch', { commandId: 'known' });
  await rollBack('launch', { commandId: 'known/again-1700000000000' });
  await rollBack('launch', { commandId: 'psql', actor: 'nina' });
  const fence = await liftFence(product.pool, {
    launch,
    scope: 'launch',
    actor: 'lead',
    reason: 'mended',
    commandId: 'resume',
    at: morning,
    known: ['known'],
  });
  expect(await change(everythingOn, { fence })).toMatchObject({ why: 'fence', says: expect.stringContaining('nina') });
  const inForce = (await listRollbacks(product.pool, launch)).filter(({ liftedAt }) => liftedAt === null);
  expect(inForce.map(({ commandId }) => commandId)).toEqual(['psql']);
});

test('one command may lift several scopes', async () => {
  const { launch, change, rollBack } = await startLaunch(product.pool);
  await rollBack();
  await rollBack('feature:smart matching');
  await lift(launch, 'launch', 'resume');
  const fence = await lift(launch, 'feature:smart matching', 'resume');
  expect(await change(everythingOn, { fence })).toMatchObject({ outcome: 'applied' });
});

test('neither an ended launch nor an unknown one can be resumed', async () => {
  const { launch, rollBack } = await startLaunch(product.pool);
  await rollBack();
  await endLaunch(product.pool, { launch, outcome: 'abandoned', leave: 'off', actor: 'lead', reason: 'enough', at: morning });
  await expect(lift(launch)).rejects.toThrow(LaunchEnded);
  await expect(lift('carpool')).rejects.toThrow(NotKnown);
});
