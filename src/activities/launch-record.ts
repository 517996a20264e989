import { endLaunch, type LaunchEnd } from '../database/launch-record.ts';
import type { Resources } from './resources.ts';

/** The end of a launch in the database. */
export function launchRecordActivities({ pool }: Resources) {
  /** Ends the launch and releases what it owns; with `leave: 'off'` everything it turned on goes off first, in the same transaction. */
  async function end(how: LaunchEnd): Promise<{ turnedOff: readonly string[]; communitiesOut: number }> {
    const { turnedOff, communitiesOut } = await endLaunch(pool, how);
    return { turnedOff, communitiesOut };
  }

  return { end };
}
