import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCalendar } from '../../src/domain/calendar.ts';
import { lintPlan } from '../../src/plan/lint-plan.ts';
import { loadPlan } from '../../src/plan/load-plan.ts';
import { planHash } from '../../src/plan/plan-hash.ts';
import { planJsonSchema } from '../../src/plan/plan-json-schema.ts';
import { scalePlan } from '../../src/plan/scale-plan.ts';
import { carpool, carpoolText, changed } from './carpool.ts';

const hours = 3_600_000;

describe('a plan at another speed', () => {
  it('divides every duration, in lists too, and the day', () => {
    const fast = scalePlan(carpool(), 3600);
    expect(fast.dayMs).toBe(24_000);
    expect(fast.phases[2]).toMatchObject({ minimumStayMs: 48_000, maximumStayMs: 72_000, checkIns: { atMs: [9_000, 14_000, 19_000] } });
    expect(fast.phases[3]?.eachCommunity?.cadence).toEqual([
      { everyMs: 250, untilMs: 4_000 },
      { everyMs: 1_000, untilMs: 24_000 },
      { everyMs: 4_000, untilMs: null },
    ]);
  });

  it('keeps counts, rates, settings, what takes no time, and what machines take', () => {
    const text = changed('fair_matching.weight_reliability: 0.20', 'fair_matching.delayMs: 20')
      .replace('fair_matching.weight_reliability:   ', 'fair_matching.delayMs:   ')
      .replace('start: 0.15, min: 0.05, max: 0.40', 'start: 5, min: 1, max: 40');
    const fast = scalePlan(loadPlan(text, 'plan.yaml').plan, 2000);
    expect(fast.phases[4]?.settings).toEqual({ 'fair_matching.delayMs': 20 });
    expect(fast.probes.invariants).toMatchObject({ timeoutSeconds: 5 });
    expect(fast.criteria).toEqual(carpool().criteria);
    expect(fast.incidentProcedure.assessMs).toBe(0);
  });

  it('leaves at least 1 ms of what takes time', () => {
    expect(scalePlan(carpool(), 1e12).phases[2]?.minimumStayMs).toBe(1);
    expect(scalePlan(carpool(), 1)).toEqual(carpool());
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a speed of %s', (speed) => {
    expect(() => scalePlan(carpool(), speed)).toThrow('above 0');
  });
});

describe('the hash of a plan', () => {
  const hash = loadPlan(carpoolText, 'plan.yaml').hash;
  it('does not see comments, the order of keys, or how a duration is written', () => {
    const lead = '  lead:    { name: Lena Brandt,      role: launch lead }\n';
    const other = `# another\n${changed(lead, '').replace('people:\n', `people:\n${lead.replace('name: Lena Brandt,      role: launch lead', 'role: launch lead, name: Lena Brandt')}`)}`;
    expect(loadPlan(other.replace('for: 48h', 'for: 2d'), 'plan.yaml').hash).toBe(hash);
    const moved = changed('    User complaints:       { journal: complaints, at most: 4 }\n', '').replace(
      '  metrics:\n',
      '  metrics:\n    User complaints:       { journal: complaints, at most: 4 }\n',
    );
    expect(loadPlan(moved, 'plan.yaml').hash).toBe(hash);
  });

  it('sees every change of meaning', () => {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(loadPlan(changed('rate at least: 95%', 'rate at least: 94%'), 'plan.yaml').hash).not.toBe(hash);
    expect(planHash(scalePlan(carpool(), 2))).not.toBe(hash);
  });
});

describe('the calendar', () => {
  const start = Date.UTC(2026, 0, 12, 8);
  const calendar = planCalendar(carpool(), start);
  const opening = (phase: string) => calendar.find((entry) => entry.kind === 'phase' && entry.phase === phase);

  it('opens general availability 148 h after the internal phase at the earliest: 4 h, 48 h, 48 h to the last wave, 48 h of its own', () => {
    expect(((opening('general-availability')?.at ?? 0) - (opening('internal')?.at ?? 0)) / hours).toBe(148);
    expect(opening('internal')?.at).toBe(start);
    expect(opening('internal')?.latest).toBe(start + 32 * hours);
  });

  it('tells the waves with their totals', () => {
    const waves = calendar.filter(({ kind, phase }) => kind === 'wave' && phase === 'expansion');
    expect(waves.map(({ what }) => what)).toEqual([
      '2 communities join, 3 in all',
      '3 communities join, 6 in all',
      '5 communities join, 11 in all',
    ]);
  });

  it('sums up the check-ins of each day, in the time of the zone', () => {
    const talks = calendar.filter(({ kind, phase, until }) => kind === 'check-in' && phase === 'pilot' && until !== undefined);
    expect(talks.map(({ what }) => what.replace(/ with.*/, ''))).toEqual([
      'check-in at 14:00, 19:00',
      'check-in at 09:00, 14:00, 19:00',
      'check-in at 09:00',
    ]);
    expect(talks[0]?.at).toBe(Date.UTC(2026, 0, 12, 13));
  });

  it('names who decides, and when the review is', () => {
    expect(calendar.find(({ kind, phase }) => kind === 'decision' && phase === 'pilot')?.what).toBe(
      'go or no-go for pilot, decided by Lena Brandt (launch lead)',
    );
    expect(calendar.find(({ kind }) => kind === 'review')?.at).toBe(start + 168 * hours);
  });

  it('is the same in a scaled plan, only sooner', () => {
    const fast = planCalendar(scalePlan(carpool(), 1000), start, start);
    const slow = planCalendar(carpool(), start, start);
    expect(fast.map(({ what, at }) => [what.replace(/, .*/, ''), (at - start) * 1000])).toEqual(
      slow.map(({ what, at }) => [what.replace(/, .*/, ''), at - start]),
    );
  });
});

describe('lint', () => {
  const findings = (text: string) =>
    lintPlan(loadPlan(text, 'plan.yaml').plan).map(({ severity, where, sentence }) => `${severity} ${where}: ${sentence}`);

  it('knows that 612 checks cannot show 99.9 %', () => {
    expect(findings(carpoolText)[0]).toBe(
      'warning review > metrics > Uptime: there are about 612 checks until the review: a single unhealthy one gives 99.836 %, below 99.9 %',
    );
  });

  it('warns of 50 bookings and is content with 60', () => {
    expect(findings(carpoolText).join()).not.toContain('on luck');
    const few = findings(changed('rate at least: 95%, from: 60 trials', 'rate at least: 95%, from: 58 trials'));
    expect(few).toContain(
      'warning criteria > booking works: 95 % is demonstrated at 95 % by 59 trials without a failure, and not by 58: it may pass on luck',
    );
  });

  it('warns of a review before everyone has the features, of what nobody looks at, and of answers that grow stale', () => {
    const text = findings(changed('after: 7d ', 'after: 6d ')).join('\n');
    expect(text).toContain('the review comes before it');
    expect(findings(changed('  seats:\n', '  spare: { ask: ops, question: Well? }\n  seats:\n')).join('\n')).toContain(
      'warning probes > spare: is asked for no criterion',
    );
    expect(findings(changed('timeout: 5s', 'fresh for: 15m')).join('\n')).toContain(
      'probes > invariants > fresh for: counts for 15 min and is asked every 60 min at times'.replace('60 min', '1 h'),
    );
  });
});

it('warns of an announcement that nobody gets, and of an update that is spoken of without a promise', () => {
  const findings = (text: string) =>
    lintPlan(loadPlan(text, 'plan.yaml').plan).map(({ severity, where, sentence }) => `${severity} ${where}: ${sentence}`);
  expect(findings(carpoolText).filter((finding) => finding.includes('announcements >'))).toEqual([]);
  expect(findings(changed('on opening: [all clear]', 'on opening: []'))).toContain(
    'warning announcements > all clear: is announced nowhere',
  );
  expect(findings(changed('    promises: { next update: 24h }\n', '')).join('\n')).toContain(
    'warning announcements > all clear: speaks of the {next update} and promises none',
  );
});

it('the JSON Schema beside the plans is current (npm run build && node dist/scripts/generate-plan-schema.js)', () => {
  expect(readFileSync('plans/plan.schema.json', 'utf8')).toBe(planJsonSchema());
});

it('any text is either a plan or a PlanError', () => {
  const lines = carpoolText.split('\n');
  fc.assert(
    fc.property(fc.nat(lines.length - 1), fc.string({ maxLength: 12, unit: 'grapheme' }), (line, text) => {
      const mutated = lines.with?.(line, `${lines[line]?.slice(0, 8)}${text}`) ?? lines;
      try {
        loadPlan(mutated.join('\n'), 'plan.yaml');
      } catch (error) {
        expect((error as Error).name).toBe('PlanError');
      }
    }),
    { numRuns: 150 },
  );
});
