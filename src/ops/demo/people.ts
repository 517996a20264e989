import { blockersBesidesDecision, deciders } from '../../domain/gate.ts';
import { type LaunchState, openCommunities, phaseOf } from '../../domain/launch.ts';
import type { PhaseName, Plan, Role } from '../../domain/plan.ts';

/** Something that one of the plan's people does, by a command that anybody could type. */
export interface Act {
  /** Names it, so that it is done once. */
  readonly key: string;
  /** Key of the person in the plan. */
  readonly by: string;
  /** The command line, without `softlaunch`. */
  readonly words: readonly string[];
}

/** What people know of a launch: where it stands, and what each of them has already done. */
export interface Known {
  readonly plan: Plan;
  readonly state: LaunchState;
  readonly done: ReadonlySet<string>;
}

/** What people do next, all that is due now, in the order in which they do it. Decisions come last, when nothing else keeps the gate shut. */
export function actsDue(known: Known, at: number): readonly Act[] {
  const due = [...checkIns(known, at), ...checklist(known), ...answers(known), ...decision(known, at)];
  return due.filter(({ key }) => !known.done.has(key));
}

function checklist({ plan, state }: Known): readonly Act[] {
  const items = phaseOf(plan, state.phase).checklist.filter(({ item, proof }) => proof === undefined && !(item in state.checked));
  return items.map(({ item, owner }) => {
    const by = personOf(plan, owner);
    return { key: `check ${state.entry} ${item}`, by, words: ['check', item, '--by', by, '--reason', checked[item] ?? 'done'] };
  });
}

/** What the phase's criteria ask of people. */
function answers({ plan, state }: Known): readonly Act[] {
  if (!state.opened) return [];
  const names = Object.keys(phaseOf(plan, state.phase).passesWhen).map((name) => plan.criteria[name]?.probe ?? '');
  return names.flatMap((name) => {
    const probe = plan.probes[name];
    if (probe?.kind !== 'human') return [];
    const by = personOf(plan, probe.ask);
    return [{ key: `answer ${state.entry} ${name}`, by, words: ['answer', name, '42/42', '--by', by, '--reason', 'run 7 on production'] }];
  });
}

/** The conversations that a launch has reminded people of, and those with the admins of communities that joined long enough ago. */
function checkIns({ plan, state }: Known, at: number): readonly Act[] {
  const reminded = state.reminded.filter((key) => key.startsWith('check-in '));
  const opinions = reminded.map((key, index) =>
    noted({ plan, key: `${state.entry} ${key}`, role: 'ops', reason: heard[index % heard.length] }),
  );
  const joined = openCommunities(state).filter(({ phase, joinedAt }) => {
    const afterMs = phaseOf(plan, phase).eachCommunity?.checkInAfterMs;
    return afterMs !== undefined && at >= joinedAt + afterMs;
  });
  const talks = joined.map(({ slug }, index) =>
    noted({ plan, key: `check-in ${slug}`, role: 'support', reason: said[index % said.length], community: slug }),
  );
  return [...opinions, ...talks];
}

interface Talk {
  readonly plan: Plan;
  readonly key: string;
  readonly role: Role;
  readonly reason: string | undefined;
  readonly community?: string;
}

function noted({ plan, key, role, reason = 'all is well', community }: Talk): Act {
  const by = personOf(plan, role);
  const about = community === undefined ? [] : ['--community', community];
  return { key, by, words: ['check-in', ...about, '--by', by, '--reason', reason] };
}

/** Each of those who decide says go, one after the other, once nothing but the decision is awaited. */
function decision({ plan, state }: Known, at: number): readonly Act[] {
  const { decidedBy, name } = phaseOf(plan, state.phase);
  if (decidedBy.kind !== 'people' || blockersBesidesDecision(plan, state, at).length > 0) return [];
  const by = deciders(plan, decidedBy).find((key) => !state.votes.some((vote) => vote.by === key));
  if (by === undefined) return [];
  return [
    { key: `go ${state.entry}`, by, words: ['go', '--phase', name, '--by', by, '--reason', because[name] ?? 'nothing speaks against it'] },
  ];
}

function personOf({ people }: Plan, role: Role): string {
  const keys = Object.keys(people);
  return keys.find((key) => people[key]?.role === role) ?? keys[0] ?? role;
}

const checked: Readonly<Record<string, string>> = {
  'Pre-flight checks complete': 'all 23 are green',
  'Rollback procedures tested': 'twice on staging, 40 s each',
  'Support team briefed': 'everybody, at 10:00',
  'Communication channel set up': '#launch-updates is open',
  'Smart matching weights validated': 'accepted as often as in the simulation',
  'Admin dashboard shows healthy metrics': 'looked through it with two admins',
};

const heard = ['a quiet night', 'the admin likes the recommendations', 'nothing unusual today'];
const said = ['happy with the recommendations', 'members ask how routes are matched', 'no complaints so far'];

const because: Readonly<Partial<Record<PhaseName, string>>> = {
  'pre-launch': 'everything is checked',
  internal: 'the team has used it for hours and found nothing',
  pilot: 'Riverside was healthy for two days',
  expansion: 'five stable days, and every community is well',
};
