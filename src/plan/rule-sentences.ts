import { parseDuration } from '../domain/duration.ts';
import { type MissedAction, type Severity, severities, type Trigger } from '../domain/plan.ts';
import { sentence } from './sentences.ts';

/** What orders a rollback, as the plan says it. */
export const trigger = sentence<Trigger>({
  what: 'something that orders a rollback',
  forms: ['<criterion> is missed', '<number> people complain about one issue within <duration>', `any ${severities.join('|')} issue`],
  example: '3 people complain about one issue within 24h',
  parse: (text) => missed(text) ?? complaints(text) ?? issue(text),
});

/** What to do when a criterion is missed, as the plan says it. */
export const missedAction = sentence<MissedAction>({
  what: 'an action',
  forms: ['hold', 'page <role>', 'run <repair>', 'roll back', 'roll back that community', 'roll back <feature>'],
  example: 'page ops',
  parse: (text) => {
    if (text === 'hold') return { kind: 'hold' };
    if (text === 'roll back') return { kind: 'roll back', scope: 'launch' };
    const [, verb, name = ''] = /^(page|run|roll back) +(\S.*)$/.exec(text) ?? [];
    if (verb === 'page') return { kind: 'page', role: name };
    if (verb === 'run') return { kind: 'repair', repair: name };
    if (verb === undefined) return undefined;
    return { kind: 'roll back', scope: name === 'that community' ? name : `feature:${name}` };
  },
});

function missed(text: string): Trigger | undefined {
  const criterion = /^(\S.*) is missed$/.exec(text)?.[1];
  return criterion === undefined ? undefined : { kind: 'missed', criterion };
}

function complaints(text: string): Trigger | undefined {
  const [, people, within] = /^([1-9]\d{0,5}) people complain about one issue within (\S+)$/.exec(text) ?? [];
  const windowMs = parseDuration(within ?? '');
  return windowMs ? { kind: 'complaints', reporters: Number(people), windowMs } : undefined;
}

function issue(text: string): Trigger | undefined {
  const severity = /^any (P[0-3]) issue$/.exec(text)?.[1] as Severity | undefined;
  return severity && { kind: 'issue', severity };
}
