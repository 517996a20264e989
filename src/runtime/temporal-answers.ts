import { connect } from 'node:net';

/** Where a Temporal server is asked. */
export interface TemporalPlace {
  /** `host:port`. */
  readonly address: string;
  /** Asked for by name; absent, it is enough that the server greets us (the test server knows no namespaces). */
  readonly namespace?: string;
}

/** Whether the server answers, and knows the namespace. Rejects or answers `false` when it does not. */
export async function temporalAnswers({ address, namespace }: TemporalPlace): Promise<boolean> {
  // Loading the client takes longer than the server's start: let both happen at once.
  const loading = import('@temporalio/client');
  // Asking gRPC too early starts its back-off, so first see whether anybody listens at all.
  if (!(await listens(address))) return false;
  const { Connection } = await loading;
  const connection = await Connection.connect({ address, connectTimeout: 2000 });
  try {
    if (namespace !== undefined) await connection.workflowService.describeNamespace({ namespace });
    return true;
  } finally {
    await connection.close();
  }
}

function listens(address: string): Promise<boolean> {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, address.lastIndexOf(':')), port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
