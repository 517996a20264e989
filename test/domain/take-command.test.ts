import { describe, expect, test } from 'vitest';
import type { LaunchState } from '../../src/domain/launch.ts';
import { phaseNames } from '../../src/domain/plan.ts';
import {
  bySlug,
  community,
  day,
  hour,
  inPhase,
  newly,
  plan,
  quorum,
  rolledBack,
  type Said,
  say,
  seeing,
  start,
  withoutAnswers,
} from './launch-builder.ts';

const later = start + 8 * day;
const go: Said = { command: 'decide', phase: 'pilot', decision: 'go' };

/** What a refused command says. It has changed nothing but the answers, and is written down as refused. */
function refusal(state: LaunchState, words: Said, saying: Parameters<typeof say>[2] = { at: later }): string {
  const taken = say(state, words, saying);
  expect(taken.answer.accepted).toBe(false);
  expect(taken.order).toBeUndefined();
  expect(withoutAnswers(taken.state)).toEqual(withoutAnswers(state));
  expect(taken.journal.map(({ kind }) => kind)).toEqual(['refused']);
  return taken.answer.says;
}

function accepted(state: LaunchState, words: Said, saying: Parameters<typeof say>[2] = { at: later }) {
  const taken = say(state, words, saying);
  expect(taken.answer).toMatchObject({ accepted: true });
  expect(taken.journal.map(({ kind }) => kind)).toEqual([words.command]);
  return taken;
}

describe('a go', () => {
  test('is taken at the gate of the phase that the launch is in', () => {
    const { state, answer } = accepted(inPhase('pilot'), go);
    expect(state.votes).toEqual([{ by: 'lead', reason: 'because', at: later }]);
    expect(answer.says).toBe('Go for pilot by lead');
  });

  test.each(phaseNames.filter((name) => name !== 'pilot'))('meant for %s is late or early in the pilot', (phase) => {
    expect(refusal(inPhase('pilot'), { command: 'decide', phase, decision: 'go' })).toBe(
      `the launch is in pilot, so only its gate can be decided; this was for ${phase}.`,
    );
  });

  test.each(['support', 'nobody', 'constructor', '__proto__', 'toString', ''])('of %j is refused', (by) => {
    expect(refusal(inPhase('pilot'), { ...go, by })).toMatch(
      /may not decide the gate of pilot; lead may|its people are lead, ops, support/,
    );
  });

  test('is refused with what blocks, and with everything that blocks', () => {
    const state = inPhase('pilot', { situation: seeing({ missed: ['healthy'] }), checked: {} });
    const says = refusal(state, go, { at: start + 48 * hour - 1 });
    expect(says).toContain('minimum stay');
    expect(says).toContain('healthy is missed');
    expect(refusal(inPhase('pre-launch', { checked: {} }), { ...go, phase: 'pre-launch' } as Said)).toContain('Support team briefed');
  });

  test('after a rollback is refused with resume and abandon, and one at a gate that opens by itself with hold', () => {
    expect(refusal(rolledBack(inPhase('pilot')), go)).toContain('resume enters pilot again, abandon ends it');
    expect(refusal(inPhase('general-availability'), { ...go, phase: 'general-availability' } as Said)).toContain('hold keeps it shut');
  });

  test('of one person twice is not two, and of two people is', () => {
    const saying = { at: later, of: quorum };
    const first = say(inPhase('pilot', {}, quorum), go, saying);
    expect(first.answer.says).toBe('Go for pilot by lead, 1 more needed');
    const again = say(first.state, go, saying);
    expect(again.answer.says).toContain('1 more needed');
    expect(say(again.state, { ...go, by: 'ops' }, saying).answer.says).toBe('Go for pilot by ops');
  });

  test('waives what is waivable, by name, for a day or as long as it says', () => {
    const state = inPhase('pilot', { situation: seeing({ pending: ['healthy'] }) });
    const { state: waived, answer } = accepted(state, { ...go, waive: ['healthy'] } as Said);
    expect(waived.waivers).toEqual([
      { phase: 'pilot', criteria: ['healthy'], by: 'lead', reason: 'because', at: later, expiresAt: later + day },
    ]);
    expect(answer.says).toBe('Go for pilot by lead, waiving healthy');
    const short = accepted(state, { ...go, waive: ['healthy'], waiveMs: hour } as Said);
    expect(short.state.waivers[0]?.expiresAt).toBe(later + hour);
    expect(refusal(state, { ...go, waive: ['healthy'], waiveMs: 0 } as Said)).toContain('healthy is not yet shown to hold');
  });

  test('can waive neither what holds, nor the minimum stay, nor an unknown name', () => {
    expect(refusal(inPhase('pilot'), { ...go, waive: ['healthy'] } as Said)).toContain('nothing can');
    const state = inPhase('pilot', { situation: seeing({ missed: ['healthy'] }) });
    expect(refusal(state, { ...go, waive: ['minimum stay'] } as Said)).toContain('"healthy" can');
    expect(refusal(state, { ...go, waive: ['healthy'] } as Said, { at: start + hour })).toContain('minimum stay');
  });
});

describe('no-go and extend', () => {
  test('a no-go holds the launch and forgets who said go', () => {
    const voted = accepted(inPhase('pilot'), go).state;
    const { state } = accepted(voted, { command: 'decide', phase: 'pilot', decision: 'no-go' });
    expect(state.votes).toEqual([]);
    expect(state.holds).toEqual([{ by: 'lead', reason: 'no-go: because', at: later, source: 'person' }]);
    expect(refusal(state, go)).toContain('held by lead');
  });

  test.each([
    ['before the stay has ended', start + hour, start + 48 * hour + day],
    ['after it', later, later + day],
  ])('an extension %s is added to what is left', (_, at, stayUntil) => {
    const extend: Said = { command: 'decide', phase: 'pilot', decision: 'extend', extendMs: day };
    const { state, answer } = accepted(inPhase('pilot'), extend, { at });
    expect(state).toMatchObject({ stayUntil, votes: [] });
    expect(answer.says).toBe('Extended pilot by 24 h');
  });

  test('an extension needs to say how long', () => {
    expect(refusal(inPhase('pilot'), { command: 'decide', phase: 'pilot', decision: 'extend' })).toContain('extendMs');
    expect(refusal(inPhase('pilot'), { command: 'decide', phase: 'pilot', decision: 'extend', extendMs: 0 })).toContain('extendMs');
  });
});

describe('a command', () => {
  const everything: readonly Said[] = [
    go,
    { command: 'hold' },
    { command: 'resume' },
    { command: 'abandon' },
    { command: 'check', item: 'Support team briefed' },
    { command: 'answer', probe: 'smoke tests', successes: 1, trials: 1 },
    { command: 'checkIn' },
    { command: 'report', severity: 'P2', issue: 'slow' },
    { command: 'incident', incident: 'P2-1', close: true },
    { command: 'tune', setting: 'fair_matching.weight_reliability', value: 0.2 },
    { command: 'admit', community: 'hilltop', admitted: true },
  ];

  test.each(everything)('$command from nobody the plan knows is refused, also by a name that every object has', (words) => {
    for (const by of ['mallory', 'constructor', '__proto__', 'hasOwnProperty', 'LEAD', ' lead'])
      expect(refusal(inPhase('pilot'), { ...words, by })).toBe(`the plan knows nobody called ${by}; its people are lead, ops, support.`);
  });

  test.each(['completed', 'abandoned', 'cancelled'] as const)('to a launch that is %s is refused, with where to look', (stage) => {
    for (const words of everything) expect(refusal(inPhase('pilot', { stage }), words)).toContain(`is ${stage}: nothing can be decided`);
  });

  test('with the same id again gets the same answer and has no second effect, whatever it says then', () => {
    const once = say(inPhase('pilot'), { command: 'hold', commandId: '7' }, { at: later });
    const twice = say(once.state, { command: 'abandon', commandId: '7' }, { at: later + 1 });
    expect(twice).toEqual({ state: once.state, answer: once.answer, journal: [] });
    const refused = say(newly(), { ...go, commandId: 'x' });
    expect(say(refused.state, { command: 'hold', commandId: 'x' })).toMatchObject({ answer: { accepted: false }, state: refused.state });
  });

  test('is remembered by its id also when that is a number or a name that every object has', () => {
    const ids = ['7', '__proto__', 'constructor', ...Array.from({ length: 197 }, (_, index) => `c${index}`)];
    const state = ids.reduce((so, commandId) => say(so, { command: 'hold', commandId }).state, inPhase('pilot'));
    expect(Object.keys(state.answers)).toHaveLength(200);
    for (const commandId of ids.slice(0, 3)) expect(say(state, { command: 'hold', commandId }).state).toBe(state);
  });

  test('is forgotten after two hundred others, so that the state stays small', () => {
    const ids = Array.from({ length: 300 }, (_, index) => String(1000 - index));
    const state = ids.reduce((so, commandId) => say(so, { command: 'checkIn', commandId }).state, inPhase('pilot'));
    expect(Object.keys(state.answers)).toHaveLength(200);
    expect(say(state, { command: 'checkIn', commandId: '701' }).state).toBe(state);
  });
});

describe('people', () => {
  test('hold by anybody, lift every hold by resume, and cannot lift what is not there', () => {
    const held = accepted(accepted(inPhase('pilot'), { command: 'hold', by: 'support' }).state, { command: 'hold', by: 'ops' }).state;
    expect(held.holds).toHaveLength(2);
    expect(accepted(held, { command: 'resume', by: 'ops' }).state.holds).toEqual([]);
    expect(refusal(inPhase('pilot'), { command: 'resume' })).toBe('carpool-v2 is not held: there is nothing to resume.');
  });

  test('tick what is theirs, in any case of letters, and nothing that is not', () => {
    const state = inPhase('pre-launch', { checked: {} });
    const { checked } = accepted(state, { command: 'check', item: 'support TEAM briefed', by: 'support' }).state;
    expect(checked).toEqual({ 'Support team briefed': { by: 'support', at: later } });
    expect(refusal(state, { command: 'check', item: 'Support team briefed', by: 'lead' })).toContain('for support to tick');
    expect(refusal(state, { command: 'check', item: 'Monitoring queries work', by: 'ops' })).toContain('by the launch itself');
    expect(refusal(state, { command: 'check', item: 'Coffee' })).toContain('it has "Pre-flight checks complete"');
    expect(refusal(inPhase('pilot'), { command: 'check', item: 'constructor' })).toContain('its checklist is empty');
  });

  test('answer what people are asked, and no more than all', () => {
    const answer = (probe: string, successes: number, trials: number): Said => ({ command: 'answer', probe, successes, trials });
    expect(accepted(inPhase('internal'), answer('smoke tests', 41, 42)).answer.says).toBe('smoke tests: 41 of 42');
    expect(refusal(inPhase('internal'), answer('smoke tests', 43, 42))).toBe('43 of 42 is more than all.');
    for (const probe of ['invariants', 'constructor', '__proto__'])
      expect(refusal(inPhase('internal'), answer(probe, 1, 1))).toContain('only about smoke tests');
  });

  test('note a check-in, which changes nothing', () => {
    const state = inPhase('pilot', { communities: bySlug(community('riverside', 'pilot')) });
    expect(withoutAnswers(accepted(state, { command: 'checkIn', community: 'riverside' }).state)).toEqual(withoutAnswers(state));
  });

  test('abandon a launch wherever it stands, and then it is over', () => {
    for (const state of [newly(), inPhase('pilot'), rolledBack(inPhase('pilot'), 'stuck')])
      expect(accepted(state, { command: 'abandon', by: 'ops' }).state.stage).toBe('abandoned');
  });
});

test('the plan has the people that these tests speak of', () => {
  expect(Object.keys(plan.people)).toEqual(['lead', 'ops', 'support']);
});
