import type { Judgement } from './criterion.ts';
import { formatDuration } from './duration.ts';
import { type PhaseName, type Plan, phaseNames, type Severity, severities } from './plan.ts';
import type { ReviewEntry, ReviewEvidence } from './review.ts';
import { communityOf, communityScope, firstCommandId } from './rollback.ts';
import { soakText } from './soak.ts';

/** One phase as it went. Instants in logical time; `openedAt` absent: it was never reached, `closedAt` absent: it is still open. */
export interface PhaseReview {
  readonly phase: PhaseName;
  readonly openedAt?: number;
  readonly closedAt?: number;
  /** How often it was opened; more than once after a rollback. */
  readonly entries: number;
  readonly minimumStayMs: number;
  readonly maximumStayMs?: number;
}

export interface DecisionReview {
  readonly at: number;
  readonly phase: string;
  readonly decision: string;
  readonly by: string;
  readonly reason: string;
  readonly waived: readonly string[];
}

/** A go against what was not met. */
export interface WaiverReview extends Omit<DecisionReview, 'decision'> {
  readonly expiresAt: number;
  /** How what was waived stands now, a sentence each. */
  readonly sinceThen: readonly string[];
}

export interface CommunityReview {
  readonly community: string;
  readonly joinedAt: number;
  readonly state: string;
  readonly why?: string;
  /** Healthy, unhealthy and unknown time, a sentence for each ledger. */
  readonly soaks: readonly string[];
  /** Its criteria that are not met, each with the verdict. */
  readonly unmet: readonly string[];
}

/** Rolled back once: an order that joined one in force, or was repeated until it was proven, is no second rollback. */
export interface RollbackReview {
  readonly scope: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: number;
  readonly state: 'ordered' | 'restored' | 'stuck';
  /** From the order to the proof; absent while there is none. */
  readonly tookMs?: number;
  readonly liftedAt?: number;
}

export interface IncidentReview {
  readonly id: string;
  readonly severity: Severity;
  readonly issue: string;
  readonly openedAt?: number;
  readonly closedAt?: number;
  readonly reports: number;
}

/** A setting that the launch wrote, before and after. */
export interface SettingReview {
  readonly at: number;
  /** `flag.setting`. */
  readonly setting: string;
  readonly before: string;
  readonly after: string;
  readonly by: string;
  readonly why: string;
  readonly tuned: boolean;
}

export interface TimelineEntry {
  readonly at: number;
  readonly actor: string;
  readonly scope: string;
  readonly says: string;
}

/** What a reader who was not there needs to follow the course of it; looks, changes and messages are in the journal. */
const told = [
  'launch',
  'phase opened',
  'phase passed',
  'decide',
  'hold',
  'resume',
  'abandon',
  'report',
  'incident',
  'tune',
  'admit',
  'wave',
  'community refused',
  'community rolled back',
  'rollback',
  'rollback restored',
  'rollback stuck',
  'fence lifted',
  'drift',
  'drift adopted',
  'change refused',
  'review',
];

/** How every phase of the plan went, in order, reached or not. */
export function phasesOf(plan: Plan, { journal, endedAt }: ReviewEvidence): readonly PhaseReview[] {
  const opened = journal.filter(({ kind }) => kind === 'phase opened');
  return phaseNames.map((phase, index) => {
    const entries = opened.filter(({ detail }) => detail.phase === phase);
    const passedAt = journal.findLast(({ kind, detail }) => kind === 'phase passed' && detail.phase === phase)?.at;
    const next = opened.find(({ detail }) => phaseNames.indexOf(detail.phase as PhaseName) > index)?.at;
    const { minimumStayMs = 0, maximumStayMs } = plan.phases.find(({ name }) => name === phase) ?? {};
    const [openedAt, closedAt] = [entries[0]?.at, passedAt ?? next ?? endedAt];
    return {
      phase,
      entries: entries.length,
      minimumStayMs,
      ...(maximumStayMs !== undefined && { maximumStayMs }),
      ...(openedAt !== undefined && { openedAt, ...(closedAt !== undefined && { closedAt }) }),
    };
  });
}

export function decisionsOf(journal: readonly ReviewEntry[]): readonly DecisionReview[] {
  return journal
    .filter(({ kind }) => kind === 'decide')
    .map(({ at, actor, detail }) => {
      const command = commandOf(detail);
      return {
        at,
        by: actor,
        phase: text(command.phase),
        decision: text(command.decision),
        reason: text(command.reason),
        waived: texts(detail.waived),
      };
    });
}

/** Waivers count until they expire: a day unless the decision says otherwise. */
export function waiversOf({ dayMs }: Plan, { journal, judgements }: ReviewEvidence): readonly WaiverReview[] {
  return decisionsOf(journal).flatMap(({ decision: _, ...go }, index) => {
    if (go.waived.length === 0) return [];
    const { waiveMs } = commandOf(journal.filter(({ kind }) => kind === 'decide')[index]?.detail ?? {});
    const sinceThen = go.waived.flatMap((name) => {
      const community = judgements.filter(({ scope }) => scope === communityScope(name));
      if (community.length > 0) return community.map((judgement) => lastVerdicts(judgement.criterion, [judgement]));
      return [
        lastVerdicts(
          name,
          judgements.filter(({ criterion }) => criterion === name),
        ),
      ];
    });
    return [{ ...go, expiresAt: go.at + (typeof waiveMs === 'number' ? waiveMs : dayMs), sinceThen }];
  });
}

/** Every community that joined by name or by a wave, in the order of joining. */
export function communitiesOf(plan: Plan, { journal, rollbacks, soaks, judgements }: ReviewEvidence): readonly CommunityReview[] {
  const joined = new Map<string, number>();
  for (const { kind, scope, detail, at } of journal) {
    const communities = kind === 'wave' ? texts(detail.communities) : kind.startsWith('community ') ? [communityOf(scope) ?? ''] : [];
    for (const community of communities) if (community !== '' && !joined.has(community)) joined.set(community, at);
  }
  return [...joined].map(([community, joinedAt]) => {
    const scope = communityScope(community);
    return {
      community,
      joinedAt,
      ...communityState(scope, { journal, rollbacks }),
      soaks: soaks.filter((soak) => soak.scope === scope).map((soak) => ledgerText(plan, soak)),
      unmet: judgements
        .filter((judgement) => judgement.scope === scope && judgement.verdict !== 'met')
        .map(({ criterion, verdict }) => `${criterion} ${verdict}`),
    };
  });
}

/** Observed time against what the plan wants of a community. */
function ledgerText({ phases }: Plan, { criterion, ledger }: ReviewEvidence['soaks'][number]): string {
  const wanted = phases.map(({ eachCommunity }) => eachCommunity?.criteria[criterion]?.soakMs ?? 0);
  return `${criterion}: ${soakText(ledger, Math.max(...wanted))}`;
}

/** The last that was said of a community. A rollback in the database counts although no worker was there to say so. */
function communityState(
  scope: string,
  { journal, rollbacks }: Pick<ReviewEvidence, 'journal' | 'rollbacks'>,
): Pick<CommunityReview, 'state' | 'why'> {
  const said = journal.findLast((entry) => entry.scope === scope && entry.kind.startsWith('community '));
  const rollback = rollbacks.find((one) => one.scope === scope && one.liftedAt === null);
  if (rollback) return { state: 'rolled back', why: rollback.reason };
  const state = said?.kind.slice('community '.length) ?? 'joining';
  return state === 'open' || said === undefined ? { state } : { state, why: said.summary };
}

/** One after the other, oldest first. */
export function rollbacksOf({ rollbacks, at: until }: ReviewEvidence): readonly RollbackReview[] {
  const inOrder = rollbacks.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
  const inForce = (one: ReviewEvidence['rollbacks'][number], index: number) =>
    inOrder.slice(0, index).some(({ scope, liftedAt }) => scope === one.scope && (liftedAt === null || liftedAt > one.at));
  return inOrder.flatMap((one, index) => {
    if (inForce(one, index)) return [];
    const { scope, reason, actor, at, state, settledAt, liftedAt } = one;
    const tookMs = state === 'restored' && settledAt !== null ? { tookMs: settledAt - at } : {};
    return [{ scope, reason, actor, at, state, ...tookMs, ...(liftedAt !== null && { liftedAt }) }];
  });
}

/** Every incident, with the gravest severity it was reported under or the one people gave it last. */
export function incidentsOf(journal: readonly ReviewEntry[]): readonly IncidentReview[] {
  const found = new Map<string, IncidentReview>();
  for (const { kind, at, detail } of journal) {
    const command = commandOf(detail);
    const id = text(kind === 'report' ? detail.incident : kind === 'incident' ? command.incident : '');
    if (id === '') continue;
    const known = found.get(id) ?? { id, severity: severityOf(id.slice(0, 2)) ?? 'P0', issue: '', reports: 0 };
    found.set(id, kind === 'report' ? reported(known, command, at) : changed(known, command, at));
  }
  return [...found.values()];
}

function reported(known: IncidentReview, command: Readonly<Record<string, unknown>>, at: number): IncidentReview {
  const severity = severityOf(command.severity) ?? known.severity;
  const graver = severities.indexOf(severity) < severities.indexOf(known.severity) ? severity : known.severity;
  return {
    ...known,
    severity: graver,
    issue: known.issue || text(command.issue),
    openedAt: known.openedAt ?? at,
    reports: known.reports + 1,
  };
}

function changed(known: IncidentReview, command: Readonly<Record<string, unknown>>, at: number): IncidentReview {
  if (command.close === true) return { ...known, closedAt: at };
  return { ...known, severity: severityOf(command.severity) ?? known.severity };
}

/** Every setting that a change of the launch wrote to another value: by a phase, or by somebody who tuned it. */
export function settingsOf(journal: readonly ReviewEntry[]): readonly SettingReview[] {
  const tunes = new Map(
    journal.filter(({ kind }) => kind === 'tune').map(({ detail }) => [text(commandOf(detail).commandId), commandOf(detail)]),
  );
  return journal
    .filter(({ kind }) => kind === 'change')
    .flatMap(({ at, actor, summary, detail }) => {
      const tune = tunes.get(text(detail.operationKey));
      const rows = Array.isArray(detail.rows) ? detail.rows.map(record) : [];
      return rows
        .filter(({ kind }) => kind === 'flag')
        .flatMap(({ key, before, after }) => {
          const [old, now] = [record(record(before).settings), record(record(after).settings)];
          return Object.keys(now)
            .filter((name) => JSON.stringify(now[name]) !== JSON.stringify(old[name]))
            .map((name) => ({
              at,
              setting: `${text(key)}.${name}`,
              before: old[name] === undefined ? 'nothing' : JSON.stringify(old[name]),
              after: JSON.stringify(now[name]),
              by: actor,
              why: tune ? text(tune.reason) : summary,
              tuned: tune !== undefined,
            }));
        });
    });
}

/** The course of it, oldest first. A rollback is told once: as the database did it, not also as the command that asked for it. */
export function timelineOf({ journal }: Pick<ReviewEvidence, 'journal'>): readonly TimelineEntry[] {
  const shown = journal.filter(({ kind, detail, summary }) => {
    if (kind === 'evidence') return /missed:|cannot be measured:/.test(summary);
    if (kind === 'rollback') return detail.command === undefined && firstCommandId(text(detail.commandId)) === text(detail.commandId);
    return told.includes(kind);
  });
  return shown.map(({ at, actor, scope, kind, summary }) => ({ at, actor, scope, says: saysOf(kind, summary) }));
}

/** Entries whose words are the reason given, and not what happened. */
function saysOf(kind: string, summary: string): string {
  switch (kind) {
    case 'rollback':
      return `Rolled back: ${summary}`;
    case 'fence lifted':
      return `May be turned on again: ${summary}`;
    default:
      return summary;
  }
}

/** How long a phase lasted, against what was planned; undefined while it is open or was never reached. */
export function stayText({ openedAt, closedAt, minimumStayMs, maximumStayMs }: PhaseReview): string | undefined {
  if (openedAt === undefined || closedAt === undefined) return undefined;
  const planned = [
    minimumStayMs > 0 ? `at least ${formatDuration(minimumStayMs)}` : '',
    maximumStayMs === undefined ? '' : `at most ${formatDuration(maximumStayMs)}`,
  ].filter(Boolean);
  return `${formatDuration(closedAt - openedAt)}${planned.length > 0 ? ` (planned: ${planned.join(', ')})` : ''}`;
}

/** How a criterion last stood, as a sentence: in how many communities it holds, and in which it does not, where it was judged in several. */
export function lastVerdicts(name: string, judgements: readonly Pick<Judgement, 'scope' | 'verdict'>[]): string {
  const [only] = judgements;
  if (only === undefined) return `${name} was never judged.`;
  if (judgements.length === 1) return `${name}${inScope(only.scope)} was last ${only.verdict}.`;
  const others = judgements.filter(({ verdict }) => verdict !== 'met');
  const named = others.slice(0, 5).map(({ scope, verdict }) => `${verdict}${inScope(scope)}`);
  const more = others.length > named.length ? ` and ${others.length - named.length} more` : '';
  const holds = `${judgements.length - others.length} of ${judgements.length} communities`;
  return `${name} was last met in ${holds}${named.length > 0 ? `; ${named.join(', ')}${more}` : ''}.`;
}

/** ` in riverside` for a community's scope, nothing for the launch's own. */
export function inScope(scope: string): string {
  const community = communityOf(scope);
  return community === undefined ? '' : ` in ${community}`;
}

/** The command that an entry of a command carries; empty when there is none. */
export function commandOf(detail: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return record(detail.command);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function severityOf(value: unknown): Severity | undefined {
  return severities.find((severity) => severity === value);
}
