import { setTimeout as pause } from 'node:timers/promises';
import { loadPlanRecord } from '../../database/launch-record.ts';
import { listRollbacks } from '../../database/rollback.ts';
import type { Plan } from '../../domain/plan.ts';
import { chooseLaunchToSee } from '../launch-choice.ts';
import type { Paint } from '../render/paint.ts';
import { typedText } from './command-line.ts';
import { type Line, linesOf, lineText } from './lines.ts';
import { type Act, actsDue } from './people.ts';
import { type RollbackTimes, rollbackTimes } from './rollback-times.ts';
import { openEyes, type Scene } from './scene.ts';
import type { Show } from './show.ts';
import type { Stage } from './stage.ts';
import { communitiesOff, communityToFail, surprise } from './trouble.ts';
import { typeCommand } from './typist.ts';

/** How the launch is played. */
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

/** The launch went otherwise than the demo shows it. */
export class WentOtherwise extends Error {
  override readonly name = 'WentOtherwise';
}

/** Somebody wanted to see no more. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const LOOK_EVERY_MS = 250;
/** Breaks down to one command at a time, so that each can be read. */
const BETWEEN_COMMANDS_MS = 500;
const TRIES = 5;

/**
 * Plays a whole launch: starts it, does what its people have to do as it comes due, lets one community fail on day 4, and watches until it has ended.
 *
 * @throws WentOtherwise, Interrupted
 */
export async function play(playing: Playing): Promise<Played> {
  const { stage, show, paint, speed, interrupted } = playing;
  const begunAt = Date.now();
  await start(playing);
  const record = await chooseLaunchToSee(stage.pool, undefined);
  const known = await loadPlanRecord(stage.pool, record.planHash);
  if (known === undefined) throw new WentOtherwise(`the plan of ${record.id} is not in the database`);
  const { plan } = known;
  const look = openEyes({ pool: stage.pool, client: stage.client, plan, launch: record.id, uiUrl: stage.stack.uiUrl });
  const people = new Cast(playing, plan);
  let failing: { readonly slug: string; readonly at: number } | undefined;
  let lost: string | undefined;
  void stage.lost.then((sentence) => {
    lost = sentence;
  });
  const givenUpAt = begunAt + (10 * 86_400_000) / speed + 60_000;

  for (;;) {
    if (interrupted.aborted) throw new Interrupted('stopped before the end');
    if (lost !== undefined) throw new WentOtherwise(lost);
    const { scene, happened } = await look();
    const { status, clock } = scene;
    show.tell(linesOf(plan, happened).map((line) => lineText(line, clock, paint)));
    show.picture(scene);
    if (scene.record.outcome !== null) return await ended(scene);
    if (Date.now() > givenUpAt)
      throw new WentOtherwise(
        `the launch has not ended ${Math.round((Date.now() - begunAt) / 1000)} s after its start; it stands in ${status?.state.phase ?? 'no phase'} and waits for ${status?.blockers.map(({ what, why }) => `${what}: ${why}`).join('; ')}`,
      );
    if (status !== undefined) {
      const wrong = surprise(status.state, failing?.slug);
      if (wrong !== undefined) throw new WentOtherwise(wrong);
      const slug = failing === undefined ? communityToFail(clock, status.state, scene.now) : undefined;
      if (slug !== undefined) failing = letFail(slug, scene);
      await people.act(scene);
    }
    await pause(LOOK_EVERY_MS, undefined, { signal: interrupted }).catch(() => {});
  }

  function letFail(slug: string, { clock, now }: Scene): { readonly slug: string; readonly at: number } {
    stage.traffic.dials.communities[slug] = { isolationBreachPerTick: 1 };
    const says = `From now on people in ${slug} are shown rides of other communities. Nobody tells the launch.`;
    show.tell([lineText({ at: now, who: 'the product', says, tone: 'bad' }, clock, paint)]);
    return { slug, at: now };
  }

  async function ended(scene: Scene): Promise<Played> {
    const { outcome } = scene.record;
    if (outcome !== 'completed') throw new WentOtherwise(`the launch ended as ${outcome}`);
    if (failing === undefined) throw new WentOtherwise('the launch ended before anything was made to fail');
    const off = scene.status === undefined ? [] : communitiesOff(scene.status.state);
    if (off.length !== 1 || off[0] !== failing.slug)
      throw new WentOtherwise(`${failing.slug} alone should be off, and off is ${off.join(', ') || 'nobody'}`);
    const rollbacks = await listRollbacks(stage.pool, record.id);
    const [only, ...more] = rollbacks;
    if (only === undefined || more.length > 0)
      throw new WentOtherwise(`one rollback should have been made, and there were ${rollbacks.length}`);
    const judged = scene.scopes[only.scope]?.judgements.find(({ criterion }) => only.reason.startsWith(criterion));
    return { launch: record.id, plan, scene, rollback: rollbackTimes(only, judged, failing.at), tookMs: Date.now() - begunAt };
  }
}

async function start({ stage, show, paint, planPath, speed }: Playing): Promise<void> {
  const words = ['start', planPath, '--speed', String(speed), '--by', 'lead'];
  show.tell([paint.title(`$ ${typedText(words)}`)]);
  const { exitCode, says } = await typeCommand(words, stage.home);
  if (exitCode !== 0) throw new WentOtherwise(says);
}

/** The plan's people: each does what is due, one at a time, by a command that is shown as one would type it. */
class Cast {
  readonly #playing: Playing;
  readonly #plan: Plan;
  readonly #done = new Set<string>();
  readonly #refusals = new Map<string, number>();
  #lastAt = 0;

  constructor(playing: Playing, plan: Plan) {
    this.#playing = playing;
    this.#plan = plan;
  }

  /** Does the first thing that is due. */
  async act({ status, clock, now }: Scene): Promise<void> {
    if (status === undefined || now - this.#lastAt < BETWEEN_COMMANDS_MS) return;
    const [due] = actsDue({ plan: this.#plan, state: status.state, done: this.#done }, now);
    if (due === undefined) return;
    const { stage } = this.#playing;
    this.#tell(clock, { at: now, who: this.#name(due), says: `$ ${typedText(due.words)}`, tone: 'title' });
    const { exitCode, says } = await typeCommand(due.words, stage.home);
    this.#lastAt = Date.now();
    this.#tell(clock, { at: Date.now(), who: exitCode === 0 ? 'ok' : 'refused', says, tone: exitCode === 0 ? 'good' : 'bad' });
    if (exitCode === 0) this.#done.add(due.key);
    else this.#refused(due, says);
  }

  #refused({ key, words }: Act, says: string): void {
    const times = (this.#refusals.get(key) ?? 0) + 1;
    this.#refusals.set(key, times);
    if (times >= TRIES) throw new WentOtherwise(`"${typedText(words)}" was refused ${times} times: ${says}`);
  }

  #name({ by }: Act): string {
    return this.#plan.people[by]?.name.split(' ')[0] ?? by;
  }

  #tell(clock: Scene['clock'], line: Line): void {
    const { show, paint } = this.#playing;
    show.tell([lineText(line, clock, paint)]);
  }
}
