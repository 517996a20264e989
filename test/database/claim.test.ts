import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../examples/carpool/random.ts';
import { listClaims } from '../../src/database/claim.ts';
import { ClaimHeld } from '../../src/database/database-refusal.ts';
import { endLaunch, registerLaunch } from '../../src/database/launch-record.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { type CarpoolDatabase, carpoolDatabase, morning, planNamed, registrationOf } from './carpool-database.ts';

const flags = ['smart_route_matching', 'fair_matching', 'reliability_scoring_v2', 'multi_community'];

let product: CarpoolDatabase;

beforeAll(async () => {
  product = await carpoolDatabase();
  // Communities of their own, so that launches meet over flags alone.
  await product.pool.query('create table left_communities as table communities; create table right_communities as table communities');
});
afterAll(() => product?.close());

function planOver(launch: string, table: string, wanted: readonly string[]): Plan {
  const { product: mapping } = planNamed(launch);
  const features = { it: { on: wanted, off: wanted.slice(0, 1), settings: {} } };
  return planNamed(launch, { product: { ...mapping, communities: { ...mapping.communities, table } }, features, guards: {}, phases: [] });
}

const claimedFlags = async (launch: string) =>
  (await listClaims(product.pool, launch)).filter(({ kind }) => kind === 'flag').map(({ key }) => key);

test('in thirty random meetings no flag has two owners, who is refused hears by whom, and an end sets free', async () => {
  const random = createRandom('claims');
  for (let round = 0; round < 30; round += 1) {
    const sides = ['left', 'right'].map((side) => {
      const some = flags.filter(() => random.roll() < 0.5);
      return { launch: `${side}-${round}`, table: `public.${side}_communities`, wanted: some.length > 0 ? some : flags.slice(0, 1) };
    });
    const registered = await Promise.allSettled(
      sides.map(({ launch, table, wanted }) => registerLaunch(product.pool, registrationOf(planOver(launch, table, wanted)))),
    );
    const [left, right] = sides.map(({ wanted }) => wanted);
    const shared = left?.filter((flag) => right?.includes(flag)) ?? [];
    const winners = sides.filter((_, index) => registered[index]?.status === 'fulfilled');
    expect(winners.length, `round ${round}, shared ${shared}`).toBe(shared.length > 0 ? 1 : 2);
    for (const { launch, wanted } of winners) expect((await claimedFlags(launch)).sort()).toEqual([...wanted].sort());
    for (const result of registered) {
      if (result.status === 'fulfilled') continue;
      expect(result.reason).toBeInstanceOf(ClaimHeld);
      expect(shared).toContain((result.reason as ClaimHeld).key);
      expect((result.reason as ClaimHeld).owner).toBe(winners[0]?.launch);
    }
    for (const { launch } of winners) {
      await endLaunch(product.pool, { launch, outcome: 'completed', leave: 'on', actor: 'lead', reason: 'done', at: morning });
    }
    expect(await listClaims(product.pool)).toEqual([]);
  }
});
