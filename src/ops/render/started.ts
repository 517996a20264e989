import { phaseWindows } from '../../domain/calendar.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Plan } from '../../domain/plan.ts';
import { clockOf, whenText } from './instant.ts';
import type { Paint } from './paint.ts';

/** A launch that has just been started. */
export interface StartedLaunch {
  readonly plan: Plan;
  readonly hash: string;
  readonly startedAt: number;
  /** Its page in the Temporal Web UI, where we run one. */
  readonly uiUrl: string | undefined;
}

/** What was started, when it reaches everyone, and what to type next. */
export function startedText({ plan, hash, startedAt, uiUrl }: StartedLaunch, paint: Paint): string {
  const clock = clockOf(plan, startedAt);
  const availableAt = phaseWindows(plan, startedAt).at(-1)?.opensAt ?? startedAt;
  const review = `the review is ${formatDuration(plan.review.afterMs)} after the internal phase opens`;
  const first = plan.phases.find(({ decidedBy }) => decidedBy.kind === 'people');
  return [
    `${paint.good('started')}  ${paint.title(plan.title)} ${paint.faint(`(${plan.launch}, plan ${hash.slice(0, 12)})`)}`,
    `  everyone has it ${whenText(availableAt, clock)} at the earliest; ${review}`,
    ...(uiUrl === undefined ? [] : [`  Web UI  ${uiUrl}`]),
    '',
    '  softlaunch status --watch',
    '  softlaunch why',
    ...(first === undefined ? [] : [`  softlaunch go --phase ${first.name} --by ${deciderOf(plan, first.decidedBy.roles)} --reason "…"`]),
  ].join('\n');
}

/** The page of a workflow in the Web UI of our own stack, whose namespace is always the same. */
export function workflowUrl(uiUrl: string, workflowId: string): string {
  return `${uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
}

function deciderOf({ people }: Plan, roles: readonly string[]): string {
  return Object.keys(people).find((key) => roles.includes(people[key]?.role ?? '')) ?? '<person>';
}
