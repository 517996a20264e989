import type { Command } from 'commander';
import { resolveDatabaseUrl } from '../../config.ts';
import { migrate } from '../../database/migrate.ts';
import { type CommonOptions, common } from '../command-options.ts';
import { perform, type Shell } from '../shell.ts';

export function register(program: Command, shell: Shell): void {
  const command = program
    .command('migrate')
    .summary('bring the schema "softlaunch" of a database up to date')
    .description(
      'Creates or updates the schema "softlaunch" in the product’s database, as the role that will own its functions. Safe to repeat. "softlaunch up" does this by itself.',
    );
  common(command, ['migrate']);
  command.action((options: CommonOptions) =>
    perform(shell, options, async ({ paint }) => {
      const applied = await migrate(resolveDatabaseUrl(options.home));
      const says = applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`;
      return { json: { applied }, text: `${paint.good('ok')}  ${says}` };
    }),
  );
}
