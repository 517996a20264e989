import { type Command, InvalidArgumentError } from 'commander';
import { planCalendar } from '../../domain/calendar.ts';
import { scalePlan } from '../../plan/scale-plan.ts';
import { type CommonOptions, common, positiveOf } from '../command-options.ts';
import { readPlanFile } from '../plan-file.ts';
import { calendarText } from '../render/calendar.ts';
import { clockOf } from '../render/instant.ts';
import { perform, type Shell } from '../shell.ts';

interface ShowOptions extends CommonOptions {
  readonly start?: number;
  readonly speed?: number;
}

export function register(program: Command, shell: Shell): void {
  const plan = program.command('plan').summary('what a plan means: "plan show" prints its calendar').description('What a plan means.');
  const show = plan
    .command('show')
    .description('Prints what will happen when, at the earliest: phases, waves, conversations, decisions and the review, day by day.')
    .argument('<plan.yaml>', 'the plan file')
    .option('--start <instant>', 'when it would start, such as 2026-03-02T09:00+01:00; now when absent', startOf)
    .option('--speed <factor>', 'every duration divided by this', positiveOf);
  common(show, ['plan show plans/carpool-v2.yaml', 'plan show plans/carpool-v2.yaml --start 2026-03-02T09:00+01:00 --json']);
  show.action((path: string, options: ShowOptions) =>
    perform(shell, options, async ({ paint }) => {
      const { plan: written, hash } = await readPlanFile(path);
      const startAt = options.start ?? Date.now();
      const scaled = options.speed === undefined ? written : scalePlan(written, options.speed);
      // Times of day on a day that is shorter than a day count from the start.
      const entries = options.speed === undefined ? planCalendar(scaled, startAt) : planCalendar(scaled, startAt, startAt);
      const { launch, title, timezone } = scaled;
      const head = `${paint.title(title)}  ${paint.faint(`${launch}, plan ${hash.slice(0, 12)}, times in ${timezone}`)}`;
      return {
        json: { launch, title, timezone, hash, startAt: new Date(startAt).toISOString(), calendar: entries.map(entryJson) },
        text: `${head}\n\n${calendarText(entries, clockOf(scaled, startAt), paint)}`,
      };
    }),
  );
}

function startOf(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('Write an instant such as 2026-03-02T09:00+01:00.');
  return at;
}

function entryJson({ at, until, latest, ...rest }: ReturnType<typeof planCalendar>[number]) {
  const iso = (instant: number) => new Date(instant).toISOString();
  return { at: iso(at), ...(until !== undefined && { until: iso(until) }), ...(latest !== undefined && { latest: iso(latest) }), ...rest };
}
