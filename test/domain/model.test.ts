import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from '../../src/domain/command.ts';
import { nextWaveDueAt, wavesOf } from '../../src/domain/expansion.ts';
import { deciders, gateBlockers } from '../../src/domain/gate.ts';
import { isOver, phaseOf, unseen } from '../../src/domain/launch.ts';
import type { DriftNote } from '../../src/domain/news.ts';
import { type Plan, phaseNames, severities } from '../../src/domain/plan.ts';
import { day, healthy, hour, inPhase, minute, newly, plan, quorum, seeing, start, withoutAnswers } from './launch-builder.ts';
import { type Happening, live, type Transition } from './launch-model.ts';

const one = fc.constantFrom;
const slug = one('internal', 'riverside', 'hilltop', 'expansion-4-0-0', 'constructor');
const phase = one(...phaseNames);

const words: fc.Arbitrary<object> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ command: one('decide'), phase, decision: one('go', 'go', 'go', 'no-go') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      command: one('decide'),
      phase,
      decision: one('go'),
      waive: one(['healthy'], ['riverside'], ['communities']),
      waiveMs: one(hour, day),
    }),
  },
  { weight: 1, arbitrary: one({ command: 'decide', phase: 'pilot', decision: 'extend', extendMs: hour }, { command: 'abandon' }) },
  { weight: 1, arbitrary: one({ command: 'hold' }) },
  { weight: 5, arbitrary: one({ command: 'resume' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      command: one('rollback'),
      scope: one('launch', 'feature:communities', 'community:riverside', 'community:hilltop', 'what'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      command: one('check'),
      item: one(...plan.phases.flatMap(({ checklist }) => checklist.map(({ item }) => item))),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      command: one('report'),
      severity: one(...severities),
      issue: one('a', 'b'),
      community: slug,
      feature: one('communities', undefined),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      command: one('incident'),
      incident: one('P0-1', 'P2-1', 'P1-2'),
      close: one(true, undefined),
      severity: one(...severities),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      command: one('tune'),
      setting: one('fair_matching.weight_reliability', 'constructor'),
      value: one(0.15, 0.2, 0.1, 9),
    }),
  },
  { weight: 2, arbitrary: fc.record({ command: one('admit'), community: slug, admitted: one(true, true, false) }) },
);

const by = one('lead', 'lead', 'lead', 'ops', 'ops', 'support', 'mallory', '__proto__');
const command = fc
  .tuple(words, by, fc.nat(400))
  .map(([said, who, id]): Command => ({ ...said, by: who, reason: 'because', commandId: String(id) }) as Command);

const situation = fc.oneof(
  { weight: 6, arbitrary: one(healthy) },
  { weight: 1, arbitrary: one(unseen, seeing({ pending: ['healthy'] }), seeing({ blind: ['healthy'] }), seeing({ missed: ['healthy'] })) },
  {
    weight: 1,
    arbitrary: one(
      seeing({ missed: ['seats match'] }),
      seeing({ missed: ['isolated'] }),
      seeing({ triggers: ['no violations is missed'] }),
    ),
  },
);
const edit = one<DriftNote>(
  { kind: 'flag', key: 'multi_community', what: 'turned off by hand' },
  { kind: 'community', key: 'hilltop', what: 'turned off by hand' },
  { kind: 'flag', key: 'multi_community', what: 'turned on by hand' },
  { kind: 'flag', key: 'fair_matching', what: 'row deleted' },
);
const bySql = one('launch', 'feature:communities', 'community:riverside').map((scope) => ({
  commandId: 'sql',
  scope,
  by: 'dba',
  reason: 'now',
  at: start,
}));
const rarely = <T>(of: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: one<readonly T[]>([]) }, { weight: 1, arbitrary: of.map((one): readonly T[] => [one]) });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: one('time'), ms: one(15 * minute, hour, day, 8 * day) }) },
  { weight: 10, arbitrary: fc.record({ kind: one('command'), command, facts: one({}, { reporters: { [day]: 3 } }) }) },
  { weight: 5, arbitrary: fc.record({ kind: one('news'), news: fc.record({ situation, drift: rarely(edit), rollbacks: rarely(bySql) }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: one('community'),
      which: fc.nat(4),
      report: fc.record({ state: one('open', 'open', 'joining', 'refused'), situation }),
      late: one(false, false, false, true),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: one('settled'), which: fc.nat(2), as: one('restored', 'restored', 'stuck') }) },
  { weight: 8, arbitrary: fc.record({ kind: one('steps'), refuses: one(false, false, false, false, true) }) },
);

const stepOf = ({ by: what }: Transition) => (typeof what === 'object' && 'step' in what ? what.step : undefined);
const commandOf = ({ by: what }: Transition) => (typeof what === 'object' && 'taken' in what ? what : undefined);

/** What must be so of every change. Each rule answers what is wrong, or nothing. */
const rules: Readonly<Record<string, (of: Plan, change: Transition) => boolean>> = {
  'a launch that is over stays over': (_, { before, after }) => !isOver(before) || after.stage === before.stage,

  'a rollback in force ends by resume of those who may, once it is proven, or with the launch': (of, change) => {
    const { before, after } = change;
    if (before.stage !== 'rolled back' || after.stage === 'rolled back') return true;
    const said = commandOf(change);
    if (after.stage === 'abandoned') return said?.command.command === 'abandon' && after.rollback !== null;
    const decided = phaseOf(of, before.phase).decidedBy;
    const rule = decided.kind === 'people' ? decided : phaseOf(of, 'expansion').decidedBy;
    const voters = new Set(after.votes.map((vote) => vote.by).filter((who) => deciders(of, rule).includes(who)));
    return said?.command.command === 'resume' && before.rollback?.state === 'restored' && voters.size >= rule.people;
  },

  'what a rollback left is cleared only by entering the same phase again': (_, change) => {
    const { before, after } = change;
    return (
      before.rollback === null ||
      after.rollback !== null ||
      (stepOf(change)?.do === 'enter' && before.stage === 'running' && after.phase === before.phase)
    );
  },

  'no phase is skipped, and none is entered past what blocks the gate': (of, change) => {
    const { before, after, at } = change;
    if (after.entry === before.entry) return after.phase === before.phase;
    if (before.entry === 0) return after.phase === 'pre-launch';
    if (before.rollback) return after.phase === before.phase;
    return phaseNames.indexOf(after.phase) === phaseNames.indexOf(before.phase) + 1 && gateBlockers(of, before, at).length === 0;
  },

  'a refused command changes nothing but the answers': (_, change) => {
    const said = commandOf(change);
    return (
      !said ||
      said.taken.answer.accepted ||
      (said.taken.order === undefined && isDeepStrictEqual(withoutAnswers(change.before), withoutAnswers(change.after)))
    );
  },

  'a community that has left is in again by admit only, and open only after it joined': (_, change) =>
    Object.values(change.before.communities).every(({ slug: name, state: was }) => {
      const is = change.after.communities[name]?.state;
      if (is === was) return true;
      if (was === 'rolled back' || was === 'refused')
        return is === 'rolled back' || (is === 'readmitted' && commandOf(change)?.command.command === 'admit');
      return was !== 'readmitted' || is === 'rolled back' || stepOf(change)?.do === 'readmit';
    }),

  'nothing is turned on while rolled back or held': (_, change) => {
    const step = stepOf(change)?.do;
    const { stage, holds } = change.before;
    if (step === 'enter') return stage === 'running';
    return (
      !(step === 'open' || step === 'join' || step === 'readmit') ||
      (stage === 'running' && change.before.rollback === null && holds.length === 0)
    );
  },

  'nothing is ordered again while rolled back, but what somebody did by SQL, and that once': (_, { before, by: what }) =>
    before.stage !== 'rolled back' ||
    typeof what !== 'object' ||
    !('heard' in what) ||
    what.heard.orders.length === what.news.rollbacks.filter(({ commandId }) => !before.ordered.includes(commandId)).length,

  'every order of the whole launch stops it': (_, { before, after, by: what }) => {
    const orders = typeof what !== 'object' ? [] : 'heard' in what ? what.heard.orders : 'taken' in what ? [what.taken.order] : [];
    return !orders.some((order) => order?.scope === 'launch') || isOver(before) || after.stage === 'rolled back';
  },

  'a wave joins when it is due, one at a time, and never sooner after the last than planned': (of, change) => {
    const { before, after, at } = change;
    if (after.wavesJoined <= before.wavesJoined) return true;
    const due = nextWaveDueAt(wavesOf(of, before), before);
    const soon = before.wavesJoined > 0 && at - before.lastWaveAt < day;
    return after.wavesJoined === before.wavesJoined + 1 && due !== undefined && due <= at && !soon;
  },

  'a feature that is off stays off': (_, { before, after }) => before.featuresOff.every((feature) => after.featuresOff.includes(feature)),
};

const begin = one('new', ...phaseNames, 'pilot', 'expansion', 'general-availability');

test.each([
  ['one decider', plan],
  ['a quorum of two', quorum],
])(
  'no sequence of commands, news and steps breaks a rule, with %s',
  (_, of) => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(begin, fc.array(happening, { minLength: 20, maxLength: 60, size: 'max' }), (from, happenings) => {
        const state = from === 'new' ? newly(of) : inPhase(from, {}, of);
        let last = state;
        for (const change of live(of, state, happenings, start)) {
          for (const [rule, holds] of Object.entries(rules))
            if (!holds(of, change)) throw new Error(`${rule}; but: ${JSON.stringify(change.by)}`);
          last = change.after;
          reached.add(`${last.stage} in ${last.phase}`);
        }
        if (!isDeepStrictEqual(JSON.parse(JSON.stringify(last)), last))
          throw new Error(`It does not survive JSON: ${JSON.stringify(last)}`);
      }),
      { numRuns: 1_500 },
    );
    // A model that gets nowhere proves nothing.
    for (const name of phaseNames)
      expect([...reached]).toEqual(expect.arrayContaining([`running in ${name}`, `rolled back in ${name}`, `abandoned in ${name}`]));
    expect(reached).toContain('completed in general-availability');
  },
  60_000,
);
