import type { Verdict } from '../../domain/criterion.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Review } from '../../domain/review.ts';
import { type CommunityReview, inScope, type PhaseReview, stayText, type TimelineEntry } from '../../domain/review-history.ts';
import type { MetricReview } from '../../domain/review-metric.ts';
import type { ReviewFact } from '../../domain/review-question.ts';
import { type Clock, clockOf, dayText, instantText, timeOfDayText } from './instant.ts';

/** A mark and a word, so that neither colour nor the mark alone has to carry it. */
const marks: Readonly<Record<Verdict, string>> = {
  met: '🟢 met',
  missed: '🔴 missed',
  inconclusive: '🟡 inconclusive',
  unmeasured: '⚪ unmeasured',
};

/** The mark of what should not have been. Lines with it are red on a terminal. */
export const redMark = '🔴';

/** The longest course that is told in full; in between, it is said how much was left out. */
const timelineShown = 400;

/** The review as Markdown, for a reader who was not there. */
export function reviewMarkdown(plan: Plan, review: Review): string {
  const clock = clockOf(plan, review.at);
  const who = (key: string) => plain(plan.people[key]?.name ?? key);
  const when = (at: number) => instantText(at, clock);
  const sections = [
    headText(review, clock),
    waiversText(review, who, when),
    section('Metrics', metricsText(review.metrics)),
    section('What this review cannot vouch for', list(review.doubts.map(plain))),
    section(
      'Phases',
      tableText(
        ['phase', 'opened', 'left', 'lasted'],
        review.phases.map((phase) => phaseRow(phase, when)),
      ),
    ),
    section(
      'Decisions',
      list(
        review.decisions.map(
          ({ at, phase, decision, by, reason, waived }) =>
            `${when(at)}: **${decision}** for ${phase} by ${who(by)}: ${plain(reason)}${waived.length > 0 ? ` (${redMark} waived: ${plain(waived.join(', '))})` : ''}`,
        ),
      ),
    ),
    section('Communities', communitiesText(review.communities, when)),
    section('Rollbacks', rollbacksText(review, who, when)),
    section('Incidents', incidentsText(review, when)),
    section('Settings', settingsText(review, who, when)),
    section('Questions for people', questionsText(review, when)),
    section(
      'Follow-ups',
      list(review.followUps.map(({ what, from }) => `[ ] ${plain(what)}${from === 'evidence' ? ' _(from the evidence)_' : ''}`)),
    ),
    section('Timeline', timelineText(review.timeline, who, when)),
    section(
      'Since this review',
      review.afterwards.length === 0 ? '' : `In none of the figures above:\n\n${timelineText(review.afterwards, who, when)}`,
    ),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

type When = (at: number) => string;
type Who = (key: string) => string;

function headText({ title, launch, at, dueAt, standingSays, metrics }: Review, clock: Clock): string {
  const counts = (['met', 'missed', 'inconclusive', 'unmeasured'] as const)
    .map((verdict) => ({ verdict, count: metrics.filter((metric) => metric.verdict === verdict).length }))
    .filter(({ verdict, count }) => count > 0 || verdict === 'met')
    .map(({ verdict, count }) => (verdict === 'met' ? `${count} of ${metrics.length} metrics met` : `${count} ${verdict}`));
  const due = dueAt === undefined ? '' : `, due ${instantText(dueAt, clock)}`;
  return [
    `# Review of ${plain(title)}`,
    `> ${plain(standingSays)}`,
    `Launch \`${launch}\`, with the evidence until ${dayText(at, clock)}, ${timeOfDayText(at, clock)}${due}.`,
    `**${counts.join(', ')}.**`,
  ].join('\n\n');
}

function waiversText({ waivers }: Review, who: Who, when: When): string {
  return section(
    `${redMark} Passed although not met`,
    list(
      waivers.map(
        ({ at, phase, by, reason, waived, expiresAt, sinceThen }) =>
          `${redMark} **${plain(waived.join(', '))}** at the gate of ${phase}, waived by ${who(by)} ${when(at)} until ${when(expiresAt)}: ${plain(reason)}${sinceThen.length > 0 ? ` (${sinceThen.map(plain).join(' ')})` : ''}`,
      ),
    ),
  );
}

function metricsText(metrics: readonly MetricReview[]): string {
  const rows = metrics.map(({ metric, target, value, verdict, evidence, missedBefore }) => [
    plain(metric),
    target,
    value ?? 'not known',
    `${marks[verdict]}${verdict === 'met' && missedBefore > 0 ? `, after ${missedBefore} ${missedBefore === 1 ? 'miss' : 'misses'}` : ''}`,
    plain(evidence),
  ]);
  return tableText(['metric', 'target', 'value', 'verdict', 'evidence'], rows);
}

function phaseRow(phase: PhaseReview, when: When): readonly string[] {
  const { openedAt, closedAt, entries } = phase;
  const again = entries > 1 ? ` (${entries} times)` : '';
  const left = openedAt === undefined ? '' : closedAt === undefined ? 'still open' : when(closedAt);
  return [phase.phase, openedAt === undefined ? 'not reached' : `${when(openedAt)}${again}`, left, stayText(phase) ?? ''];
}

function communitiesText(communities: readonly CommunityReview[], when: When): string {
  const rows = communities.map(({ community, joinedAt, state, why, soaks, unmet }) => [
    plain(community),
    when(joinedAt),
    `${state === 'open' ? 'open' : `${redMark} ${state}`}${why === undefined ? '' : `: ${plain(why)}`}`,
    soaks.length === 0 ? 'not observed' : plain(soaks.join('; ')),
    unmet.length === 0 ? '' : plain(unmet.join(', ')),
  ]);
  return rows.length === 0 ? '' : tableText(['community', 'joined', 'state', 'observed', 'not met'], rows);
}

function rollbacksText({ rollbacks }: Review, who: Who, when: When): string {
  return list(
    rollbacks.map(({ scope, reason, actor, at, state, tookMs, liftedAt }) => {
      const proof = tookMs === undefined ? `${redMark} ${state}, not proven` : `proven after ${formatDuration(tookMs)}`;
      const lifted = liftedAt === undefined ? '; still off' : `; allowed again ${when(liftedAt)}`;
      return `${when(at)}: **${plain(scope)}** by ${who(actor)}: ${plain(reason)} (${proof}${lifted})`;
    }),
  );
}

function incidentsText({ incidents }: Review, when: When): string {
  return list(
    incidents.map(({ id, severity, issue, openedAt, closedAt, reports }) => {
      const opened = openedAt === undefined ? '' : `, opened ${when(openedAt)}`;
      const reported = reports === 0 ? '' : `, ${reports} ${reports === 1 ? 'report' : 'reports'}`;
      const lasted = openedAt === undefined || closedAt === undefined ? '' : ` after ${formatDuration(closedAt - openedAt)}`;
      const closed = closedAt === undefined ? `, ${redMark} still open` : `, closed${lasted}`;
      return `**${id}** (${severity}): ${plain(issue) || 'a rollback'}${opened}${reported}${closed}`;
    }),
  );
}

function settingsText({ settings }: Review, who: Who, when: When): string {
  const rows = settings.map(({ at, setting, before, after, by, why, tuned }) => [
    when(at),
    `\`${setting}\``,
    before,
    after,
    tuned ? `tuned by ${who(by)}` : 'by the plan',
    plain(why),
  ]);
  return rows.length === 0 ? '' : tableText(['when', 'setting', 'before', 'after', 'by', 'why'], rows);
}

function questionsText({ questions }: Review, when: When): string {
  return questions
    .map(({ question, facts, direct }) => {
      const lead = direct ? 'What bears on it:' : 'Nothing that was measured answers this. What went otherwise than planned:';
      return `### ${plain(question)}\n\n${lead}\n\n${list(facts.map((fact) => factText(fact, when)))}\n\n_Answer:_`;
    })
    .join('\n\n');
}

function factText({ says, at }: ReviewFact, when: When): string {
  return at === undefined ? plain(says) : `${plain(says)} (${when(at)})`;
}

function timelineText(timeline: readonly TimelineEntry[], who: Who, when: When): string {
  const lines = timeline.map(
    ({ at, actor, scope, says }) =>
      `${when(at)} · ${who(actor)}${scope.startsWith('community:') ? ` ${plain(inScope(scope))}` : ''}: ${plain(says)}`,
  );
  const half = timelineShown / 2;
  if (lines.length <= timelineShown) return list(lines);
  const between = `… ${lines.length - timelineShown} entries more, in the journal`;
  return list([...lines.slice(0, half), between, ...lines.slice(-half)]);
}

/** Nothing where there is nothing to say. */
function section(title: string, body: string): string {
  return body === '' ? '' : `## ${title}\n\n${body}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What people and products wrote, as words: it must not become a heading, a link, a picture or a table of ours. */
function plain(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\\`*[\]<>|~]/g, '\\$&')
    .trim();
}
