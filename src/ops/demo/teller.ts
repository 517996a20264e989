import type { Paint } from '../render/paint.ts';
import type { LaunchClock } from './launch-clock.ts';
import { type Line, lineText } from './lines.ts';
import type { Show } from './show.ts';

/** How long a line waits for others that happened before it and are heard of later. */
const WAIT_MS = 600;

/** Tells what happened in the order in which it did. */
export class Teller {
  readonly #show: Show;
  readonly #paint: Paint;
  #waiting: readonly Line[] = [];

  constructor(show: Show, paint: Paint) {
    this.#show = show;
    this.#paint = paint;
  }

  /** Hears of something. */
  add(...lines: readonly Line[]): void {
    this.#waiting = [...this.#waiting, ...lines].sort((a, b) => a.at - b.at);
  }

  /** Tells what has waited long enough at `now`. */
  tell(clock: LaunchClock, now: number): void {
    const due = this.#waiting.filter(({ at }) => at <= now - WAIT_MS);
    this.#waiting = this.#waiting.slice(due.length);
    this.#show.tell(due.map((line) => lineText(line, clock, this.#paint)));
  }

  /** Tells all the rest. */
  finish(clock: LaunchClock): void {
    this.tell(clock, Number.POSITIVE_INFINITY);
  }
}
