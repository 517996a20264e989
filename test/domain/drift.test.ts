import { describe, expect, test } from 'vitest';
import type { LaunchState } from '../../src/domain/launch.ts';
import { type DriftNote, driftText, keyOf, type News, takeLaunchNews } from '../../src/domain/news.ts';
import { healthy, hour, inPhase, plan, seeing, start } from './launch-builder.ts';

const news = (more: Partial<News>): News => ({ at: start + hour, situation: healthy, drift: [], rollbacks: [], ...more });
const edited = (note: DriftNote, state: LaunchState = inPhase('expansion')) => takeLaunchNews(plan, state, news({ drift: [note] }));

describe('a hand edit', () => {
  test.each<[DriftNote, readonly string[]]>([
    [{ kind: 'flag', key: 'multi_community', what: 'turned off by hand' }, ['feature:communities']],
    [{ kind: 'flag', key: 'smart_route_matching', what: 'turned off by hand' }, ['feature:smart matching']],
    [{ kind: 'flag', key: 'fair_matching', what: 'turned off by hand' }, ['feature:smart matching']],
    [{ kind: 'community', key: 'hilltop', what: 'turned off by hand' }, ['community:hilltop']],
    [{ kind: 'flag', key: 'somebody_elses', what: 'turned off by hand' }, []],
  ])('that turns off is adopted, never overwritten: %j', (note, scopes) => {
    const heard = edited(note);
    expect(heard.orders.map(({ scope }) => scope)).toEqual(scopes);
    expect(heard.orders.every(({ by, reason }) => by === 'somebody' && reason === driftText(note))).toBe(true);
    expect(heard.state.holds).toEqual([]);
    expect(heard.journal).toMatchObject([{ kind: 'drift', summary: `${driftText(note)}.` }]);
  });

  test.each<[DriftNote, string]>([
    [{ kind: 'flag', key: 'multi_community', what: 'turned on by hand' }, 'The flag multi_community was turned on by hand'],
    [{ kind: 'community', key: 'hilltop', what: 'turned on by hand' }, 'The community hilltop was turned on by hand'],
    [
      { kind: 'flag', key: 'fair_matching.weight_reliability', what: 'setting changed' },
      'The setting fair_matching.weight_reliability was changed by hand',
    ],
    [{ kind: 'flag', key: 'fair_matching', what: 'row deleted' }, 'The row of flag fair_matching was deleted'],
    [{ kind: 'community', key: 'hilltop', what: 'row deleted' }, 'The row of community hilltop was deleted'],
    [
      { kind: 'flag', key: 'cross_community_visibility', what: 'guard violated' },
      'The guarded flag cross_community_visibility was changed by hand',
    ],
  ])('that does anything else holds the launch until a person chooses: %j', (note, text) => {
    const heard = edited(note);
    expect(heard.orders).toEqual([]);
    expect(heard.state.holds).toMatchObject([{ by: 'softlaunch', reason: text, source: 'drift' }]);
    expect(heard.pages).toEqual([{ role: 'ops', scope: 'launch', what: `${text}: the launch is held; undo it or resume to keep it` }]);
  });

  test('is acted on once while it stays, and again when it was undone and comes back', () => {
    const note: DriftNote = { kind: 'flag', key: 'fair_matching', what: 'row deleted' };
    const once = edited(note).state;
    expect(once.drift).toEqual([keyOf(note)]);
    expect(edited(note, once)).toMatchObject({ journal: [], pages: [] });
    const undone = takeLaunchNews(plan, once, news({})).state;
    expect(undone.drift).toEqual([]);
    expect(edited(note, { ...undone, holds: [] }).state.holds).toHaveLength(1);
  });

  test('that comes with a breach adds nothing to the rollback of the launch', () => {
    const note: DriftNote = { kind: 'flag', key: 'multi_community', what: 'turned off by hand' };
    const heard = takeLaunchNews(plan, inPhase('pilot'), news({ situation: seeing({ triggers: ['x'] }), drift: [note] }));
    expect(heard.orders.map(({ scope }) => scope)).toEqual(['launch']);
  });
});

describe('a rollback by SQL alone', () => {
  const order = (scope: string) => ({ commandId: `sql-${scope}`, scope, by: 'dba', reason: 'double bookings', at: start + 1 });
  const adopt = (state: LaunchState, ...scopes: string[]) => takeLaunchNews(plan, state, news({ rollbacks: scopes.map(order) }));

  test('of the launch is adopted with who did it and when, is a P0, and is seen through', () => {
    const heard = adopt(inPhase('pilot'), 'launch');
    expect(heard.state).toMatchObject({ stage: 'rolled back', rollback: { by: 'dba', at: start + 1, state: 'ordered' } });
    expect(heard.state.incidents).toMatchObject([{ severity: 'P0', issue: 'double bookings' }]);
    expect(heard.orders).toMatchObject([{ scope: 'launch', commandId: 'sql-launch' }]);
  });

  test('of a feature and a community is adopted, and the launch goes on', () => {
    const { state } = adopt(inPhase('expansion'), 'feature:communities', 'community:hilltop');
    expect(state).toMatchObject({ stage: 'running', featuresOff: ['communities'], communities: { hilltop: { state: 'rolled back' } } });
    expect(state.incidents).toEqual([]);
  });

  test('on top of an open P0 opens no second one, and of a launch that is rolled back leaves whose that was', () => {
    const first = adopt(inPhase('pilot'), 'launch').state;
    const again = takeLaunchNews(plan, first, news({ rollbacks: [{ ...order('launch'), commandId: 'sql-2', by: 'another' }] }));
    expect(again.state.rollback?.by).toBe('dba');
    expect(again.state.incidents).toHaveLength(1);
  });

  test('before the phase is open is adopted as well', () => {
    expect(adopt(inPhase('pilot', { opened: false }), 'launch').state.stage).toBe('rolled back');
  });
});
