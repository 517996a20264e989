import { judgeRate } from '../src/domain/rate.ts';
import { ALPHA, type Ending, FROM_TRIALS, RULES, TARGET } from './judging-rules.ts';
import { KINDS, LOOKS, mulberry32, type StreamKind, stream } from './judging-streams.ts';

const STREAMS = 2_000;

/**
 * Judges the same synthetic streams of bookings by softlaunch's rule and by those it replaces, prints how often each was wrong, and times 10,000
 * judgements. Seeded, so every run prints the same table; only the times differ.
 */
export function benchJudging(): void {
  const results = KINDS.map((kind, index) => ({ kind, endings: judgeStreams(kind, 1_000 + index) }));
  print(`${STREAMS} streams of each kind, ${LOOKS} looks in 48 h, about 500 bookings (sparse: 50), against at least 95 %.`);
  print('A failed check is a look whose own bookings (or those of the last hour) were below 95 %; one without bookings decides nothing.');
  print('NaN: no usable number from a random look on. Gap: no answer for 8 to 24 h. Delayed: failures are known two hours late.\n');
  const good = results.filter(({ kind }) => kind.success >= TARGET);
  const bad = results.filter(({ kind }) => kind.success < TARGET);
  table('False rollbacks', good, (endings) => share(endings, 'stopped'));
  table('Misses: advanced below the target', bad, (endings) => share(endings, 'advanced'));
  table('Bookings exposed before the stop, median', bad, medianExposed);
  table('Undecided', results, (endings) => share(endings, 'undecided'));
  table(
    'Advances on missing data',
    results.filter(({ kind }) => kind.broken === 'nan' || kind.broken === 'gap'),
    (endings) => share(endings, 'advanced'),
  );
  timeJudgements();
}

function judgeStreams(kind: StreamKind, seed: number): Ending[][] {
  const random = mulberry32(seed);
  const streams = Array.from({ length: STREAMS }, () => stream(kind, random));
  return RULES.map(({ rule }) => streams.map((slots) => rule(slots, kind)));
}

function share(endings: readonly Ending[], end: Ending['end']): string {
  return `${((100 * endings.filter((ending) => ending.end === end).length) / endings.length).toFixed(1)} %`;
}

/** Over the stopped streams, with how many of all those were when not all: a rule that seldom stops must not look quick. */
function medianExposed(endings: readonly Ending[]): string {
  const stopped = endings.filter(({ end }) => end === 'stopped').map(({ bookings }) => bookings);
  if (stopped.length === 0) return 'none stopped';
  const median = stopped.sort((a, b) => a - b)[Math.floor(stopped.length / 2)];
  return stopped.length === endings.length ? `${median}` : `${median} (${((100 * stopped.length) / endings.length).toFixed(0)} %)`;
}

function table(
  title: string,
  results: readonly { readonly kind: StreamKind; readonly endings: readonly Ending[][] }[],
  cell: (endings: readonly Ending[]) => string,
): void {
  const row = (first: string, cells: readonly string[]) => print([first.padEnd(14), ...cells.map((text) => text.padStart(17))].join(''));
  print(title);
  row(
    'true rate',
    RULES.map(({ name }) => name),
  );
  for (const { kind, endings } of results) row(kind.name, endings.map(cell));
  print('');
}

function timeJudgements(): void {
  const random = mulberry32(7);
  const counts = Array.from({ length: 10_000 }, () => {
    const trials = 1 + Math.floor(random() ** 3 * 5_000);
    return { trials, successes: Math.round(trials * (0.5 + random() / 2)) };
  });
  const run = (certainty: 'not breached' | 'demonstrated') => () => {
    for (const { successes, trials } of counts) {
      judgeRate({ successes, trials, target: TARGET, alpha: ALPHA, fromTrials: FROM_TRIALS, certainty });
    }
  };
  let met = 0;
  const divide = () => {
    for (const { successes, trials } of counts) met += successes / trials >= TARGET ? 1 : 0;
  };
  print(`10,000 judgements, 1 to 5,000 bookings, median of 9: not breached ${time(run('not breached'))} ms,`);
  print(`demonstrated ${time(run('demonstrated'))} ms, plain divisions ${time(divide)} ms (${met / 9} of them at target).`);
}

function time(work: () => void): string {
  const times = Array.from({ length: 9 }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return (times.sort((a, b) => a - b)[4] ?? Number.NaN).toFixed(2);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
