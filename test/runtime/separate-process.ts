import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** Our sources, compiled so that plain node processes, which a test may kill, can run them. */
export interface CompiledRuntime {
  /** Where it was compiled to, as if that were the root of the project. */
  readonly folder: string;
  /** Runs a module body in a process of its own; the functions of these modules (of the runtime, or named from `src` on with a slash) are in its scope. */
  run(imports: readonly string[], body: string, environment?: Record<string, string>): SeparateProcess;
  remove(): void;
}

/** A process that a test may kill. */
export interface SeparateProcess {
  readonly process: ChildProcess;
  /** The next value that the process has passed to `tell`. Rejects when it ends first. */
  heard(): Promise<unknown>;
  /** Exit code or signal. */
  readonly ended: Promise<number | string>;
}

/** Compiles a module and all that it imports into a folder of its own below `dist`, where it still belongs to the package. */
export function compileRuntime(entry = 'src/runtime/stack.ts'): CompiledRuntime {
  mkdirSync('dist', { recursive: true });
  const folder = mkdtempSync(resolve('dist', '.runtime-test-'));
  const options = [
    '--ignoreConfig',
    '--noCheck',
    '--skipLibCheck',
    '--rootDir',
    '.',
    '--outDir',
    folder,
    '--module',
    'nodenext',
    '--target',
    'es2022',
  ];
  execFileSync('node_modules/.bin/tsc', [...options, '--types', 'node', '--rewriteRelativeImportExtensions', entry]);
  let number = 0;
  const run: CompiledRuntime['run'] = (imports, body, environment = {}) => {
    number += 1;
    const script = join(folder, `process-${number}.mjs`);
    const variable = (name: string) => name.replaceAll(/[-/.]/g, '_');
    const path = (name: string) => (name.includes('/') ? `src/${name}` : `src/runtime/${name}`);
    const lines = imports.map((name) => `import * as ${variable(name)} from './${path(name)}.js';`);
    const scope = imports.map((name) => `...${variable(name)}`).join(', ');
    writeFileSync(
      script,
      `${lines.join('\n')}\nconst tell = (v) => console.log(JSON.stringify(v));\nconst runtime = { ${scope} };\n${body}\n`,
    );
    return separateProcess(
      spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment } }),
    );
  };
  return { folder, run, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function separateProcess(child: ChildProcess): SeparateProcess {
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const ended = new Promise<number | string>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code ?? -1));
  });
  const heard = async () => {
    const next = await lines.next();
    if (next.done) throw new Error(`The process ended (${await ended}) before it told anything.`);
    return JSON.parse(next.value) as unknown;
  };
  return { process: child, heard, ended };
}
