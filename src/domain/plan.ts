import type { CadenceStep } from './cadence.ts';

/** The five phases, in the order every launch goes through them. Source: Soft launch strategy, Launch Phases. */
export const phaseNames = ['pre-launch', 'internal', 'pilot', 'expansion', 'general-availability'] as const;
export type PhaseName = (typeof phaseNames)[number];

/**
 * What a team agreed on, after reading the plan file: checked, with defaults filled in, every duration in milliseconds.
 *
 * Every duration's key ends in `Ms` and nothing else does, which is why scaling a plan needs no knowledge of its parts.
 */
export interface Plan {
  readonly launch: string;
  readonly title: string;
  /** IANA zone in which times of day are meant and shown. */
  readonly timezone: string;
  /** Where people write to about the launch: the `{channel}` of announcements. */
  readonly channel: string;
  /** Length of a day: 24 h, less in a scaled plan. */
  readonly dayMs: number;
  readonly people: Readonly<Record<string, Person>>;
  readonly product: ProductMapping;
  readonly features: Readonly<Record<string, Feature>>;
  /** Flags that must keep this value for the whole launch: `true` on, `false` off. */
  readonly guards: Readonly<Record<string, boolean>>;
  readonly probes: Readonly<Record<string, Probe>>;
  readonly criteria: Readonly<Record<string, Criterion>>;
  /** Named SQL statements that mend something in the product, run when a criterion is missed. */
  readonly repairs: Readonly<Record<string, string>>;
  readonly candidates: CandidateRule;
  readonly phases: readonly Phase[];
  readonly announcements: Readonly<Record<string, AnnouncementTemplate>>;
  readonly decisionMatrix: Readonly<Record<Severity, MatrixRow>>;
  readonly incidentProcedure: IncidentProcedure;
  readonly rollback: RollbackPlan;
  readonly review: ReviewPlan;
}

export interface Person {
  readonly name: string;
  readonly role: Role;
}

/** `launch lead`, `ops`, `support`, `community admin`: free words, but every one that is used must be somebody's. */
export type Role = string;

/** How the product stores flags and communities: its table and column names. */
export interface ProductMapping {
  readonly flags: {
    readonly table: string;
    readonly key: string;
    readonly on: string;
    /** JSON column with the flag's settings; absent when flags have none. */
    readonly settings?: string;
  };
  readonly communities: {
    readonly table: string;
    readonly key: string;
    readonly name: string;
    readonly settings: string;
    /** Column values of a community that may take part at all. */
    readonly eligible: Readonly<Record<string, string>>;
    /** The setting that marks a community as in the launch. */
    readonly inLaunch: { readonly setting: string; readonly is: string };
  };
}

export interface Feature {
  /** Flags that are on while the feature is on. */
  readonly on: readonly string[];
  /** Flags whose off turns the feature off; its other flags go back to what they were. */
  readonly off: readonly string[];
  /** Settings the launch may write, by `flag.setting`. */
  readonly settings: Readonly<Record<string, SettingRule>>;
}

/** A numeric setting: its value at the start, and how far and how fast it may be tuned. */
export interface SettingRule {
  readonly start: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export type Probe = SqlProbe | HttpProbe | HumanProbe;

interface ProbeBase {
  /** An older answer counts as unmeasured. */
  readonly freshMs: number;
}

export interface SqlProbe extends ProbeBase {
  readonly kind: 'sql';
  readonly sql: string;
  /** It logs what it finds, so it runs in a transaction that may write. */
  readonly writes: boolean;
  /** Machine time, not launch time: a scaled plan keeps it. */
  readonly timeoutSeconds: number;
  /** Only what is older than this counts, so that late rows have arrived. */
  readonly lagMs: number;
  /** Session settings for its transaction, such as request claims. */
  readonly session: Readonly<Record<string, string>>;
  /** It mentions `:community` and is asked once per open community. */
  readonly perCommunity: boolean;
}

export interface HttpProbe extends ProbeBase {
  readonly kind: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Machine time, not launch time: a scaled plan keeps it. */
  readonly timeoutSeconds: number;
  readonly perCommunity: boolean;
}

/** A question that a person of this role answers with `softlaunch answer`. */
export interface HumanProbe extends ProbeBase {
  readonly kind: 'human';
  readonly ask: Role;
  readonly question: string;
  readonly perCommunity: boolean;
}

export interface Criterion {
  readonly probe: string;
  /** Where in the probe's answer the value lies: a column, or a path such as `violations[*].count`. A rate takes `successes` and `trials` there; empty: at the top. */
  readonly path: string;
  readonly test: CriterionTest;
  /** Judged for each open community on its own; follows from its probe. */
  readonly perCommunity: boolean;
}

export type CriterionTest =
  | { readonly kind: 'boolean'; readonly mustBe: boolean }
  | { readonly kind: 'count'; readonly atLeast?: number; readonly atMost?: number }
  /** The age in seconds that a probe answers, such as that of the last success. */
  | { readonly kind: 'age'; readonly atMostMs: number }
  | {
      readonly kind: 'rate';
      /** 0–1. */
      readonly atLeast: number;
      readonly fromTrials: number;
      readonly certainty: 'not breached' | 'demonstrated';
      /** Error rate of calling a breach, after sharing it over communities and rates. */
      readonly alpha: number;
    };

export interface CandidateRule {
  /** One row per community: its key as `community`, and the measures named in `suitedWhen`. Empty when no wave needs any. */
  readonly sql: string;
  readonly suitedWhen: readonly CandidateRequirement[];
  /** Communities that must never be picked by a wave. */
  readonly never: readonly string[];
}

export interface CandidateRequirement {
  readonly measure: string;
  readonly test: { readonly mustBe: boolean } | { readonly from: number; readonly to: number };
}

export interface Phase {
  readonly name: PhaseName;
  readonly audience: Audience;
  readonly features: readonly string[];
  /** Values for `flag.setting` in this phase; a feature's start values where absent. */
  readonly settings: Readonly<Record<string, number>>;
  readonly minimumStayMs: number;
  /** Absent: no limit. When it passes without a decision, people are paged. */
  readonly maximumStayMs?: number;
  readonly cadence: readonly CadenceStep[];
  readonly passesWhen: Readonly<Record<string, GateCriterion>>;
  readonly rollsBackWhen: readonly Trigger[];
  readonly checklist: readonly ChecklistItem[];
  readonly checkIns: CheckInRule | null;
  /** How each community of this phase joins and is watched. */
  readonly eachCommunity: OnboardingPlan | null;
  readonly decidedBy: DecisionRule;
  readonly announce: { readonly opening: readonly string[]; readonly passing: readonly string[] };
}

/**
 * Who has the features in a phase: nobody yet; named communities, at once; waves of the best candidates; or everyone.
 */
export type Audience =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'communities'; readonly communities: readonly string[] }
  | { readonly kind: 'waves'; readonly waves: readonly Wave[] }
  | { readonly kind: 'everyone' };

export interface Wave {
  /** Not before this long after the phase opened. */
  readonly afterMs: number;
  readonly add: number;
}

export interface GateCriterion {
  /** Healthy time that must have been observed; 0 when the latest verdict alone counts. */
  readonly soakMs: number;
  /** The phase from whose opening healthy time counts; absent: since this phase, or community, opened. */
  readonly since?: PhaseName;
  /** What an unhealthy reading does to the soak. */
  readonly onUnhealthy: 'reset' | 'suspend';
  readonly ifNot: readonly MissedAction[];
}

export type MissedAction =
  | { readonly kind: 'hold' }
  | { readonly kind: 'page'; readonly role: Role }
  | { readonly kind: 'repair'; readonly repair: string }
  | { readonly kind: 'roll back'; readonly scope: 'launch' | 'that community' | `feature:${string}` };

/** What orders a rollback: of the launch where it stands in a phase, of the community where it stands under `each community`. */
export type Trigger =
  | { readonly kind: 'missed'; readonly criterion: string }
  | { readonly kind: 'complaints'; readonly reporters: number; readonly windowMs: number }
  | { readonly kind: 'issue'; readonly severity: Severity };

export interface ChecklistItem {
  readonly item: string;
  readonly owner: Role;
  /** `probes`: ticked by the launch itself once every probe has answered; absent: by a person. */
  readonly proof?: 'probes';
}

export interface CheckInRule {
  /** Time of day in the plan's zone, as time since midnight. */
  readonly atMs: readonly number[];
  readonly with: readonly Role[];
}

export interface OnboardingPlan {
  readonly cadence: readonly CadenceStep[];
  /** Announcement to the community's admin. */
  readonly tellAdmin: string | null;
  /** When to talk with the admin, after the community opened; absent: never. */
  readonly checkInAfterMs?: number;
  readonly criteria: Readonly<Record<string, GateCriterion>>;
  readonly rollsBackWhen: readonly Trigger[];
}

export interface DecisionRule {
  readonly kind: 'people' | 'automatic';
  readonly roles: readonly Role[];
  /** How many different people must say go. */
  readonly people: number;
}

export interface AnnouncementTemplate {
  readonly to: readonly string[];
  /** Text with `{placeholders}`. */
  readonly says: string;
  /** What it commits to, and by when after it was sent. */
  readonly promises: readonly { readonly what: string; readonly withinMs: number }[];
}

export const severities = ['P0', 'P1', 'P2', 'P3'] as const;
export type Severity = (typeof severities)[number];

export interface MatrixRow {
  readonly name: string;
  readonly examples: readonly string[];
  readonly respond: { readonly withinMs: number } | 'next business day';
  readonly action: 'roll back the launch' | 'turn the feature off' | 'investigate' | 'next release';
  /** Announcements sent when such an incident is opened. */
  readonly announce: readonly string[];
}

export interface IncidentStep {
  readonly step: string;
  readonly withinMs: number;
  readonly owner: Role;
  /** Done by the launch itself: once the announcements are out, the features are off, or that is proven; absent: by a person. */
  readonly proof?: 'announcement' | 'rollback' | 'verification';
}

/** What follows a rollback, whoever ordered it. */
export interface RollbackPlan {
  /** Criteria of the launch as a whole that are probed afterwards: until they are met, nobody may call it done. */
  readonly verify: readonly string[];
  /** The `{eta}` of announcements: people are paged when a rollback is not proven by then. */
  readonly doneWithinMs: number;
  readonly announce: readonly string[];
}

/** Deadlines of the P0 procedure, after the incident was reported. Source: Soft launch strategy, P0 Response Procedure. */
export interface IncidentProcedure {
  readonly steps: readonly IncidentStep[];
  /** How long people may take to downgrade a P0 before it rolls back by itself; 0 rolls back at once. */
  readonly assessMs: number;
}

export interface ReviewPlan {
  /** After the internal phase opened (T-0). */
  readonly afterMs: number;
  readonly metrics: readonly ReviewMetric[];
  readonly questions: readonly string[];
  readonly followUps: readonly string[];
}

export interface ReviewMetric {
  readonly metric: string;
  readonly source:
    | { readonly kind: 'probe'; readonly probe: string; readonly path: string }
    | { readonly kind: 'healthy share'; readonly criterion: string }
    | { readonly kind: 'journal'; readonly count: 'rollbacks' | 'complaints' };
  readonly test: CriterionTest;
}
