import { type Severity, severities } from './plan.ts';

/**
 * What people may tell a running launch. Each has an id, a person and a reason; the same id twice has one effect.
 * Every command is one JSON object, so that it can be typed into the Web UI or after `temporal workflow signal --input`.
 */
export type Command =
  | DecideCommand
  | HoldCommand
  | ResumeCommand
  | RollbackCommand
  | AbandonCommand
  | CheckCommand
  | AnswerCommand
  | CheckInCommand
  | ReportCommand
  | IncidentCommand
  | TuneCommand
  | AdmitCommand;

interface CommandBase {
  readonly commandId: string;
  /** Key of a person in the plan. A rollback may come from anybody. */
  readonly by: string;
  readonly reason: string;
}

/** Go, no-go or extend at the gate of the phase it names: a late decision can never open the next gate. */
export interface DecideCommand extends CommandBase {
  readonly command: 'decide';
  readonly phase: string;
  readonly decision: 'go' | 'no-go' | 'extend';
  /** With `extend`: how much longer the phase lasts at least. */
  readonly extendMs?: number;
  /** With `go`: criteria that are knowingly not met. Needs a decider's role; the reason is the waiver's. */
  readonly waive?: readonly string[];
  /** With `waive`: how long the waiver counts; absent: a day. A gate that has not passed by then is blocked again. */
  readonly waiveMs?: number;
}

/** Expansion and gates stand still; watching and safety go on. */
export interface HoldCommand extends CommandBase {
  readonly command: 'hold';
}

/** Lifts every hold; after a rollback, a vote for entering the phase again. */
export interface ResumeCommand extends CommandBase {
  readonly command: 'resume';
}

export interface RollbackCommand extends CommandBase {
  readonly command: 'rollback';
  /** `launch`, `feature:<name>` or `community:<slug>`. */
  readonly scope: string;
}

/** Ends the launch with everything off. */
export interface AbandonCommand extends CommandBase {
  readonly command: 'abandon';
}

/** Ticks a checklist item of the phase, or a step of an incident as `P0-1: assessed`. */
export interface CheckCommand extends CommandBase {
  readonly command: 'check';
  readonly item: string;
}

/** A person's answer to a probe that asks people. */
export interface AnswerCommand extends CommandBase {
  readonly command: 'answer';
  readonly probe: string;
  readonly community?: string;
  readonly successes: number;
  readonly trials: number;
}

/** A check-in that took place, with what was said as the reason. */
export interface CheckInCommand extends CommandBase {
  readonly command: 'checkIn';
  readonly community?: string;
}

/** An issue or complaint. */
export interface ReportCommand extends CommandBase {
  readonly command: 'report';
  readonly severity: Severity;
  readonly issue: string;
  /** Who complained; the reporting person when absent. */
  readonly reporter?: string;
  readonly community?: string;
  readonly feature?: string;
}

/** Closes an incident, or changes its severity. */
export interface IncidentCommand extends CommandBase {
  readonly command: 'incident';
  readonly incident: string;
  readonly close?: boolean;
  readonly severity?: Severity;
}

export interface TuneCommand extends CommandBase {
  readonly command: 'tune';
  /** `flag.setting`. */
  readonly setting: string;
  readonly value: number;
}

/** Takes a community out of the candidates, or lets it (back) in. */
export interface AdmitCommand extends CommandBase {
  readonly command: 'admit';
  readonly community: string;
  readonly admitted: boolean;
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const longestText = 2_000;
const longestName = 500;
/** What is kept of every answer and goes into history is short, or a flood of commands would outgrow what Temporal takes. */
const textUpTo =
  (longest: number) =>
  (value: unknown): boolean =>
    typeof value === 'string' && value.trim() !== '' && value.length <= longest && value === storable(value);
/** PostgreSQL takes neither a zero byte nor half a character. A journal entry with one could never be written, and its launch would wait for it for ever. */
const storable = (value: string): string => value.replaceAll('\0', '').replace(/\p{Cs}/gu, '');
const text = textUpTo(longestText);
const identifier = textUpTo(longestName);
const identifiers = (value: unknown): boolean => Array.isArray(value) && value.length <= 100 && value.every(identifier);
const optional =
  (check: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || check(value);
const amount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
/** Longer than any launch, and no longer than a timer can be. */
const longestWaitMs = 365 * 86_400_000;
const wait = (value: unknown): boolean => wholeNumber(value) && (value as number) <= longestWaitMs;
const wholeNumber = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const flag = (value: unknown): boolean => typeof value === 'boolean';
const oneOf =
  (...values: readonly string[]) =>
  (value: unknown): boolean =>
    values.includes(value as string);

const shapes: Readonly<Record<Command['command'], Shape>> = {
  decide: {
    phase: identifier,
    decision: oneOf('go', 'no-go', 'extend'),
    extendMs: optional(wait),
    waive: optional(identifiers),
    waiveMs: optional(wait),
  },
  hold: {},
  resume: {},
  rollback: { scope: identifier },
  abandon: {},
  check: { item: identifier },
  answer: { probe: identifier, community: optional(identifier), successes: wholeNumber, trials: wholeNumber },
  checkIn: { community: optional(identifier) },
  report: {
    severity: oneOf(...severities),
    issue: identifier,
    reporter: optional(identifier),
    community: optional(identifier),
    feature: optional(identifier),
  },
  incident: { incident: identifier, close: optional(flag), severity: optional(oneOf(...severities)) },
  tune: { setting: identifier, value: amount },
  admit: { community: identifier, admitted: flag },
};

/** An example payload for each command: shown in the Web UI beside the message, and in refusals. */
export const commandExamples: Readonly<Record<Command['command'], string>> = {
  decide: '{"phase":"pilot","decision":"go","by":"lead","reason":"48 h healthy","commandId":"go-pilot-1"}',
  hold: '{"by":"ops","reason":"looking into slow bookings","commandId":"hold-1"}',
  resume: '{"by":"lead","reason":"cause found and fixed","commandId":"resume-1"}',
  rollback: '{"scope":"community:riverside","by":"ops","reason":"double bookings","commandId":"rollback-1"}',
  abandon: '{"by":"lead","reason":"postponed to spring","commandId":"abandon-1"}',
  check: '{"item":"Support team briefed","by":"support","reason":"briefed at 10:00","commandId":"check-1"}',
  answer: '{"probe":"smoke tests","successes":42,"trials":42,"by":"ops","reason":"run 7","commandId":"answer-1"}',
  checkIn: '{"community":"riverside","by":"ops","reason":"admin is happy","commandId":"check-in-1"}',
  report: '{"severity":"P2","issue":"slow-search","reporter":"user-77","by":"support","reason":"search takes 10 s","commandId":"report-1"}',
  incident: '{"incident":"P2-1","close":true,"by":"ops","reason":"index was missing","commandId":"incident-1"}',
  tune: '{"setting":"fair_matching.weight_reliability","value":0.2,"by":"lead","reason":"matches are good","commandId":"tune-1"}',
  admit: '{"community":"hillside","admitted":false,"by":"lead","reason":"their admin is away","commandId":"admit-1"}',
};

export const commandNames = Object.keys(shapes) as readonly Command['command'][];

/**
 * Reads a message that came from outside as a command, with nothing in it but the command's own fields.
 *
 * A rollback is never refused on its form, because turning off must not fail on one: what is missing or wrong is filled in, its scope with the launch.
 */
export function readCommand(name: Command['command'], payload: unknown, fallbackId: string): { command: Command } | { refusal: string } {
  const shape: Shape = { commandId: identifier, by: identifier, reason: text, ...shapes[name] };
  if (name === 'rollback') return { command: readRollback(shape, payload, fallbackId) };
  const refuse = (what: string) => ({
    refusal: `${name} was not understood: ${what}. It takes one JSON object such as ${commandExamples[name]}.`,
  });
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return refuse('it carried no JSON object');
  const wrong = Object.keys(shape).filter((key) => !shape[key]?.(ownValue(payload, key)));
  if (wrong.length > 0) return refuse(`${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} missing or wrong`);
  const unknown = Object.keys(payload).filter((key) => !Object.hasOwn(shape, key) && key !== 'command');
  if (unknown.length > 0) return refuse(`it has no field ${storable(unknown.join(', ').slice(0, longestName))}`);
  return { command: { ...ownFields(shape, payload), command: name } as unknown as Command };
}

/** A bare text is the scope, for somebody in a hurry. A reason that is too long is cut: nobody types one twice while something burns. */
function readRollback(shape: Shape, payload: unknown, fallbackId: string): Command {
  const given = typeof payload === 'object' && payload !== null ? payload : { scope: payload };
  const reason = ownValue(given, 'reason');
  const cut = typeof reason === 'string' ? { ...given, reason: storable(reason.slice(0, longestText)) } : given;
  const missing = { commandId: fallbackId, by: 'unknown', reason: 'no reason given', scope: 'launch' };
  return { ...missing, ...ownFields(shape, cut), command: 'rollback' };
}

/** The fields of this shape that are there and as they should be. */
function ownFields(shape: Shape, payload: object): Readonly<Record<string, unknown>> {
  const fields = Object.keys(shape).map((key): [string, unknown] => [key, ownValue(payload, key)]);
  return Object.fromEntries(fields.filter(([key, value]) => value !== undefined && shape[key]?.(value)));
}

function ownValue(payload: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(payload, key)?.value;
}
