import { mulberry32 } from './judging-streams.ts';

/** Times of the same thing done in two ways, in milliseconds, taken in turns: `ours[i]` and `bare[i]` were measured one right after the other. */
export interface Pairs {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
}

/** Which quantiles are promised, and how many times the bare thing's they may be at most. */
export type Targets = Readonly<Partial<Record<Quantile, number>>>;

const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
export type Quantile = keyof typeof quantiles;

/** `met`: the whole interval is within the target. `missed`: the whole interval is above it. `open`: this run cannot tell. */
export type TargetVerdict = 'met' | 'missed' | 'open';

export interface Ratio {
  readonly quantile: Quantile;
  readonly oursMs: number;
  readonly bareMs: number;
  readonly ratio: number;
  /** 95 % bootstrap interval of the ratio. */
  readonly low: number;
  readonly high: number;
  /** Absent: nothing is promised of this quantile. */
  readonly target?: number;
  readonly verdict?: TargetVerdict;
}

/** The first ones are thrown away: the first five times, a connection plans a statement anew. */
const WARM_UP = 30;
const SAMPLES = 300;

/**
 * Measures both ways in turns, each first every other time, so that whatever else the machine does happens to both. When the time is up there are fewer
 * samples than `SAMPLES`, and their number says so.
 */
export async function interleaved(
  turn: { ours(): Promise<number>; bare(): Promise<number>; before?(): Promise<unknown>; after?(): Promise<unknown> },
  withinMs = 60_000,
): Promise<Pairs> {
  const ours: number[] = [];
  const bare: number[] = [];
  const begun = performance.now();
  for (let index = 0; index < WARM_UP + SAMPLES && performance.now() - begun < withinMs; index += 1) {
    await turn.before?.();
    const bareFirst = index % 2 === 0 ? await turn.bare() : undefined;
    const oursNow = await turn.ours();
    const bareNow = bareFirst ?? (await turn.bare());
    await turn.after?.();
    if (index < WARM_UP) continue;
    ours.push(oursNow);
    bare.push(bareNow);
  }
  return { ours, bare };
}

/** Milliseconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The quantiles of both and their ratios, with intervals from resampling the pairs. Seeded: the same pairs give the same intervals. */
export function ratiosOf(pairs: Pairs, targets: Targets): readonly Ratio[] {
  const resampled = Array.from({ length: RESAMPLES }, resampler(pairs));
  return (Object.keys(quantiles) as Quantile[]).map((quantile) => {
    const [oursMs, bareMs] = [quantileOf(pairs.ours, quantile), quantileOf(pairs.bare, quantile)];
    const ratios = resampled.map(({ ours, bare }) => quantileOf(ours, quantile) / quantileOf(bare, quantile)).sort((a, b) => a - b);
    const [low, high] = [ratios[Math.floor(0.025 * RESAMPLES)] ?? Number.NaN, ratios[Math.ceil(0.975 * RESAMPLES) - 1] ?? Number.NaN];
    const target = targets[quantile];
    const judged = target === undefined ? {} : { target, verdict: verdictOf({ low, high, target }) };
    return { quantile, oursMs, bareMs, ratio: oursMs / bareMs, low, high, ...judged };
  });
}

const RESAMPLES = 1_000;

function resampler({ ours, bare }: Pairs): () => Pairs {
  const random = mulberry32(1);
  return () => {
    const picks = ours.map(() => Math.floor(random() * ours.length));
    return { ours: picks.map((pick) => ours[pick] ?? Number.NaN), bare: picks.map((pick) => bare[pick] ?? Number.NaN) };
  };
}

function verdictOf({ low, high, target }: { low: number; high: number; target: number }): TargetVerdict {
  if (high <= target) return 'met';
  return low > target ? 'missed' : 'open';
}

/** The smallest sample that at least this share of all does not exceed. */
export function quantileOf(samples: readonly number[], quantile: Quantile): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.ceil(quantiles[quantile] * sorted.length) - 1] ?? Number.NaN;
}
