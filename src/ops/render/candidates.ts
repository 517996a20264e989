import type { Candidate, CandidateReason } from '../../domain/candidate.ts';
import type { CandidateRule } from '../../domain/plan.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** Every community with its measures and why it may or may not join, best choice first. */
export function candidatesText(rule: CandidateRule, ranked: readonly Candidate[], paint: Paint): string {
  const may = ranked.filter(({ mayJoin }) => mayJoin).length;
  const headline = `${may} of ${ranked.length} ${ranked.length === 1 ? 'community' : 'communities'} may join with the next wave, best fit first:`;
  if (ranked.length === 0) return 'The query for candidates names no community, so no wave can pick any.';
  const measures = rule.suitedWhen.map(({ measure }) => measure);
  const head = ['community', 'fit', ...measures, ''].map((title) => paint.faint(title));
  return [headline, '', table([head, ...ranked.map((candidate) => row(candidate, measures, paint))])].join('\n');
}

function row(candidate: Candidate, measures: readonly string[], paint: Paint): readonly string[] {
  const { community, score, reasons } = candidate;
  const cells = measures.map((measure) =>
    cell(
      reasons.find((reason) => reason.measure === measure),
      paint,
    ),
  );
  return [community, score.toFixed(2), ...cells, standingText(candidate, paint)];
}

function cell(reason: CandidateReason | undefined, { bad, warn }: Paint): string {
  if (reason?.value === undefined) return warn('not known');
  const value = typeof reason.value === 'boolean' ? (reason.value ? 'yes' : 'no') : String(reason.value);
  return reason.verdict === 'met' ? value : bad(value);
}

/** What people read last: may it join, and if not, why not. */
function standingText({ mayJoin, standing, reasons }: Candidate, { good, bad, faint }: Paint): string {
  if (mayJoin) return good('may join');
  const lacking = reasons.filter(({ verdict }) => verdict !== 'met').map(({ says }) => says);
  if (standing === undefined) return `${bad('not suited:')} ${lacking.join(' ')}`;
  return faint([standingSentence[standing], ...lacking].join(' '));
}

const standingSentence = {
  joined: 'Is or was in the launch.',
  excluded: 'People took it out ("softlaunch admit" lets it in again).',
  named: 'The plan names it for a phase of its own.',
  never: 'The plan says never.',
} as const;
