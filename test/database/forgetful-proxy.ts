import { connect, createServer, type Socket } from 'node:net';

/**
 * Stands between a client and PostgreSQL and loses answers: whatever contains a text is thrown away and the connection broken, a number of times. The
 * server has done by then what it was asked, and the client cannot know.
 */
export async function forgetfulProxy(url: string, { loses, times }: { readonly loses: string; readonly times: number }) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let lost = 0;
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (answer) => {
      if (lost < times && answer.includes(loses)) {
        lost += 1;
        client.destroy();
      } else {
        client.write(answer);
      }
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const own = new URL(url);
  own.hostname = '127.0.0.1';
  own.port = String(address.port);
  return {
    url: own.href,
    /** How many answers were lost so far. */
    lost: () => lost,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
