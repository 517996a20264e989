/** A repeatable source of chance: the same key gives the same sequence. */
export interface Random {
  /** A number in [0, 1). */
  roll(): number;
  /** One of several; fails on an empty list. */
  pick<T>(from: readonly T[]): T;
  /** A whole number that averages to `mean`: 0.2 gives 1 in one of five calls. */
  around(mean: number): number;
  uuid(): string;
}

/** Starts a sequence for a key (mulberry32, seeded by an FNV-1a hash of the key). */
export function createRandom(key: string): Random {
  let state = hashOf(key);
  function roll(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    roll,
    pick: (from) => {
      const picked = from[Math.floor(roll() * from.length)];
      if (picked === undefined) throw new RangeError('There is nothing to pick from.');
      return picked;
    },
    around: (mean) => Math.floor(mean) + (roll() < mean % 1 ? 1 : 0),
    uuid: () => {
      const hex = Array.from({ length: 4 }, () =>
        Math.floor(roll() * 2 ** 32)
          .toString(16)
          .padStart(8, '0'),
      ).join('');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
  };
}

function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const character of key) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}
