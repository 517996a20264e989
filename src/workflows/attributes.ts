import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SearchAttributeName } from './messages.ts';

/** By which launches and their parts are found in lists of workflows. */
export const attributes = {
  launch: defineSearchAttributeKey('LaunchId' satisfies SearchAttributeName, SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('LaunchPhase' satisfies SearchAttributeName, SearchAttributeType.KEYWORD),
  community: defineSearchAttributeKey('CommunityId' satisfies SearchAttributeName, SearchAttributeType.KEYWORD),
  health: defineSearchAttributeKey('LaunchHealth' satisfies SearchAttributeName, SearchAttributeType.KEYWORD),
} as const;
