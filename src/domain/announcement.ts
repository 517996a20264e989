import { formatDuration } from './duration.ts';
import type { AnnouncementTemplate } from './plan.ts';

/** The values that every announcement has, whenever it is sent. */
const everywhere = ['title', 'launch', 'channel', 'phase', 'next update', 'time'];

/** The occasions on which a plan announces something, and the `{placeholders}` that have a value on each. */
export const placeholdersKnown = {
  phase: everywhere,
  'one community': [...everywhere, 'community'],
  incident: [...everywhere, 'issue', 'severity', 'feature'],
  rollback: [...everywhere, 'issue', 'scope', 'eta', 'feature'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Occasion = keyof typeof placeholdersKnown;

/** A message ready to be sent, and what it commits to: `dueAt` is logical time in milliseconds since 1970. */
export interface Announcement {
  readonly says: string;
  readonly promises: readonly { readonly what: string; readonly dueAt: number }[];
}

const placeholder = /\{([^{}]*)\}/g;

/** The names that a text asks for in braces, each once, in their order. */
export function placeholdersOf(says: string): readonly string[] {
  return [...new Set([...says.matchAll(placeholder)].map(([, name]) => plainName(name)))];
}

/**
 * Fills a template in, as sent at `at` (logical time). `{next update}` is the promise of that name where the template makes one. A placeholder without a
 * value stays visible as `[name]`: a message about an emergency goes out with a hole rather than not at all. Values are text and stay text: braces
 * in them mean nothing, and each is one line, so that what somebody typed as an issue cannot pass for a paragraph of ours.
 */
export function renderAnnouncement(template: AnnouncementTemplate, values: Readonly<Record<string, string>>, at: number): Announcement {
  const promised = template.promises.find(({ what }) => what === 'next update');
  const known = promised ? { ...values, 'next update': formatDuration(promised.withinMs) } : values;
  return {
    says: template.says.replace(placeholder, (_, name: string) => given(known, plainName(name)) ?? `[${plainName(name)}]`),
    promises: template.promises.map(({ what, withinMs }) => ({ what, dueAt: at + withinMs })),
  };
}

function given(values: Readonly<Record<string, string>>, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name]?.replace(/[\s\p{Cc}]+/gu, ' ').trim() : undefined;
  return value === '' ? undefined : value;
}

function plainName(name = ''): string {
  return name.trim().replace(/\s+/g, ' ');
}
