import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { situationHealth } from '../domain/health.ts';
import type { CommunityState } from '../domain/launch.ts';
import { communityTarget } from '../domain/look.ts';
import { communityScope } from '../domain/rollback.ts';
import { polling, writing } from './activity-options.ts';
import { attributes } from './attributes.ts';
import { type CommunityInput, communityReportSignal, launchWorkflowId, leaveSignal } from './messages.ts';

/** What happens to one community when it joins: it is let in, its admin is told, it is watched, and its admin is talked to. It reports to its launch, which decides. */
export async function communityOnboarding(input: CommunityInput): Promise<{ readonly left: string }> {
  const { launch } = input;
  let community = input.community;
  let left: string | undefined;
  const watching = new CancellationScope();
  setHandler(
    leaveSignal,
    ({ reason }) => {
      left = reason;
      watching.cancel();
    },
    { description: 'The launch ends the watching of this community: {"reason":"rolled back"}' },
  );

  const report = async (news: Partial<CommunityState>) => {
    const before = situationHealth(community.situation);
    community = { ...community, ...news };
    setCurrentDetails(detailsOf(community));
    const health = situationHealth(community.situation);
    if (health !== before) upsertSearchAttributes([{ key: attributes.health, value: health }]);
    try {
      await getExternalWorkflowHandle(launchWorkflowId(launch)).signal(communityReportSignal, community);
    } catch (error) {
      if (isCancellation(error)) throw error;
      // Nobody decides any more: the launch was terminated. What is on stays on until people roll back; they are told so.
      await pageLost(input);
      left = 'its launch does not run any more';
      watching.cancel();
    }
  };

  try {
    const opened = await open(input);
    if (!opened.opened) {
      await report({ state: 'refused', why: opened.says });
      return { left: opened.says };
    }
    // Its first look follows at once, and is the first that the launch hears of it.
    community = { ...community, state: 'open', joinedAt: Date.now() };
    await watching.run(() => Promise.all([remind(input), watchCommunity(input, () => community, report)]));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // Somebody cancelled this workflow alone: nobody watches the community any more, so it may not stay in.
    if (left === undefined) await CancellationScope.nonCancellable(() => giveUp(input));
  }
  return { left: left ?? 'cancelled' };
}

/** Lets the community in and tells its admin. */
function open({ launch, onboarding, community: { slug }, entry, fence }: CommunityInput) {
  const joining = { launch, community: slug, entry, fence, tellAdmin: onboarding.tellAdmin, at: Date.now() };
  return writing.openCommunity.executeWithOptions({ summary: `let ${slug} in` }, [joining]);
}

/** Reminds people to talk with the admin when it is time. */
async function remind({ launch, onboarding: { checkInAfterMs }, community: { slug } }: CommunityInput): Promise<void> {
  if (checkInAfterMs === undefined) return;
  await sleep(checkInAfterMs, { summary: `check in with the admin of ${slug}` });
  const page = { role: 'community admin', what: `check-in with the admin of ${slug} is due`, scope: communityScope(slug), routine: true };
  await writing.writeJournal({ launch, key: `check-in/${slug}/${Date.now()}`, at: Date.now(), entries: [], pages: [page] });
}

/** Looks until it is told to leave, and reports whatever changed. */
async function watchCommunity(
  { launch, onboarding }: CommunityInput,
  community: () => CommunityState,
  report: (news: Partial<CommunityState>) => Promise<void>,
): Promise<void> {
  let lookedAt: number | undefined;
  for (;;) {
    const target = communityTarget(launch, onboarding, community());
    const input = { target, known: community().situation, ...(lookedAt === undefined ? {} : { lookedAt }) };
    const news = await polling.watch.executeWithOptions({ summary: `watch ${community().slug}` }, [input]);
    lookedAt = news.at;
    await report({ situation: news.situation });
  }
}

async function pageLost({ launch, entry, community: { slug } }: CommunityInput): Promise<void> {
  const what = `launch ${launch} does not run any more, and ${slug} still has its features: roll back, or abandon the launch`;
  const pages = [{ role: 'ops', what, scope: communityScope(slug) }];
  await writing.writeJournal({ launch, key: `lost/${slug}/${entry}`, at: Date.now(), entries: [], pages });
}

/** The safe direction: what nobody watches is turned off. */
async function giveUp({ launch, entry, community: { slug } }: CommunityInput): Promise<void> {
  const order = {
    commandId: `unwatched/${slug}/${entry}`,
    scope: communityScope(slug),
    by: 'softlaunch',
    reason: 'its watch was cancelled',
  };
  await writing.rollBack({ launch, order, at: Date.now() });
}

function detailsOf({ slug, state, why, situation: { missed, blind, pending, ready } }: CommunityState): string {
  const list = (what: string, names: readonly string[]) => (names.length > 0 ? [`- ${what}: ${names.join(', ')}`] : []);
  const lines = [...list('missed', missed), ...list('cannot be measured', blind), ...list('not yet shown to hold', pending)];
  return [`**${slug}** is ${state}${why === undefined ? '' : `: ${why}`}`, ...lines, ...(ready ? ['- every criterion is met'] : [])].join(
    '\n',
  );
}
