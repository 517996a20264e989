import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/domain/reading.ts';
import { type ReviewEntry, type ReviewEvidence, reviewEntry, reviewLaunch, reviewProbes } from '../../src/domain/review.ts';
import { loadPlan } from '../../src/plan/load-plan.ts';
import { carpool, changed } from '../plan/carpool.ts';

const minutes = 60_000;
const hours = 60 * minutes;
const opened = Date.UTC(2026, 0, 12, 8);
const due = opened + 168 * hours;
const plan = carpool();

type Written = Partial<ReviewEntry> & Pick<ReviewEntry, 'kind'>;

/** A journal in which the phases opened as the plan wants at the earliest, and what else a test writes into it. */
function journal(...written: readonly Written[]): readonly ReviewEntry[] {
  const phases: readonly Written[] = [
    { kind: 'phase opened', at: opened, detail: { phase: 'internal', entry: 2 } },
    { kind: 'phase opened', at: opened + 4 * hours, detail: { phase: 'pilot', entry: 3 } },
    { kind: 'phase opened', at: opened + 52 * hours, detail: { phase: 'expansion', entry: 4 } },
    { kind: 'phase opened', at: opened + 148 * hours, detail: { phase: 'general-availability', entry: 5 } },
  ];
  return [...phases, ...written]
    .map((entry, index) => ({ seq: index + 1, at: opened, scope: 'launch', actor: 'softlaunch', summary: '', detail: {}, ...entry }))
    .sort((a, b) => a.at - b.at);
}

const answer = (
  probe: string,
  value: Reading extends infer R ? (R extends { answer: infer A } ? A : never) : never,
  at = due,
): Reading => ({
  probe,
  scope: 'launch',
  at,
  status: 'measured',
  answer: value,
});

/** Looks every 15 minutes (hourly in general availability), all healthy but for those named by their number. */
function looks(unhealthy: readonly number[] = [], skipped: readonly number[] = [], failed: readonly number[] = []): readonly Reading[] {
  const instants: number[] = [];
  for (let at = opened; at <= due; at += at < opened + 148 * hours ? 15 * minutes : hours) instants.push(at);
  return instants.flatMap((at, index): Reading[] => {
    if (skipped.includes(index)) return [];
    if (failed.includes(index))
      return [{ probe: 'invariants', scope: 'launch', at, status: 'unmeasured', reason: 'There was no answer within 5 s.' }];
    return [answer('invariants', { healthy: !unhealthy.includes(index), violations: unhealthy.includes(index) ? 2 : 0 }, at)];
  });
}

/** `reviewedAt: null`: nobody has asked the probes for the review. */
type Given = Partial<Omit<ReviewEvidence, 'reviewedAt'>> & { readonly reviewedAt?: null };

function evidence({ reviewedAt, ...given }: Given = {}): ReviewEvidence {
  return {
    at: due,
    ...(reviewedAt !== null && { reviewedAt: due }),
    journal: journal(),
    answers: [
      answer('invariants', { violations: 0 }),
      answer('seats', { count: 0 }),
      answer('clicks', { '': { successes: 300, trials: 1000 } }),
    ],
    looks: looks(),
    soaks: [],
    judgements: [],
    rollbacks: [],
    complaints: [],
    ...given,
  };
}

function metric(name: string, given: Given = {}, of = plan) {
  const found = reviewLaunch(of, evidence(given)).metrics.find((one) => one.metric === name);
  if (!found) throw new Error(`There is no metric ${name}.`);
  return found;
}

const complaints = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ issue: 'slow search', reporter: `user-${index}`, at: opened + index }));
const rollback = (scope: string, given: Partial<ReviewEvidence['rollbacks'][number]> = {}): ReviewEvidence['rollbacks'][number] => ({
  commandId: `${scope}-1`,
  scope,
  reason: 'isolated is missed',
  actor: 'softlaunch',
  at: opened + 60 * hours,
  state: 'restored',
  settledAt: opened + 60 * hours + 3 * minutes,
  liftedAt: null,
  ...given,
});

describe('the metrics of the strategy, on both sides of their targets', () => {
  it('are all met in a launch without trouble', () => {
    expect(reviewLaunch(plan, evidence()).metrics.map(({ metric: name, verdict, target }) => [name, target, verdict])).toEqual([
      ['Uptime', 'at least 99.9 %', 'met'],
      ['Invariant violations', 'at most 0', 'met'],
      ['Seat mismatches', 'at most 0', 'met'],
      ['Smart match clicks', 'at least 20 %, demonstrated', 'met'],
      ['User complaints', 'at most 4', 'met'],
      ['Rollbacks performed', 'at most 0', 'met'],
    ]);
  });

  it.each([
    ['Invariant violations', { answers: [answer('invariants', { violations: 0 })] }, 'met', '0'],
    ['Invariant violations', { answers: [answer('invariants', { violations: 1 })] }, 'missed', '1'],
    ['Seat mismatches', { answers: [answer('seats', { count: 0 })] }, 'met', '0'],
    ['Seat mismatches', { answers: [answer('seats', { count: 1 })] }, 'missed', '1'],
    ['Smart match clicks', { answers: [answer('clicks', { '': { successes: 50, trials: 200 } })] }, 'met', '25 % (50 of 200)'],
    ['Smart match clicks', { answers: [answer('clicks', { '': { successes: 40, trials: 200 } })] }, 'inconclusive', '20 % (40 of 200)'],
    ['Smart match clicks', { answers: [answer('clicks', { '': { successes: 5, trials: 200 } })] }, 'missed', '2.5 % (5 of 200)'],
    ['Smart match clicks', { answers: [answer('clicks', { '': { successes: 0, trials: 0 } })] }, 'inconclusive', 'none of 0'],
    ['User complaints', { complaints: complaints(4) }, 'met', '4'],
    ['User complaints', { complaints: complaints(5) }, 'missed', '5'],
    ['Rollbacks performed', { rollbacks: [] }, 'met', '0'],
    ['Rollbacks performed', { rollbacks: [rollback('community:lakeside')] }, 'missed', '1'],
  ] as const)('%s, case %#', (name, given, verdict, value) => {
    expect(metric(name, given)).toMatchObject({ verdict, value });
  });

  it('count a healthy share exactly: of 1,000 looks one may fail against 99.9 %, and two may not', () => {
    const every = 5 * minutes;
    const steady = { ...plan, phases: plan.phases.map((phase) => ({ ...phase, cadence: [{ everyMs: every, untilMs: null }] })) };
    const run = (bad: number) => ({
      at: opened + 999 * every,
      journal: journal().slice(0, 1),
      looks: Array.from({ length: 1000 }, (_, index) => answer('invariants', { healthy: index >= bad }, opened + index * every)),
    });
    expect(metric('Uptime', run(1), steady)).toMatchObject({ verdict: 'met', value: '99.9 % (999 of 1000)' });
    expect(metric('Uptime', run(2), steady)).toMatchObject({ verdict: 'missed', value: '99.8 % (998 of 1000)' });
  });

  it("miss 99.9 % on one unhealthy look of the plan's 613", () => {
    expect(metric('Uptime', { looks: looks([300]) })).toMatchObject({ verdict: 'missed', value: '99.836 % (612 of 613)', missedBefore: 1 });
  });
});

describe('what was not measured', () => {
  it('leaves uptime open when a look brought no answer, whatever the others said', () => {
    expect(metric('Uptime', { looks: looks([], [], [300]) })).toMatchObject({
      verdict: 'inconclusive',
      value: '100 % (612 of 612)',
      evidence:
        '"healthy" was met at 612 of 612 looks; 1 more of 613 brought no answer or were not taken. Whatever those were, the share is from 99.836 % to 100 %.',
    });
  });

  it('counts looks that nobody took, at the start, in the middle and at the end; one late look is none', () => {
    const without = (...skipped: readonly number[]) => metric('Uptime', { looks: looks([], skipped) });
    expect(without(300).verdict).toBe('met');
    expect(without(300, 301, 302).evidence).toContain('3 more of 613');
    expect(without(0, 1, 2).evidence).toContain('3 more of 613');
    expect(without(610, 611, 612).evidence).toContain('3 more of 613');
  });

  it('never decides uptime on what nobody knows: met stays met if all of it was bad, missed stays missed if all of it was good', () => {
    const half = {
      ...plan,
      review: {
        ...plan.review,
        metrics: plan.review.metrics.map((one) => ({ ...one, test: { ...one.test, atLeast: 0.9 } as typeof one.test })),
      },
    };
    const verdict = (unhealthy: readonly number[], failed: readonly number[]) =>
      metric('Uptime', { looks: looks(unhealthy, [], failed) }, half).verdict;
    const some = fc.uniqueArray(fc.nat(612), { maxLength: 90 });
    fc.assert(
      fc.property(some, some, (bad, unknown) => {
        const unhealthy = bad.filter((index) => !unknown.includes(index));
        const found = verdict(unhealthy, unknown);
        if (found === 'met') expect(verdict([...unhealthy, ...unknown], [])).toBe('met');
        if (found === 'missed') expect(verdict(unhealthy, [])).toBe('missed');
      }),
      { numRuns: 60 },
    );
  });

  it('misses uptime for sure when even the unknown could not save it', () => {
    expect(metric('Uptime', { looks: looks([1, 2], [], [300]) }).verdict).toBe('missed');
  });

  it('is unmeasured, never met, without any look or any answer', () => {
    expect(metric('Uptime', { looks: [] })).toMatchObject({ verdict: 'unmeasured' });
    expect(metric('Seat mismatches', { answers: [] })).toMatchObject({
      verdict: 'unmeasured',
      evidence: 'Nobody answered for the review.',
    });
    const failed: Reading = { probe: 'seats', scope: 'launch', at: due, status: 'unmeasured', reason: 'The answer has no row.' };
    expect(metric('Seat mismatches', { answers: [failed] })).toMatchObject({ verdict: 'unmeasured', evidence: 'The answer has no row.' });
    expect(metric('Seat mismatches', { answers: [] })).not.toHaveProperty('value');
  });

  it('is unmeasured when the answer is older than it counts', () => {
    const old = { answers: [answer('seats', { count: 0 }, due - 72 * hours)], reviewedAt: null };
    expect(metric('Seat mismatches', old)).toMatchObject({ verdict: 'unmeasured' });
  });

  it('counts nothing in a journal that somebody has rewritten', () => {
    const { metrics, doubts } = reviewLaunch(plan, evidence({ journalBrokenAt: 17 }));
    expect(metrics.slice(-2).map(({ verdict }) => verdict)).toEqual(['unmeasured', 'unmeasured']);
    expect(doubts[0]).toContain('from entry 17 on');
  });

  it('leaves a sum over communities unmeasured when one of them did not answer', () => {
    const text = changed(
      'from recommendations where closed_at',
      'from recommendations where passenger_community::text = :community and closed_at',
    );
    const perCommunity = loadPlan(text, 'plan.yaml').plan;
    const of = (scope: string, successes: number): Reading => ({ ...answer('clicks', { '': { successes, trials: 500 } }), scope });
    const silent: Reading = { probe: 'clicks', scope: 'community:lakeside', at: due, status: 'unmeasured', reason: 'There was no answer.' };
    expect(metric('Smart match clicks', { answers: [of('community:a', 150), of('community:b', 200)] }, perCommunity)).toMatchObject({
      verdict: 'met',
      value: '35 % (350 of 1000)',
    });
    expect(metric('Smart match clicks', { answers: [of('community:a', 150), silent] }, perCommunity)).toMatchObject({
      verdict: 'unmeasured',
      evidence: 'lakeside: There was no answer. Of 2 communities together.',
    });
  });
});

describe('a metric that is met at the review', () => {
  it('still tells how often it was not before', () => {
    expect(metric('Invariant violations', { looks: looks([10, 11, 12]) })).toMatchObject({
      verdict: 'met',
      missedBefore: 3,
      evidence: 'It is 0, and must be at most 0. 3 of 613 looks since the internal phase opened missed it.',
    });
  });
});

describe('rollbacks', () => {
  it('count once while one is in force, however often it was ordered or tried again', () => {
    const again = [
      rollback('launch', { commandId: 'x', liftedAt: opened + 62 * hours }),
      rollback('launch', { commandId: 'x/again-1', at: opened + 61 * hours, liftedAt: opened + 62 * hours }),
      rollback('launch', { commandId: 'y', at: opened + 70 * hours, state: 'stuck', settledAt: null }),
    ];
    const { rollbacks, metrics } = reviewLaunch(plan, evidence({ rollbacks: again }));
    expect(rollbacks.map(({ at, state, tookMs }) => [(at - opened) / hours, state, tookMs])).toEqual([
      [60, 'restored', 3 * minutes],
      [70, 'stuck', undefined],
    ]);
    expect(metrics.at(-1)).toMatchObject({
      value: '2',
      verdict: 'missed',
      evidence: 'It is 2, and must be at most 0. launch (restored), launch (stuck).',
    });
  });
});

describe('the standing of a review', () => {
  const standing = (given: Given) => {
    const { standing: how, standingSays, dueAt } = reviewLaunch(plan, evidence(given));
    return [how, standingSays, dueAt];
  };

  it('is provisional before its probes were asked, and a rate that is to be demonstrated then waits for the end', () => {
    const early = {
      reviewedAt: null,
      at: due - 24 * hours,
      answers: [answer('clicks', { '': { successes: 300, trials: 1000 } }, due - 24 * hours)],
    };
    expect(standing(early)).toEqual(['provisional', expect.stringMatching(/^Provisional: the probes have not been asked/), due]);
    expect(metric('Smart match clicks', early).verdict).toBe('inconclusive');
  });

  it('is provisional, without a date, before the internal phase has opened', () => {
    expect(standing({ reviewedAt: null, at: opened - hours, journal: [], looks: [] })).toEqual([
      'provisional',
      expect.stringContaining('the internal phase has not opened yet'),
      undefined,
    ]);
  });

  it('is final for a launch that ended early, and says that nobody was asked', () => {
    const ended = { reviewedAt: null, endedAt: opened + 60 * hours, outcome: 'abandoned', at: opened + 60 * hours };
    expect(standing(ended)).toEqual([
      'final',
      'The launch ended as abandoned before its review was due: its probes were not asked for a review.',
      due,
    ]);
  });

  it('keeps what happened after it out of every figure, and tells it apart', () => {
    const late = journal({ kind: 'hold', at: due + hours, summary: 'Held: late.' });
    const review = reviewLaunch(
      plan,
      evidence({
        journal: late,
        complaints: [{ issue: 'x', reporter: 'y', at: due + 1 }],
        rollbacks: [rollback('launch', { at: due + 1 })],
      }),
    );
    expect(review.afterwards.map(({ says }) => says)).toEqual(['Held: late.']);
    expect(review.metrics.slice(-2).map(({ value }) => value)).toEqual(['0', '0']);
  });
});

describe('the course of the launch', () => {
  const go = (phase: string, waive: readonly string[] = [], more: Record<string, unknown> = {}): Written => ({
    kind: 'decide',
    at: opened + 52 * hours - 1,
    actor: 'lead',
    summary: `Go for ${phase}`,
    detail: { command: { command: 'decide', phase, decision: 'go', reason: 'good enough', waive, ...more }, waived: waive },
  });

  it('tells phases that were reached, left and never reached', () => {
    const { phases } = reviewLaunch(plan, evidence({ journal: journal().slice(0, 2), reviewedAt: null, at: opened + 6 * hours }));
    expect(phases.map(({ phase, openedAt, closedAt, entries }) => [phase, openedAt, closedAt, entries])).toEqual([
      ['pre-launch', undefined, undefined, 0],
      ['internal', opened, opened + 4 * hours, 1],
      ['pilot', opened + 4 * hours, undefined, 1],
      ['expansion', undefined, undefined, 0],
      ['general-availability', undefined, undefined, 0],
    ]);
  });

  it('shows a waiver with who, why, how long, and how it stands now', () => {
    const judgements = [
      { criterion: 'healthy', scope: 'launch', verdict: 'missed' as const, reason: '', since: 0, asOf: due, unmeasuredInARow: 0 },
    ];
    const { waivers, followUps } = reviewLaunch(
      plan,
      evidence({ journal: journal(go('pilot', ['healthy'], { waiveMs: 2 * hours })), judgements }),
    );
    expect(waivers).toEqual([
      {
        at: opened + 52 * hours - 1,
        by: 'lead',
        phase: 'pilot',
        reason: 'good enough',
        waived: ['healthy'],
        expiresAt: opened + 54 * hours - 1,
        sinceThen: ['healthy was last missed.'],
      },
    ]);
    expect(followUps).toContainEqual({ what: 'Settle what was waived at the gate of pilot: healthy', from: 'evidence' });
    expect(reviewLaunch(plan, evidence({ journal: journal(go('pilot')) })).waivers).toEqual([]);
    expect(reviewLaunch(plan, evidence({ journal: journal(go('pilot', ['healthy'])) })).waivers[0]?.expiresAt).toBe(
      opened + 76 * hours - 1,
    );
  });

  it('tells each community from joining to its end, with its observed time', () => {
    const { communities } = reviewLaunch(
      plan,
      evidence({
        journal: journal(
          { kind: 'wave', at: opened + 52 * hours, detail: { wave: 0, communities: ['lakeside', 'oakfield'] } },
          { kind: 'community open', at: opened + 52 * hours + 1, scope: 'community:lakeside' },
          { kind: 'community refused', at: opened + 52 * hours + 1, scope: 'community:oakfield', summary: 'oakfield is refused: paused.' },
        ),
        rollbacks: [rollback('community:lakeside')],
        soaks: [
          {
            scope: 'community:lakeside',
            criterion: 'community healthy',
            sinceKey: '',
            ledger: {
              healthyMs: 6 * hours,
              unhealthyMs: hours,
              unknownMs: hours,
              lastAt: due,
              lastState: 'unhealthy',
              unhealthySince: due,
            },
          },
        ],
      }),
    );
    expect(communities).toEqual([
      {
        community: 'lakeside',
        joinedAt: opened + 52 * hours,
        state: 'rolled back',
        why: 'isolated is missed',
        soaks: ['community healthy: 6 h of 48 h healthy, 1 h unhealthy, 1 h unknown'],
        unmet: [],
      },
      { community: 'oakfield', joinedAt: opened + 52 * hours, state: 'refused', why: 'oakfield is refused: paused.', soaks: [], unmet: [] },
    ]);
  });

  it('tells settings before and after, and which of them somebody tuned', () => {
    const change = (operationKey: string, before: unknown, after: unknown): Written => ({
      kind: 'change',
      summary: 'Opened general-availability.',
      detail: {
        operationKey,
        rows: [
          {
            kind: 'flag',
            key: 'fair_matching',
            before: { on: true, settings: { weight_reliability: before, x: 1 } },
            after: { on: true, settings: { weight_reliability: after, x: 1 } },
          },
        ],
      },
    });
    const tune: Written = {
      kind: 'tune',
      detail: { command: { commandId: 'tune-1', setting: 'fair_matching.weight_reliability', reason: 'matches are good' } },
    };
    const { settings } = reviewLaunch(
      plan,
      evidence({ journal: journal(change('phase/2/1', '0.30', 0.15), tune, change('tune-1', 0.15, 0.2)) }),
    );
    expect(settings.map(({ setting, before, after, tuned, why }) => [setting, before, after, tuned, why])).toEqual([
      ['fair_matching.weight_reliability', '"0.30"', '0.15', false, 'Opened general-availability.'],
      ['fair_matching.weight_reliability', '0.15', '0.2', true, 'matches are good'],
    ]);
  });

  it('tells incidents with their gravest severity, their reports and whether they are closed', () => {
    const report = (severity: string, at: number): Written => ({
      kind: 'report',
      at,
      detail: { command: { severity, issue: 'slow search' }, incident: 'P2-1' },
    });
    const close: Written = { kind: 'incident', at: opened + 9, detail: { command: { incident: 'P2-1', close: true } } };
    const { incidents, followUps } = reviewLaunch(plan, evidence({ journal: journal(report('P2', opened + 1), report('P1', opened + 2)) }));
    expect(incidents).toEqual([{ id: 'P2-1', severity: 'P1', issue: 'slow search', openedAt: opened + 1, reports: 2 }]);
    expect(followUps).toContainEqual({ what: 'Close P2-1: slow search', from: 'evidence' });
    expect(reviewLaunch(plan, evidence({ journal: journal(report('P2', opened + 1), close) })).incidents[0]).toMatchObject({
      closedAt: opened + 9,
    });
  });

  it('tells a rollback once, and no message or look that changed nothing', () => {
    const { timeline } = reviewLaunch(
      plan,
      evidence({
        journal: journal(
          { kind: 'rollback', at: opened + 60 * hours, summary: 'Rolled back launch (bad)', detail: { command: { scope: 'launch' } } },
          { kind: 'rollback', at: opened + 60 * hours, summary: 'bad', detail: { commandId: 'r-1', turnedOff: [] } },
          { kind: 'rollback', at: opened + 60 * hours, summary: 'bad', detail: { commandId: 'r-1/again-7', turnedOff: [] } },
          { kind: 'announcement', at: opened + 60 * hours, summary: 'Announced.' },
          { kind: 'evidence', at: opened + 59 * hours, summary: 'missed: healthy.' },
          { kind: 'evidence', at: opened + 61 * hours, summary: 'every criterion is met.' },
        ),
      }),
    );
    expect(timeline.filter(({ at }) => at > opened + 53 * hours && at < opened + 100 * hours).map(({ says }) => says)).toEqual([
      'missed: healthy.',
      'Rolled back: bad',
    ]);
  });
});

it('a journal of whatever shape is told, and never keeps a review from being written', () => {
  const kind = fc.constantFrom(
    'phase opened',
    'decide',
    'report',
    'incident',
    'change',
    'tune',
    'wave',
    'rollback',
    'community open',
    'checkIn',
    'drift',
  );
  const entry = fc.record({
    kind,
    at: fc.integer({ min: opened - hours, max: due + hours }),
    scope: fc.string(),
    summary: fc.string(),
    detail: fc.dictionary(fc.constantFrom('command', 'rows', 'phase', 'waived', 'incident', 'communities'), fc.jsonValue()),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
      const { metrics } = reviewLaunch(plan, evidence({ journal: journal(...(entries as readonly Written[])), looks: [], answers: [] }));
      expect(metrics.slice(0, 4).every(({ verdict }) => verdict === 'unmeasured')).toBe(true);
    }),
    { numRuns: 200 },
  );
});

describe('the questions of the plan', () => {
  const judgement = (criterion: string, scope: string, verdict: 'met' | 'missed') => ({
    criterion,
    scope,
    verdict,
    reason: '',
    since: opened,
    asOf: due,
    unmeasuredInARow: 0,
  });
  const asked = (given: Given, question: RegExp) => {
    const found = reviewLaunch(plan, evidence(given)).questions.find((one) => question.test(one.question));
    return { direct: found?.direct, says: found?.facts.map(({ says }) => says).join('\n') ?? '' };
  };

  it('come with what bears on them', () => {
    const judgements = [judgement('isolated', 'community:a', 'met'), judgement('isolated', 'community:b', 'missed')];
    const isolation = asked({ judgements }, /kept apart/);
    expect(isolation.direct).toBe(true);
    expect(isolation.says).toContain('isolated was last met in 1 of 2 communities; missed in b.');
    expect(isolation.says).toContain('No change of the guarded flag cross_community_visibility was seen.');
    expect(asked({}, /easier to find/).says).toContain('Smart match clicks: met.');
    const spoken: Written = {
      kind: 'checkIn',
      actor: 'ops',
      scope: 'community:riverside',
      detail: { command: { reason: 'nobody understands why rides are recommended' } },
    };
    expect(asked({ journal: journal(spoken) }, /tell why/).says).toContain(
      'ops noted a check-in in riverside: "nobody understands why rides are recommended"',
    );
  });

  it('that are about the unexpected come with what went otherwise than planned, or with the word that nothing did', () => {
    expect(asked({}, /nobody expect/)).toEqual({ direct: false, says: 'Nothing is recorded that went otherwise than planned.' });
    const trouble = {
      journal: journal({ kind: 'drift', summary: 'The flag x was turned on by hand.' }),
      rollbacks: [rollback('launch')],
      answers: [],
    };
    const { says } = asked(trouble, /nobody expect/);
    expect(says).toContain('launch was rolled back: isolated is missed (restored).');
    expect(says).toContain('The flag x was turned on by hand.');
    expect(says).toContain('Seat mismatches: unmeasured.');
  });

  it("are followed by what is to be done: the plan's list, and what the evidence leaves open", () => {
    const { followUps } = reviewLaunch(plan, evidence({ answers: [], rollbacks: [rollback('launch', { state: 'stuck' })] }));
    expect(followUps.slice(0, 5).map(({ from }) => from)).toEqual(Array(5).fill('plan'));
    expect(followUps.map(({ what }) => what)).toContain('Measure "Seat mismatches": nobody knows it');
    expect(followUps.map(({ what }) => what)).toContain('Prove that the rollback of launch is done');
  });
});

describe('what the probes are asked at the review', () => {
  it("is each metric's value, once, since the internal phase opened", () => {
    expect(reviewProbes(plan)).toEqual({
      since: 'internal',
      ofLaunch: {
        invariants: [{ path: 'violations', kind: 'count' }],
        seats: [{ path: 'count', kind: 'count' }],
        clicks: [{ path: '', kind: 'rate' }],
      },
      ofCommunities: {},
    });
  });

  it('goes into the journal as it was answered', () => {
    const readings = [answer('seats', { count: 0 })];
    expect(reviewEntry(readings, opened)).toMatchObject({
      kind: 'review',
      summary: 'The review is due: its probes were asked once more, with 1 of 1 answers.',
      detail: { since: opened, readings },
    });
  });
});
