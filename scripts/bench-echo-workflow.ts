import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';

/** The bare thing that a rollback by update is compared with: an update whose handler runs one activity of one statement. */
export interface EchoActivities {
  touch(): Promise<void>;
}

export const echoUpdate = defineUpdate<string, [string]>('echo');

const { touch } = proxyActivities<EchoActivities>({ startToCloseTimeout: 60_000 });

export async function echo(): Promise<void> {
  setHandler(echoUpdate, async (said) => {
    await touch();
    return said;
  });
  await condition(() => false);
}
