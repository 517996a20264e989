import { Client, Connection, type WorkflowExecutionStatusName, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/common';
import type { TemporalSettings } from '../config.ts';
import type { Command } from '../domain/command.ts';
import type { Answer } from '../domain/launch.ts';
import {
  commandSignal,
  commandUpdate,
  joinRollbackSignal,
  type LaunchInput,
  type LaunchStatus,
  launchStatusQuery,
  launchWorkflowId,
  type RollbackInput,
  rollbackWorkflowId,
  taskQueue,
  workflowTypes,
} from '../workflows/messages.ts';
import { isUnanswered, TemporalUnreachable } from './temporal-fault.ts';

/** What became of a command to a launch. */
export type Sent =
  | { readonly how: 'answered'; readonly answer: Answer }
  /** No worker answered in time: it is stored, and takes effect when one is up. */
  | { readonly how: 'stored' }
  /** The launch's workflow does not run (any more), so nobody will ever take the command. */
  | { readonly how: 'not running' };

/** Where a launch's workflow stands, as far as Temporal itself knows. */
export interface LaunchWorkflow {
  readonly status: WorkflowExecutionStatusName;
  /** The phase by the search attribute: known even when no worker answers. */
  readonly phase?: string;
}

const CONNECT_WITHIN_MS = 5_000;
/** A worker answers within milliseconds; who has not after this long is not there, or has more to do than to answer us. */
const ANSWER_WITHIN_MS = 5_000;
const QUERY_WITHIN_MS = 3_000;

/** Speaks to the workflows of launches, by messages alone. */
export class LaunchClient {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #address: string;

  private constructor(connection: Connection, { namespace, connectionOptions }: TemporalSettings) {
    this.#connection = connection;
    this.#client = new Client({ connection, namespace });
    this.#address = connectionOptions.address;
  }

  /** @throws TemporalUnreachable */
  static async connect(settings: TemporalSettings): Promise<LaunchClient> {
    try {
      const connection = await Connection.connect({ ...settings.connectionOptions, connectTimeout: CONNECT_WITHIN_MS });
      return new LaunchClient(connection, settings);
    } catch (error) {
      throw new TemporalUnreachable(settings.connectionOptions.address, error);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * Sends a command as an update, which is answered; when no worker answers, as a signal, which is stored. The command id makes both together have
   * one effect.
   */
  async send(launch: string, { command, ...payload }: Command): Promise<Sent> {
    const handle = this.#client.workflow.getHandle(launchWorkflowId(launch));
    try {
      const answer = await this.#within(ANSWER_WITHIN_MS, () =>
        handle.executeUpdate(commandUpdate(command), { args: [payload], updateId: payload.commandId }),
      );
      return { how: 'answered', answer };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { how: 'not running' };
      if (error instanceof WorkflowUpdateFailedError) {
        return { how: 'answered', answer: { accepted: false, says: error.cause?.message ?? error.message } };
      }
      if (!isUnanswered(error)) throw new TemporalUnreachable(this.#address, error);
    }
    return this.signal(launch, { command, ...payload } as Command);
  }

  /** Leaves a command with the launch without waiting for an answer. */
  async signal(launch: string, { command, ...payload }: Command): Promise<Exclude<Sent, { how: 'answered' }>> {
    try {
      const handle = this.#client.workflow.getHandle(launchWorkflowId(launch));
      await this.#within(ANSWER_WITHIN_MS, () => handle.signal(commandSignal(command), payload));
      return { how: 'stored' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { how: 'not running' };
      throw new TemporalUnreachable(this.#address, error);
    }
  }

  /** Where the launch says it stands; undefined when no worker answers. */
  async status(launch: string): Promise<LaunchStatus | undefined> {
    const handle = this.#client.workflow.getHandle(launchWorkflowId(launch));
    // Whatever keeps it from answering, what Temporal and the database know is still told.
    return this.#within(QUERY_WITHIN_MS, () => handle.query(launchStatusQuery)).catch(() => undefined);
  }

  /** What Temporal knows of the launch's workflow; undefined when there is none. @throws TemporalUnreachable */
  async workflow(launch: string): Promise<LaunchWorkflow | undefined> {
    try {
      const handle = this.#client.workflow.getHandle(launchWorkflowId(launch));
      const { status, typedSearchAttributes } = await this.#within(ANSWER_WITHIN_MS, () => handle.describe());
      const phase = typedSearchAttributes.get(keyword('LaunchPhase'));
      return { status: status.name, ...(phase !== undefined && { phase }) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw new TemporalUnreachable(this.#address, error);
    }
  }

  /** Starts a registered launch; `already` when a workflow of this launch runs or has run. @throws TemporalUnreachable */
  async start(input: LaunchInput): Promise<'started' | 'already'> {
    const { launch, title } = input.plan;
    try {
      await this.#client.workflow.start(workflowTypes.launch, {
        workflowId: launchWorkflowId(launch),
        taskQueue,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: title.slice(0, 190),
        typedSearchAttributes: [
          { key: keyword('LaunchId'), value: launch },
          { key: keyword('LaunchPhase'), value: 'pre-launch' },
          { key: keyword('LaunchHealth'), value: 'unknown' },
        ],
      });
      return 'started';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already';
      throw new TemporalUnreachable(this.#address, error);
    }
  }

  /** Has a rollback verified and announced that nobody else will: its launch runs no more. Joins one of the same scope. @throws TemporalUnreachable */
  async verifyRollback(input: RollbackInput): Promise<void> {
    const workflowId = rollbackWorkflowId(input.plan.launch, input.order.scope);
    try {
      // One that is under way may end before it hears of this order: then there is room for a new one.
      while (!((await this.#startRollback(workflowId, input)) || (await this.#joinRollback(workflowId, input))));
    } catch (error) {
      throw new TemporalUnreachable(this.#address, error);
    }
  }

  async #startRollback(workflowId: string, input: RollbackInput): Promise<boolean> {
    const { order, plan } = input;
    const options = {
      workflowId,
      taskQueue,
      args: [input],
      staticSummary: `Rollback of ${order.scope}`.slice(0, 190),
      typedSearchAttributes: [{ key: keyword('LaunchId'), value: plan.launch }],
    };
    const started = this.#client.workflow.start(workflowTypes.rollback, options);
    return started.then(() => true).catch((error: unknown) => falseIf(error instanceof WorkflowExecutionAlreadyStartedError, error));
  }

  async #joinRollback(workflowId: string, { order }: RollbackInput): Promise<boolean> {
    const joined = this.#client.workflow.getHandle(workflowId).signal(joinRollbackSignal, order);
    return joined.then(() => true).catch((error: unknown) => falseIf(error instanceof WorkflowNotFoundError, error));
  }

  #within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return this.#client.withDeadline(Date.now() + ms, work);
  }
}

/** Runs something with a client and closes it. @throws TemporalUnreachable */
export async function withLaunchClient<T>(settings: TemporalSettings, work: (client: LaunchClient) => Promise<T>): Promise<T> {
  const client = await LaunchClient.connect(settings);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function keyword(name: 'LaunchId' | 'LaunchPhase' | 'LaunchHealth') {
  return defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
}

function falseIf(expected: boolean, error: unknown): false {
  if (expected) return false;
  throw error;
}
