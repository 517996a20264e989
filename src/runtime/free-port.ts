import { createServer } from 'node:net';

/** Whether a server could listen on this loopback port now. */
export function isPortFree(port: number): Promise<boolean> {
  return tryPort(port).then((bound) => bound !== undefined);
}

/** A loopback port that nobody listens on: the first free one of those preferred, else any. */
export async function freePort(preferred: readonly number[] = []): Promise<number> {
  for (const port of preferred) if (await isPortFree(port)) return port;
  const port = await tryPort(0);
  if (port === undefined) throw new Error('No loopback port is free on this machine: close some servers and try again.');
  return port;
}

/** The port that could be bound, already closed again; `undefined` when it is taken. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
