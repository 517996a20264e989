import type { ScopeRecord, Soak } from '../../database/reading.ts';
import type { GateCriterion, Phase, PhaseName, Plan } from '../../domain/plan.ts';
import { soakText } from '../../domain/soak.ts';
import { verdictText } from './judgement.ts';
import type { Paint } from './paint.ts';

/** The verdicts and ledgers of one scope, a row each: scope, criterion, verdict, why. */
export function evidenceRows(
  {
    plan,
    scope,
    record,
    phase,
  }: { readonly plan: Plan; readonly scope: string; readonly record: ScopeRecord; readonly phase: PhaseName | undefined },
  paint: Paint,
): readonly (readonly string[])[] {
  const gate = gateOf(plan, scope, phase);
  const names = [...new Set([...record.judgements, ...record.soaks].map(({ criterion }) => criterion))];
  return names.map((name) => {
    const judgement = record.judgements.find(({ criterion }) => criterion === name);
    const soak = record.soaks.find(({ criterion, sinceKey }) => criterion === name && sinceKey === (gate[name]?.since ?? ''));
    const verdict = judgement === undefined ? paint.faint('not judged') : verdictText(judgement.verdict, paint);
    const why = [soak === undefined ? '' : ledgerText(soak, gate[name]), judgement?.reason].filter(Boolean).join('. ');
    return [scope.replace(/^community:/, ''), name, verdict, why];
  });
}

/** `31 h of 48 h healthy, 0 unhealthy, 40 min unknown`; empty where the gate asks for no healthy time. */
function ledgerText({ ledger, sinceKey }: Soak, criterion: GateCriterion | undefined): string {
  if (criterion === undefined || criterion.soakMs <= 0) return '';
  return `${soakText(ledger, criterion.soakMs)}${sinceKey === '' ? '' : ` since ${sinceKey}`}`;
}

/** What the gate asks of a scope: of the launch in its phase, of a community wherever communities are asked anything. */
function gateOf(plan: Plan, scope: string, phase: PhaseName | undefined): Readonly<Record<string, GateCriterion>> {
  const current = plan.phases.find(({ name }) => name === phase);
  if (!scope.startsWith('community:')) return current?.passesWhen ?? {};
  return own(current) ?? plan.phases.map(own).find((criteria) => criteria !== undefined) ?? {};
}

function own(phase: Phase | undefined): Readonly<Record<string, GateCriterion>> | undefined {
  const criteria = phase?.eachCommunity?.criteria;
  return criteria !== undefined && Object.keys(criteria).length > 0 ? criteria : undefined;
}
