// Compiles the sources to dist and bundles the workflow code once, so that a worker starts without a bundler. Plain JavaScript: it runs before
// there is anything compiled.
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

// Beside the program that is there, which stays usable until there is a whole new one.
const draft = join(root, 'dist.new');
rmSync(draft, { recursive: true, force: true });
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', draft], { cwd: root, stdio: 'inherit' });
const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'src/workflows/index.ts'), logger: new DefaultLogger('WARN') });
writeFileSync(join(draft, 'workflow-bundle.js'), code);
rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(draft, join(root, 'dist'));
