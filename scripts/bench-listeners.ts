import pg from 'pg';

/** Clients that listen, as the instances of an application do that want to know at once when a flag changes. */
export interface Listeners {
  /** Resolves when every client has heard this, counted from now. */
  hear(payload: string): Promise<void>;
  /** Until everything that was told before has been heard. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Where softlaunch tells whoever listens that a launch changed something. */
const channel = 'softlaunch';

/** @throws the driver's error when the server has no place for so many */
export async function openListeners(url: string, clients: number): Promise<Listeners> {
  const waiting = new Map<string, { left: Set<number>; readonly done: () => void }>();
  const connections = await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      const client = new pg.Client({ connectionString: url });
      client.on('notification', ({ payload = '' }) => {
        const waited = waiting.get(payload);
        if (waited?.left.delete(index) && waited.left.size === 0) {
          waiting.delete(payload);
          waited.done();
        }
      });
      await client.connect();
      await client.query(`listen ${channel}`);
      return client;
    }),
  );
  const hear = (payload: string) =>
    new Promise<void>((done) => {
      waiting.set(payload, { left: new Set(connections.keys()), done });
    });
  let drained = 0;
  return {
    hear,
    drain: async () => {
      drained += 1;
      const heard = hear(`drained ${drained}`);
      await connections[0]?.query('select pg_notify($1, $2)', [channel, `drained ${drained}`]);
      await heard;
    },
    close: async () => {
      await Promise.all(connections.map((client) => client.end()));
    },
  };
}
