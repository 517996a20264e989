import { describe, expect, test } from 'vitest';
import { enterPhase, type LaunchState, openPhase, unseen } from '../../src/domain/launch.ts';
import { type DriftNote, type Heard, type News, takeCommunityNews, takeLaunchNews } from '../../src/domain/news.ts';
import type { MissedAction, PhaseName, Plan } from '../../src/domain/plan.ts';
import { community, healthy, hour, inPhase, minute, plan, rolledBack, say, seeing, start, withPhase } from './launch-builder.ts';

const news = (more: Partial<News> = {}): News => ({ at: start + hour, situation: healthy, drift: [], rollbacks: [], ...more });
const hear = (state: LaunchState, more: Partial<News>, of: Plan = plan) => takeLaunchNews(of, state, news(more));
const scopes = ({ orders }: Heard) => orders.map(({ scope }) => scope);
const reasons = ({ state }: Heard) => state.holds.map(({ reason }) => reason);

/** The pilot, where a missed `healthy` does this. */
const doing = (...ifNot: MissedAction[]): Plan =>
  withPhase('pilot', { passesWhen: { healthy: { soakMs: 0, onUnhealthy: 'reset', ifNot } } });
const missing = (state: LaunchState, of: Plan) => hear(state, { situation: seeing({ missed: ['healthy'] }) }, of);

describe('a breach', () => {
  const breach = seeing({ missed: ['healthy'], triggers: ['no violations is missed'] });

  test.each<PhaseName>(['internal', 'pilot', 'expansion', 'general-availability'])('in %s rolls the launch back, and is a P0', (name) => {
    const heard = hear(inPhase(name), { situation: breach });
    expect(heard.orders).toMatchObject([{ scope: 'launch', by: 'softlaunch', reason: 'no violations is missed' }]);
    expect(heard.state).toMatchObject({ stage: 'rolled back', rollback: { state: 'ordered' }, incidents: [{ id: 'P0-1' }] });
  });

  test('rolls back also while the launch is held, and while it waits for a go', () => {
    const hold = { by: 'ops', reason: 'x', at: start, source: 'person' as const };
    expect(scopes(hear(inPhase('pilot', { holds: [hold] }), { situation: breach }))).toEqual(['launch']);
    expect(scopes(hear(inPhase('pilot', { votes: [{ by: 'lead', reason: 'x', at: start }] }), { situation: breach }))).toEqual(['launch']);
  });

  test('that flaps 500 times rolls back once, and nothing comes back by itself', () => {
    let state = inPhase('pilot');
    const ordered: string[] = [];
    for (let look = 0; look < 500; look += 1) {
      const heard = hear(state, { at: start + look * 15 * minute, situation: look % 2 === 0 ? breach : healthy });
      ordered.push(...scopes(heard));
      state = heard.state;
    }
    expect(ordered).toEqual(['launch']);
    expect(state).toMatchObject({ stage: 'rolled back', rollback: { at: start } });
    expect(state.incidents).toHaveLength(1);
  });

  test('of a community that flaps rolls that community back once, and it never opens again by itself', () => {
    let state = inPhase('expansion');
    const ordered: string[] = [];
    for (let look = 0; look < 500; look += 1) {
      const situation = look % 2 === 0 ? seeing({ triggers: ['isolated is missed'] }) : healthy;
      const heard = takeCommunityNews(plan, state, community('hilltop', 'expansion', { situation }), start + look * hour);
      ordered.push(...scopes(heard));
      state = heard.state;
    }
    expect(ordered).toEqual(['community:hilltop']);
    expect(state.communities.hilltop?.state).toBe('rolled back');
    expect(state).toMatchObject({ stage: 'running', rollback: null });
  });

  test('is heeded no more once the launch is over', () => {
    const over = inPhase('general-availability', { stage: 'completed' });
    expect(hear(over, { situation: breach })).toMatchObject({ state: over, orders: [], journal: [] });
  });
});

describe('a missed criterion', () => {
  test('pages, holds, and rolls back as the plan says, and is written down', () => {
    expect(missing(inPhase('pilot'), doing({ kind: 'page', role: 'ops' })).pages).toEqual([
      { role: 'ops', scope: 'launch', what: 'healthy is missed' },
    ]);
    const held = missing(inPhase('pilot'), doing({ kind: 'hold' }));
    expect(held.state.holds).toEqual([{ by: 'softlaunch', reason: 'healthy is missed', at: start + hour, source: 'criterion' }]);
    expect(held.journal.map(({ kind, summary }) => `${kind}: ${summary}`)).toEqual(['hold: Held: healthy is missed.']);
    expect(scopes(missing(inPhase('pilot'), doing({ kind: 'roll back', scope: 'launch' })))).toEqual(['launch']);
    const feature = missing(inPhase('pilot'), doing({ kind: 'roll back', scope: 'feature:communities' }));
    expect([scopes(feature), feature.state.featuresOff]).toEqual([['feature:communities'], ['communities']]);
  });

  test('acts once: not while it stays missed, nor after people resumed, but again when it was met in between', () => {
    const of = doing({ kind: 'hold' });
    const held = missing(inPhase('pilot'), of).state;
    const resumed = say(held, { command: 'resume' }).state;
    expect(missing(resumed, of)).toMatchObject({ state: { holds: [] }, journal: [] });
    expect(reasons(missing(hear(resumed, {}, of).state, of))).toEqual(['healthy is missed']);
    expect(reasons(missing(hear(held, {}, of).state, of))).toEqual(['healthy is missed']);
  });

  test('is repaired first and once, and what else the plan says follows when it is still missed after that', () => {
    const of = doing({ kind: 'repair', repair: 'repair seats' }, { kind: 'page', role: 'ops' }, { kind: 'hold' });
    const first = missing(inPhase('pilot'), of);
    expect(first).toMatchObject({ repairs: [{ repair: 'repair seats', criterion: 'healthy', scope: 'launch' }], pages: [] });
    expect(first.state).toMatchObject({ holds: [], situation: { missed: [], ready: false } });
    const second = missing(first.state, of);
    expect(second).toMatchObject({ repairs: [], pages: [{ role: 'ops' }] });
    expect(reasons(second)).toEqual(['healthy is missed']);
    expect(missing(hear(second.state, {}, of).state, of).repairs).toEqual([]);
  });

  test('in a community rolls back that community, and another one or the launch where the plan says so', () => {
    const report = community('hilltop', 'expansion', { situation: seeing({ missed: ['isolated'] }) });
    expect(scopes(takeCommunityNews(plan, inPhase('expansion'), report, start))).toEqual(['community:hilltop']);
    const held = takeCommunityNews(plan, inPhase('expansion'), { ...report, situation: seeing({ missed: ['community healthy'] }) }, start);
    expect([scopes(held), reasons(held)]).toEqual([[], ['community healthy is missed in hilltop']]);
  });

  test('in a community rolls back the launch where its phase says so of any: an isolation breach in the pilot', () => {
    const report = community('riverside', 'pilot', { situation: seeing({ missed: ['isolated'] }) });
    const heard = takeCommunityNews(plan, inPhase('pilot'), report, start);
    expect(heard.orders).toMatchObject([{ scope: 'launch', reason: 'isolated is missed in riverside' }]);
    expect(heard.state.stage).toBe('rolled back');
    expect(scopes(takeCommunityNews(plan, heard.state, { ...report, situation: healthy }, start))).toEqual([]);
  });

  test('that cannot be measured pages ops, and neither holds nor rolls back', () => {
    const heard = hear(inPhase('pilot'), { situation: seeing({ blind: ['healthy'] }) });
    expect(heard.pages).toMatchObject([{ role: 'ops', what: expect.stringContaining('could not be measured four times in a row') }]);
    expect([scopes(heard), reasons(heard)]).toEqual([[], []]);
    expect(hear(heard.state, { situation: seeing({ blind: ['healthy'] }) }).pages).toEqual([]);
  });
});

describe('while a launch is rolled back', () => {
  test('nothing is ordered again, by no trigger, miss, community or hand edit', () => {
    const state = rolledBack(inPhase('pilot'), 'ordered');
    const everything = seeing({ missed: ['healthy'], triggers: ['x'] });
    const off: DriftNote = { kind: 'flag', key: 'multi_community', what: 'turned off by hand' };
    expect(hear(state, { situation: everything, drift: [off] })).toMatchObject({ orders: [], repairs: [] });
    expect(takeCommunityNews(plan, state, community('riverside', 'pilot', { situation: everything }), start).orders).toEqual([]);
  });

  test('a flag turned on by hand is told to people once, and holds', () => {
    const drift: readonly DriftNote[] = [{ kind: 'flag', key: 'multi_community', what: 'turned on by hand' }];
    const heard = hear(rolledBack(inPhase('pilot')), { drift });
    expect(heard).toMatchObject({ orders: [], pages: [{ role: 'ops' }], journal: [{ kind: 'drift' }, { kind: 'hold' }] });
    expect(hear(heard.state, { drift }).pages).toEqual([]);
  });

  test.each(['joining', 'open'] as const)(
    'a community that is %s is not refused by it: it has its place when the phase begins again',
    (before) => {
      const joining = { ...inPhase('pilot').communities, riverside: community('riverside', 'pilot', { state: before, situation: unseen }) };
      const refused = community('riverside', 'pilot', { state: 'refused', why: 'the fence was raised' });
      const state = rolledBack(inPhase('pilot', { communities: joining }));
      expect(takeCommunityNews(plan, state, refused, start).state).toEqual(state);
      const entered = enterPhase(plan, state, 'pilot', start);
      expect(takeCommunityNews(plan, entered, refused, start).state).toEqual(entered);
      const open = openPhase(plan, entered, start);
      expect(takeCommunityNews(plan, open, refused, start).state.communities.riverside?.state).toBe('refused');
    },
  );
});

describe('a phase that is not open yet', () => {
  const entered = enterPhase(plan, inPhase('pilot'), 'expansion', start);
  const again = enterPhase(plan, rolledBack(inPhase('pilot')), 'pilot', start);
  const order = { commandId: 'sql-1', scope: 'launch', by: 'dba', reason: 'now', at: start };
  const breach = seeing({ missed: ['healthy'], triggers: ['no violations is missed'] });

  test('rolls back on a trigger of the phase before, whose features are on, but does not act on its misses', () => {
    expect(scopes(hear(entered, { situation: breach }))).toEqual(['launch']);
    const missed = hear(entered, { situation: seeing({ missed: ['healthy'] }) });
    expect([missed.orders, missed.pages, missed.state.holds]).toEqual([[], [], []]);
  });

  test('has nothing that a trigger could turn off when it begins again', () => {
    expect(hear(again, { situation: breach })).toMatchObject({ orders: [], state: { stage: 'running', situation: breach } });
  });

  test('heeds a rollback by SQL and what was done by hand, whichever it is', () => {
    const drift: DriftNote[] = [{ kind: 'flag', key: 'multi_community', what: 'turned on by hand' }];
    for (const state of [entered, again]) {
      expect(hear(state, { rollbacks: [order] }).state).toMatchObject({ stage: 'rolled back', rollback: { by: 'dba' } });
      expect(reasons(hear(state, { drift }))).toEqual(['The flag multi_community was turned on by hand']);
    }
  });

  test('forgets what was seen before when it opens', () => {
    expect(openPhase(plan, hear(entered, { situation: healthy }).state, start).situation).toEqual(unseen);
  });
});

describe('news from before', () => {
  test('is not a rollback that the launch ordered while its watch was looking', () => {
    const breach = seeing({ triggers: ['booking works is missed'] });
    const { state, orders } = takeCommunityNews(
      plan,
      inPhase('expansion'),
      community('hilltop', 'expansion', { situation: breach }),
      start,
    );
    const found = orders.map((order) => ({ ...order, at: start }));
    expect(hear(state, { rollbacks: found })).toMatchObject({ orders: [], state: { partRollbacks: state.partRollbacks } });
    const another = { commandId: 'sql-1', scope: 'community:harbour', by: 'dba', reason: 'now', at: start };
    expect(scopes(hear(state, { rollbacks: [...found, another] }))).toEqual(['community:harbour']);
  });

  test('is not a repetition of a rollback that the launch ordered', () => {
    const ordered = rolledBack(inPhase('pilot', { ordered: ['off-1'] }), 'stuck');
    const again = { commandId: 'off-1/again-1796189466349', scope: 'launch', by: 'ops', reason: 'double bookings', at: start };
    expect(hear(ordered, { rollbacks: [again] })).toMatchObject({ orders: [], state: { ordered: ['off-1'] } });
  });

  test('is not of a community that has left, was admitted again, or joined again since', () => {
    const report = community('hilltop', 'expansion');
    for (const state of ['rolled back', 'refused', 'readmitted'] as const) {
      const left = inPhase('expansion', { communities: { hilltop: community('hilltop', 'expansion', { state }) } });
      expect(takeCommunityNews(plan, left, report, start).state).toEqual(left);
    }
    const again = inPhase('expansion', {
      communities: { hilltop: community('hilltop', 'expansion', { state: 'joining', joinedAt: start + 1 }) },
    });
    expect(takeCommunityNews(plan, again, report, start).state).toEqual(again);
    expect(takeCommunityNews(plan, again, { ...report, joinedAt: start + 2 }, start).state.communities.hilltop?.state).toBe('open');
    for (const slug of ['nobody', 'constructor', '__proto__'])
      expect(takeCommunityNews(plan, again, community(slug, 'expansion'), start).state).toEqual(again);
  });
});
