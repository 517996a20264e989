import type { Plan } from '../../domain/plan.ts';
import { typedText } from './command-line.ts';
import { type Act, actsDue } from './people.ts';
import type { Scene } from './scene.ts';
import type { Teller } from './teller.ts';
import { typeCommand } from './typist.ts';
import { WentOtherwise } from './went-otherwise.ts';

/** Each command is given time to be read. */
const BETWEEN_COMMANDS_MS = 500;
/** Evidence is judged again when people decide, so a go may be refused that was asked for a moment before. */
const TRIES = 5;

/** The plan's people: they do what is due, one at a time, by commands that are shown as one would type them. */
export class Cast {
  readonly #plan: Plan;
  readonly #home: string;
  readonly #teller: Teller;
  readonly #done = new Set<string>();
  readonly #refusals = new Map<string, number>();
  #lastAt = 0;

  constructor({ plan, home, teller }: { readonly plan: Plan; readonly home: string; readonly teller: Teller }) {
    this.#plan = plan;
    this.#home = home;
    this.#teller = teller;
  }

  /** Does the first thing that is due. @throws WentOtherwise when it is refused again and again */
  async act({ status, now }: Scene): Promise<void> {
    if (status === undefined || now - this.#lastAt < BETWEEN_COMMANDS_MS) return;
    const [due] = actsDue({ plan: this.#plan, state: status.state, done: this.#done }, now);
    if (due === undefined) return;
    const who = this.#plan.people[due.by]?.name.split(' ')[0] ?? due.by;
    this.#teller.add({ at: now, who, says: `$ ${typedText(due.words)}`, tone: 'title' });
    const { exitCode, says } = await typeCommand(due.words, this.#home);
    this.#lastAt = Date.now();
    if (exitCode === 0) this.#done.add(due.key);
    else this.#refused(due, says);
  }

  #refused({ key, words }: Act, says: string): void {
    const times = (this.#refusals.get(key) ?? 0) + 1;
    this.#refusals.set(key, times);
    this.#teller.add({ at: Date.now(), who: 'refused', says, tone: 'bad' });
    if (times >= TRIES) throw new WentOtherwise(`"${typedText(words)}" was refused ${times} times: ${says}`);
  }
}
