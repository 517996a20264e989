import { describe, expect, test } from 'vitest';
import {
  answerTo,
  enterPhase,
  isOver,
  openCommunities,
  openPhase,
  phaseOf,
  reviewDueAt,
  unseen,
  withAnswer,
} from '../../src/domain/launch.ts';
import type { PhaseName } from '../../src/domain/plan.ts';
import { bySlug, community, day, hour, inPhase, newly, plan, rolledBack, seeing, start } from './launch-builder.ts';

const vote = { by: 'lead', reason: 'well', at: start };

describe('entering a phase', () => {
  test('for the first time leaves behind what was seen, ticked, voted and said in the one before', () => {
    const left = inPhase('pilot', { votes: [vote], repaired: ['launch/healthy'], reminded: ['maximum stay'], checked: { x: vote } });
    expect(enterPhase(plan, left, 'expansion', start + 1)).toMatchObject({
      phase: 'expansion',
      entry: left.entry + 1,
      opened: false,
      phaseOpenedAt: start + 1,
      situation: unseen,
      wavesJoined: 0,
      lastWaveAt: 0,
      checked: {},
      votes: [],
      repaired: [],
      reminded: [],
    });
  });

  test('again after a rollback keeps the waves that have joined, and begins their evidence anew', () => {
    const expanding = rolledBack(inPhase('expansion', { wavesJoined: 2, lastWaveAt: start + day }));
    const again = enterPhase(plan, expanding, 'expansion', start + 2 * day);
    expect(again).toMatchObject({ stage: 'running', rollback: null, wavesJoined: 2, lastWaveAt: start + day });
    expect(Object.values(again.communities).map(({ situation }) => situation)).toEqual([unseen, unseen, unseen]);
  });

  test('keeps what outlives a phase: holds, incidents, excluded communities, features that are off', () => {
    const kept = {
      holds: [{ ...vote, source: 'person' as const }],
      incidents: [{ id: 'P3-1', severity: 'P3' as const, issue: 'x', openedAt: start, owner: 'ops', done: [] }],
      excluded: ['hilltop'],
      featuresOff: ['communities'],
      tuned: { 'fair_matching.weight_reliability': 0.2 },
    };
    expect(enterPhase(plan, inPhase('pilot', kept), 'expansion', start)).toMatchObject(kept);
  });
});

describe('opening a phase', () => {
  test.each<[PhaseName, number]>([
    ['pre-launch', 0],
    ['internal', 4 * hour],
    ['pilot', 48 * hour],
    ['expansion', 72 * hour],
  ])('%s begins its minimum stay, which counts from there and not from entering', (name, stay) => {
    const entered = enterPhase(plan, newly(), name, start);
    const opened = openPhase(plan, entered, start + hour);
    expect(opened).toMatchObject({ opened: true, phaseOpenedAt: start + hour, stayUntil: start + hour + stay });
  });

  test('remembers when it opened first, also when it opens again', () => {
    const again = openPhase(plan, enterPhase(plan, inPhase('internal'), 'internal', start + day), start + day);
    expect(again).toMatchObject({ firstOpenedAt: { internal: start }, phaseOpenedAt: start + day });
  });

  test('general availability lasts until the review, seven days after the internal phase first opened, and at least 12 h', () => {
    expect(reviewDueAt(plan, inPhase('general-availability'))).toBe(start + 7 * day);
    expect(reviewDueAt(plan, newly())).toBe(start + 7 * day);
    const late = openPhase(plan, inPhase('general-availability'), start + 10 * day);
    expect(late.stayUntil).toBe(start + 10 * day + 12 * hour);
  });
});

test('a launch begins with nothing on, nothing seen and nobody asked', () => {
  expect(newly()).toMatchObject({ stage: 'running', phase: 'pre-launch', entry: 0, opened: false, rollback: null, communities: {} });
  expect(JSON.parse(JSON.stringify(newly()))).toEqual(newly());
});

test('a launch is over when it is completed, abandoned or cancelled, and not while it is rolled back', () => {
  const over = (['running', 'rolled back', 'completed', 'abandoned', 'cancelled'] as const).map((stage) => isOver({ ...newly(), stage }));
  expect(over).toEqual([false, false, true, true, true]);
});

test('the open communities are those that have the features now', () => {
  const states = ['joining', 'open', 'readmitted', 'rolled back', 'refused'] as const;
  const communities = bySlug(...states.map((state) => community(state, 'expansion', { state, situation: seeing({}) })));
  expect(openCommunities(inPhase('expansion', { communities })).map(({ slug }) => slug)).toEqual(['open']);
});

test('an answer is found by the id of its command, whatever that is, and by no other', () => {
  const answer = { accepted: true, says: 'Held' };
  for (const id of ['1', '__proto__', 'command 1', '']) {
    expect(answerTo(newly(), id)).toBeUndefined();
    const answered = withAnswer(newly(), id, answer);
    expect(answerTo(answered, id)).toEqual(answer);
    expect(answerTo(JSON.parse(JSON.stringify(answered)), id)).toEqual(answer);
    expect(answerTo(answered, `${id}x`)).toBeUndefined();
  }
});

test('a phase that a plan does not have is a broken promise, and says so', () => {
  expect(() => phaseOf({ ...plan, phases: [] }, 'pilot')).toThrow('The plan carpool-v2 has no phase pilot, though every plan must.');
});
