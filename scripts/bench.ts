/*
 * Benchmarks by name: `npm run bench -- <name>`. Each is loaded only when it is asked for, so that measuring one brings nothing of the others along.
 */

interface Benchmark {
  readonly measures: string;
  run(): Promise<void>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  judging: {
    measures: 'how often rules about rates are wrong, on 2,000 synthetic launches of each kind, and the time of a judgement',
    run: async () => (await import('./bench-judging.ts')).benchJudging(),
  },
  rollback: {
    measures: 'how long a rollback takes from an order to flags off, by each of its doors, over the bare thing (some three minutes)',
    run: async () => (await import('./bench-rollback.ts')).benchRollback(),
  },
};

const help = `Usage: npm run bench -- <name>

${Object.entries(benchmarks)
  .map(([name, { measures }]) => `  ${name.padEnd(10)}${measures}`)
  .join('\n')}
`;

const [name = ''] = process.argv.slice(2);
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (name === '--help' || name === '-h') process.stdout.write(help);
else if (benchmark) await benchmark.run();
else {
  process.stderr.write(`${name === '' ? 'Name a benchmark.' : `There is no benchmark "${name}".`}\n\n${help}`);
  process.exitCode = 2;
}
