import type { Command } from 'commander';
import { type Finding, lintPlan } from '../../plan/lint-plan.ts';
import { type CommonOptions, common } from '../command-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { readPlanFile } from '../plan-file.ts';
import { findingsText } from '../render/findings.ts';
import { perform, type Shell } from '../shell.ts';

interface LintOptions extends CommonOptions {
  readonly database?: boolean;
}

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('lint')
    .summary('can this plan work at all?')
    .description('Checks a plan: its form, its calendar, and what its evidence can show; with --database also what the product lacks.')
    .argument('<plan.yaml>', 'the plan file')
    .option('--database', 'also ask the product: flags, communities, and every probe once');
  common(command, ['lint plans/carpool-v2.yaml', 'lint plans/carpool-v2.yaml --database --json']);
  command.action((path: string, options: LintOptions) =>
    perform(shell, options, async ({ paint }) => {
      const { plan, hash, source } = await readPlanFile(path);
      const findings: readonly Finding[] = lintPlan(plan);
      const product = options.database ? await askProduct({ plan, hash, source, home: options.home }) : undefined;
      const failed = findings.some(({ severity }) => severity === 'error') || product?.usable === false;
      return {
        exitCode: failed ? exitCodes.no : exitCodes.done,
        json: { plan: path, launch: plan.launch, hash, findings, ...(product && { product }) },
        text: findingsText({ path, findings, product }, paint),
      };
    }),
  );
}

/** Loaded only when the product is asked. */
async function askProduct(question: Parameters<typeof import('../product-check.ts').checkProduct>[0]) {
  const { checkProduct } = await import('../product-check.ts');
  return checkProduct(question);
}
