/** Looks of one stream: every quarter of an hour for 48 h. */
export const LOOKS = 192;

/** What happened between two looks, and whether the probe answered at the end of it. */
export interface Slot {
  readonly bookings: number;
  readonly failures: number;
  readonly answer: 'number' | 'nan' | 'none';
}

/** A way for bookings to come: true success rate 0–1, bookings between two looks, and what goes wrong with their counting. */
export interface StreamKind {
  readonly name: string;
  readonly success: number;
  readonly perLook: number;
  readonly broken: 'never' | 'delayed' | 'nan' | 'gap';
}

const plain = (percent: number): StreamKind => ({ name: `${percent} %`, success: percent / 100, perLook: 500 / LOOKS, broken: 'never' });

/** Every kind of stream the rules are compared on. */
export const KINDS: readonly StreamKind[] = [
  ...[99, 98, 97, 90, 85, 80, 50].map(plain),
  ...[98, 80].map((percent) => ({ ...plain(percent), name: `sparse ${percent} %`, perLook: 50 / LOOKS })),
  ...[98, 80].map((percent) => ({ ...plain(percent), name: `delayed ${percent} %`, broken: 'delayed' as const })),
  ...[98, 80].map((percent) => ({ ...plain(percent), name: `NaN ${percent} %`, broken: 'nan' as const })),
  ...[98, 80].map((percent) => ({ ...plain(percent), name: `gap ${percent} %`, broken: 'gap' as const })),
];

/** One stream of a kind, from a generator of numbers from 0 to below 1. NaN and gaps begin at a random look; a gap lasts 8 to 24 h. */
export function stream({ success, perLook, broken }: StreamKind, random: () => number): Slot[] {
  const from = Math.floor(random() * LOOKS);
  const to = broken === 'gap' ? from + 32 + Math.floor(random() * 64) : LOOKS;
  return Array.from({ length: LOOKS }, (_, look) => {
    const bookings = poisson(perLook, random);
    let failures = 0;
    for (let i = 0; i < bookings; i++) if (random() >= success) failures++;
    const missing = (broken === 'nan' || broken === 'gap') && look >= from && look < to;
    return { bookings, failures, answer: missing ? (broken === 'nan' ? 'nan' : 'none') : 'number' };
  });
}

/** A small seeded generator of numbers from 0 to below 1, so that two runs see the same streams. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function poisson(mean: number, random: () => number): number {
  const floor = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > floor; product *= random()) count++;
  return count;
}
