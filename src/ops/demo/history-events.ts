import { Client, Connection } from '@temporalio/client';
import type { TemporalSettings } from '../../config.ts';

/** Events of history, of all workflows of a launch by their type. */
export interface HistoryEvents {
  readonly total: number;
  readonly workflows: number;
  readonly byType: Readonly<Record<string, number>>;
}

/** Counts the events of every run of every workflow of a launch. */
export async function countHistoryEvents({ connectionOptions, namespace }: TemporalSettings, launch: string): Promise<HistoryEvents> {
  const connection = await Connection.connect(connectionOptions);
  try {
    const { workflow } = new Client({ connection, namespace });
    const byType: Record<string, number> = {};
    let workflows = 0;
    for await (const { workflowId, runId, type } of workflow.list({ query: `LaunchId = '${launch}'` })) {
      const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
      byType[type] = (byType[type] ?? 0) + (events?.length ?? 0);
      workflows += 1;
    }
    const total = Object.values(byType).reduce((sum, count) => sum + count, 0);
    return { total, workflows, byType };
  } finally {
    await connection.close();
  }
}
