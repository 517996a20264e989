import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../src/runtime/postgres.ts';
import { startTemporal } from '../src/runtime/temporal.ts';
import { openListeners } from './bench-listeners.ts';
import { interleaved, type Pairs, quantileOf, type Ratio, ratiosOf, type Targets, timed } from './bench-ratio.ts';
import { type BenchProduct, benchProduct } from './bench-rollback-product.ts';
import { measureShell } from './bench-rollback-shell.ts';
import { measureUpdates } from './bench-rollback-update.ts';

/** Products on one PostgreSQL, made when they are asked for. */
interface Bench {
  readonly folder: string;
  product(name: string, communities?: number): Promise<BenchProduct>;
}

/** A promise about the way back. The letter picks it: `--only a,c`. */
interface Promised {
  readonly what: string;
  measure(bench: Bench): Promise<Found>;
}

/** Ours against a bare thing, or an absolute time. */
type Found =
  | { readonly samples: number; readonly ratios: readonly Ratio[] }
  | {
      readonly samples: number;
      readonly p50: number;
      readonly p95: number;
      readonly worst: number;
      readonly target: number;
      readonly verdict: 'met' | 'missed';
    };

const SHELL_TARGET_MS = 500;
const SHELL_SAMPLES = 40;
const LISTENERS = 50;

const promised: Readonly<Record<string, Promised>> = {
  a: {
    what: 'roll_back (4 flags, 2 settings) over BEGIN; UPDATE of one flag; COMMIT',
    measure: async (bench) => compared(await measureFunction(await bench.product('carpool')), { p50: 1.5, p99: 2 }),
  },
  b: {
    what: 'rollback as an update on a running launch, to flags off, over a bare update with a one-statement activity',
    measure: async (bench) => {
      const temporal = await startTemporal({ logFile: join(bench.folder, 'temporal.log'), ui: 'none' });
      try {
        return compared(await measureUpdates(await bench.product('carpool'), temporal), { p50: 1.2 });
      } finally {
        await temporal.stop();
      }
    },
  },
  c: {
    what: 'roll_back with 10,000 communities in over 10',
    measure: async (bench) =>
      compared(await measureCommunities(await bench.product('many', 10_000), await bench.product('few', 10)), { p50: 1.2 }),
  },
  d: {
    what: 'softlaunch rollback from the shell, process start to flags off',
    measure: async (bench) => {
      const product = await bench.product('carpool');
      const times = await withLaunch(product, (launch) => measureShell(product, launch, SHELL_SAMPLES));
      const [p50, p95, worst] = [quantileOf(times, 'p50'), quantileOf(times, 'p95'), Math.max(...times)];
      return { samples: times.length, p50, p95, worst, target: SHELL_TARGET_MS, verdict: p95 <= SHELL_TARGET_MS ? 'met' : 'missed' };
    },
  },
  e: {
    what: `roll_back to the last of ${LISTENERS} listeners over a bare NOTIFY to the last of ${LISTENERS}`,
    measure: async (bench) => compared(await measureListeners(await bench.product('carpool')), { p50: 1.5 }),
  },
};

/**
 * Measures what is promised about rollbacks, on a PostgreSQL and a Temporal dev server of its own, and prints each with its interval. `--only a,c` picks
 * some, `--json` prints one object at the end.
 */
export async function benchRollback(): Promise<void> {
  const { only, json } = readOptions(process.argv.slice(3));
  const folder = mkdtempSync(join(tmpdir(), 'softlaunch-bench-'));
  const postgres = await startPostgres({ dataDirectory: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') });
  const products = new Map<string, BenchProduct>();
  const product = async (name: string, communities?: number) => {
    const made = products.get(name) ?? (await benchProduct(postgres, name, communities));
    products.set(name, made);
    return made;
  };
  try {
    const about = await conditions(await product('carpool'));
    if (!json) print(about);
    const results: object[] = [];
    for (const letter of only) {
      const { what, measure } = promised[letter] as Promised;
      const found = await measure({ folder, product });
      const load = loadNow();
      results.push({ letter, what, load, ...found });
      if (!json) print(`\n${letter}  ${what}\n   ${found.samples} samples, load ${load}\n${lines(found)}`);
    }
    if (json) print(JSON.stringify({ about, results }, undefined, 2));
  } finally {
    await Promise.all([...products.values()].map((made) => made.close()));
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(words: readonly string[]): { readonly only: readonly string[]; readonly json: boolean } {
  const { values } = parseArgs({ args: [...words], options: { only: { type: 'string' }, json: { type: 'boolean', default: false } } });
  const only = values.only?.split(',') ?? Object.keys(promised);
  const unknown = only.filter((letter) => !Object.hasOwn(promised, letter));
  if (unknown.length > 0) throw new Error(`There is no measurement ${unknown.join(', ')}; there is ${Object.keys(promised).join(', ')}.`);
  return { only, json: values.json };
}

async function conditions(product: BenchProduct): Promise<string> {
  const connection = await product.connect();
  const { rows } = await connection.query<{
    said: string;
  }>(`select format('PostgreSQL %s, fsync %s, synchronous_commit %s', current_setting('server_version'),
    current_setting('fsync'), current_setting('synchronous_commit')) as said`);
  return `${rows[0]?.said}, Node ${process.version}, ${cpus().length} cores, load ${loadNow()}`;
}

function loadNow(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
}

function compared(pairs: Pairs, targets: Targets): Found {
  return { samples: pairs.ours.length, ratios: ratiosOf(pairs, targets) };
}

let launches = 0;

async function withLaunch<T>(product: BenchProduct, work: (launch: string) => Promise<T>): Promise<T> {
  launches += 1;
  const launch = `measured-${launches}`;
  await product.register(launch);
  try {
    return await work(launch);
  } finally {
    await product.end(launch);
  }
}

async function measureFunction(product: BenchProduct): Promise<Pairs> {
  const [ours, bare] = [await product.connect(), await product.connect()];
  return withLaunch(product, (launch) =>
    interleaved({
      before: () => product.turnOn(launch),
      ours: () => timed(() => product.rollBack(ours, launch)),
      bare: () => timed(() => product.bareTransaction(bare)),
    }),
  );
}

async function measureCommunities(many: BenchProduct, few: BenchProduct): Promise<Pairs> {
  const [inMany, inFew] = [await many.connect(), await few.connect()];
  return withLaunch(many, (launch) =>
    withLaunch(few, (other) =>
      interleaved({
        before: () => Promise.all([many.turnOn(launch), few.turnOn(other)]),
        ours: () => timed(() => many.rollBack(inMany, launch)),
        bare: () => timed(() => few.rollBack(inFew, other)),
      }),
    ),
  );
}

async function measureListeners(product: BenchProduct): Promise<Pairs> {
  const [ours, bare] = [await product.connect(), await product.connect()];
  const listeners = await openListeners(product.url, LISTENERS);
  const toTheLast = (payload: string, tell: () => Promise<unknown>) => timed(() => Promise.all([listeners.hear(payload), tell()]));
  try {
    return await withLaunch(product, (launch) =>
      interleaved({
        before: async () => {
          await product.turnOn(launch);
          await listeners.drain();
        },
        ours: () => toTheLast(launch, () => product.rollBack(ours, launch)),
        bare: () => toTheLast('bare', () => bare.query("select pg_notify('softlaunch', 'bare')")),
      }),
    );
  } finally {
    await listeners.close();
  }
}

function lines(found: Found): string {
  if ('ratios' in found) return found.ratios.map(ratioLine).join('\n');
  const { p50, p95, worst, target, verdict } = found;
  return `   p50 ${ms(p50)}, p95 ${ms(p95)}, worst ${ms(worst)}; promised: p95 at most ${target} ms: ${verdict}`;
}

function ratioLine({ quantile, oursMs, bareMs, ratio, low, high, target, verdict }: Ratio): string {
  const promise = target === undefined ? '' : `   at most ${target}x: ${verdict}`;
  return `   ${quantile}  ${ms(oursMs)} over ${ms(bareMs)}  ${ratio.toFixed(2)}x [${low.toFixed(2)}, ${high.toFixed(2)}]${promise}`;
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(2).padStart(7)} ms`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
