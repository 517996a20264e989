import { AnswerTooLarge } from './probe-query.ts';

/** What the sentence about a failed probe needs to know of it. */
export interface FailedProbe {
  readonly timeoutSeconds: number;
  /** The role it ran as, for the grant to type. */
  readonly role: string;
}

/** PostgreSQL's SQLSTATE and message. Its detail, hint and where are left: they may quote rows. */
interface DatabaseError {
  readonly code: string;
  readonly message: string;
}

const relation = /^permission denied for (table|view|materialized view|foreign table|sequence|function|procedure|schema) (.+)$/;

/**
 * Why a probe gave no answer and what to do about it, in sentences: PostgreSQL's own words where those name only tables, columns and rights, and none
 * of them where they may quote what stands in a row.
 */
export function faultSentence(error: unknown, probe: FailedProbe): string {
  if (error instanceof AnswerTooLarge) return `${error.message} Ask for numbers only.`;
  if (!isDatabaseError(error)) return `The database did not answer (${codeOf(error)}).`;
  const { code, message } = error;
  if (code === '57014') return `There was no answer within ${probe.timeoutSeconds} s, and PostgreSQL stopped it.`;
  if (code === '25006') return `It writes, and did not say so: ${message}. Put "writes: yes" to the probe if it is meant to.`;
  if (code === '42501') return `${sentence(message)} ${advice(message, probe.role)}`;
  if (message.includes('multiple commands')) return 'It is more than one statement; a probe is one.';
  if (code.startsWith('28')) return `The database refused the login (${code}).`;
  return mayQuoteRows(code) ? `PostgreSQL stopped it with error ${code}; the text is withheld, for it may quote rows.` : sentence(message);
}

function advice(message: string, role: string): string {
  const hidden = /row-level security policy for table "(.+)"/.exec(message)?.[1];
  if (hidden !== undefined) {
    return `Rows of ${hidden} are hidden from ${role}, and a probe that sees a part would look healthy. Type: alter role ${role} bypassrls; or let the probe call a security definer function.`;
  }
  const setRole = /^permission denied to set role "(.+)"$/.exec(message)?.[1];
  if (setRole !== undefined) return `Grant the role ${setRole} to the login that probes use.`;
  const [, kind, name] = relation.exec(message) ?? [];
  return kind === undefined ? `The probe ran as ${role}; it needs a grant.` : `Type: grant ${rightOn(kind)} ${name} to ${role};`;
}

function rightOn(kind: string): string {
  if (kind === 'schema') return 'usage on schema';
  if (kind === 'function' || kind === 'procedure') return `execute on ${kind}`;
  return kind === 'sequence' ? 'select on sequence' : 'select on';
}

/** Data exceptions (22), broken constraints (23) and raised errors (P0, and own codes) are made of the values they met. */
function mayQuoteRows(code: string): boolean {
  return !/^(?:08|0A|25|3D|3F|40|42|53|54|55|57|58)/.test(code);
}

function isDatabaseError(error: unknown): error is DatabaseError {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && 'severity' in error
  );
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error && error.message.startsWith('timeout') ? 'no connection in time' : 'connection lost';
}

function sentence(message: string): string {
  return `PostgreSQL says: ${message}.`;
}
