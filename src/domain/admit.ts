import type { AdmitCommand } from './command.ts';
import { notADecider } from './decide.ts';
import { isIn, type LaunchState, unseen } from './launch.ts';
import type { Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import { communityScope } from './rollback.ts';

/** Lets a community join (again), or takes it out of the candidates. */
export function admit(plan: Plan, state: LaunchState, command: AdmitCommand): Outcome {
  const { community, admitted } = command;
  const refusal = admitted ? notADecider(plan, state, command.by) : undefined;
  if (refusal) return { refusal };
  const known = isIn(state, community) ? state.communities[community] : undefined;
  if (admitted && known && (known.state === 'rolled back' || known.state === 'refused')) {
    if (state.rollback) return { refusal: `${state.launch} is rolled back: no community joins until it is resumed.` };
    const off = known.state === 'rolled back' ? state.partRollbacks[communityScope(community)] : undefined;
    if (off && off.state !== 'restored')
      return { refusal: `the rollback of ${community} is ${off.state}, not yet proven done: it joins again when it is.` };
    const { why: _, ...rest } = known;
    const communities = { ...state.communities, [community]: { ...rest, state: 'readmitted' as const, situation: unseen } };
    return {
      state: { ...state, communities, excluded: state.excluded.filter((slug) => slug !== community) },
      says: `${community} joins again`,
    };
  }
  if (known?.state === 'open' || known?.state === 'joining' || known?.state === 'readmitted')
    return { refusal: `${community} is in the launch already; roll back community:${community} to take it out.` };
  const excluded = state.excluded.filter((slug) => slug !== community);
  return {
    state: { ...state, excluded: admitted ? excluded : [...excluded, community] },
    says: admitted ? `${community} may join` : `${community} will not join`,
  };
}
