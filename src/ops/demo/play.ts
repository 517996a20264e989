import { setTimeout as pause } from 'node:timers/promises';
import { readJournal } from '../../database/journal.ts';
import { type LaunchRecord, loadPlanRecord } from '../../database/launch-record.ts';
import { listRollbacks } from '../../database/rollback.ts';
import type { LaunchState } from '../../domain/launch.ts';
import type { Plan } from '../../domain/plan.ts';
import { chooseLaunchToSee } from '../launch-choice.ts';
import type { Paint } from '../render/paint.ts';
import { Cast } from './cast.ts';
import { typedText } from './command-line.ts';
import { linesOf } from './lines.ts';
import { type RollbackTimes, rollbackTimes } from './rollback-times.ts';
import { openEyes, type Scene } from './scene.ts';
import type { Show } from './show.ts';
import type { Stage } from './stage.ts';
import { Teller } from './teller.ts';
import { communitiesOff, communityToFail, surprise } from './trouble.ts';
import { typeCommand } from './typist.ts';
import { WentOtherwise } from './went-otherwise.ts';

/** How a launch is played. */
export interface Playing {
  readonly stage: Stage;
  readonly show: Show;
  readonly paint: Paint;
  readonly planPath: string;
  readonly speed: number;
  /** Aborted when nobody wants to see more. */
  readonly interrupted: AbortSignal;
}

/** A launch that went from its start to its review as it was meant to. */
export interface Played {
  readonly launch: string;
  readonly plan: Plan;
  readonly scene: Scene;
  readonly rollback: RollbackTimes;
  /** Wall time from the start of the launch to its end. */
  readonly tookMs: number;
}

const LOOK_EVERY_MS = 250;
const DAY_MS = 86_400_000;
/** A machine that is busy with other things observes less, and so needs more days until enough was seen. */
const MOST_DAYS = 24;

/** The community that is made to fail, and since when. */
interface Failing {
  readonly slug: string;
  readonly at: number;
}

/**
 * Plays a whole launch: starts it, does what its people have to do as it comes due, lets one community fail on day 4, and watches until it has ended.
 *
 * @throws WentOtherwise; whatever `interrupted` was aborted with
 */
export async function play(playing: Playing): Promise<Played> {
  const { stage, show, paint, speed, interrupted } = playing;
  const begunAt = Date.now();
  interrupted.throwIfAborted();
  const { record, plan } = await start(playing);
  const look = openEyes({ pool: stage.pool, client: stage.client, plan, launch: record.id, uiUrl: stage.stack.uiUrl });
  const teller = new Teller(show, paint);
  const cast = new Cast({ plan, home: stage.home, teller });
  const lost = lossOf(stage);
  let failing: Failing | undefined;
  for (;;) {
    interrupted.throwIfAborted();
    const { scene, happened } = await look();
    const { clock, status, now } = scene;
    teller.add(...linesOf(plan, happened));
    if (scene.record.outcome !== null) {
      teller.finish(clock);
      show.picture(scene);
      return { launch: record.id, plan, scene, rollback: await onlyRollback(stage, scene, failing), tookMs: Date.now() - begunAt };
    }
    teller.tell(clock, now);
    show.picture(scene);
    try {
      failIfLate(scene, begunAt + (MOST_DAYS * DAY_MS) / speed);
      if (lost()) throw new WentOtherwise(lost() ?? '');
      if (status !== undefined) {
        failing ??= letFail(scene, status.state);
        const wrong = surprise(status.state, failing?.slug);
        if (wrong !== undefined) throw new WentOtherwise(wrong);
        await cast.act(scene);
      }
    } catch (error) {
      teller.finish(clock);
      throw error;
    }
    await pause(LOOK_EVERY_MS, undefined, { signal: interrupted }).catch(() => {});
  }

  function letFail({ clock, now }: Scene, state: LaunchState): Failing | undefined {
    const slug = communityToFail(clock, state, now);
    if (slug === undefined) return undefined;
    stage.traffic.dials.communities[slug] = { bookingSuccess: 0.25 };
    const says = `From now on three of four bookings fail in ${slug}. Nobody tells the launch.`;
    teller.add({ at: now, who: 'product', says, tone: 'bad' });
    return { slug, at: now };
  }
}

async function start({ stage, show, paint, planPath, speed }: Playing): Promise<{ readonly record: LaunchRecord; readonly plan: Plan }> {
  const words = ['start', planPath, '--speed', String(speed), '--by', 'lead'];
  show.tell([paint.title(`$ ${typedText(words)}`)]);
  const { exitCode, says } = await typeCommand(words, stage.home);
  if (exitCode !== 0) throw new WentOtherwise(says);
  const record = await chooseLaunchToSee(stage.pool, undefined);
  const known = await loadPlanRecord(stage.pool, record.planHash);
  if (known === undefined) throw new WentOtherwise(`the plan of ${record.id} is not in the database`);
  return { record, plan: known.plan };
}

/** Asked again and again: what was lost, once something was. */
function lossOf({ lost }: Stage): () => string | undefined {
  let what: string | undefined;
  void lost.then((sentence) => {
    what = sentence;
  });
  return () => what;
}

function failIfLate({ status, clock, now, record }: Scene, latestAt: number): void {
  if (now <= latestAt) return;
  const waits = status?.blockers.map(({ what, why }) => `${what}: ${why}`).join('; ') ?? 'no worker answers';
  throw new WentOtherwise(
    `${Math.round((now - record.startedAt) / clock.dayMs)} days after its start the launch is still in ${status?.state.phase ?? 'an unknown phase'} and waits for ${waits}`,
  );
}

/** The one rollback that should have been: of the community that was made to fail, and of nothing else. @throws WentOtherwise */
async function onlyRollback(stage: Stage, { record, status, scopes }: Scene, failing: Failing | undefined): Promise<RollbackTimes> {
  if (record.outcome !== 'completed') throw new WentOtherwise(`the launch ended as ${record.outcome}`);
  if (failing === undefined) throw new WentOtherwise('the launch ended before anything was made to fail');
  const off = status === undefined ? [] : communitiesOff(status.state);
  if (off.length !== 1 || off[0] !== failing.slug) {
    throw new WentOtherwise(`${failing.slug} alone should be off, and off is ${off.join(', ') || 'nobody'}`);
  }
  const rollbacks = await listRollbacks(stage.pool, record.id);
  const [only, ...more] = rollbacks;
  if (only === undefined || more.length > 0)
    throw new WentOtherwise(`one rollback should have been made, and there were ${rollbacks.length}`);
  const judgement = scopes[only.scope]?.judgements.find(({ criterion }) => only.reason.startsWith(criterion));
  const evidence = await readJournal(stage.pool, record.id, { kinds: ['evidence'] });
  const seen = evidence.find(({ at, scope, summary }) => at >= failing.at && scope === only.scope && summary.includes('missed: '));
  return rollbackTimes({ rollback: only, judgement, seenAt: seen?.at ?? only.at, failedAt: failing.at });
}
