import { createHash } from 'node:crypto';
import type { Plan } from '../domain/plan.ts';

/**
 * Names a plan's exact content: SHA-256, in hex, of what it means. Comments, spacing, the order of keys and how a duration is written do not change it;
 * anything that changes what will happen does.
 */
export function planHash(plan: Plan): string {
  return createHash('sha256')
    .update(canonicalJson(withoutWrittenOrder(plan)))
    .digest('hex');
}

/** Three lists come from maps in the file, so their order is only how they were written. */
function withoutWrittenOrder(plan: Plan): unknown {
  const announcements = Object.entries(plan.announcements).map(([name, announcement]) => [
    name,
    { ...announcement, promises: sortedBy(announcement.promises, ({ what }) => what) },
  ]);
  return {
    ...plan,
    announcements: Object.fromEntries(announcements),
    candidates: { ...plan.candidates, suitedWhen: sortedBy(plan.candidates.suitedWhen, ({ measure }) => measure) },
    review: { ...plan.review, metrics: sortedBy(plan.review.metrics, ({ metric }) => metric) },
  };
}

function sortedBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] {
  return [...items].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** JSON with the keys of every object sorted. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`)
    .join(',')}}`;
}
