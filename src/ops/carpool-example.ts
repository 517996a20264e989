import type { Traffic } from '../../examples/carpool/traffic.ts';
import { probeRole } from '../database/probe.ts';

/** The carpool product, installed once, with people who use it. */
export async function startCarpool(databaseUrl: string): Promise<Traffic> {
  // Loaded only here: most commands have no product of their own.
  const { default: pg } = await import('pg');
  const { installCarpool, isCarpoolInstalled } = await import('../../examples/carpool/install.ts');
  const { startTraffic } = await import('../../examples/carpool/traffic.ts');
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'softlaunch example' });
  await client.connect();
  try {
    if (!(await isCarpoolInstalled(client))) await installCarpool(client);
    // What the product's owner would grant: probes run as a role that can read what it was granted, and nothing else.
    await client.query(`grant usage on schema public to ${probeRole}; grant select on all tables in schema public to ${probeRole}`);
  } finally {
    await client.end();
  }
  return startTraffic(databaseUrl);
}
