import type pg from 'pg';
import type { Plan, SqlProbe } from '../../src/domain/plan.ts';

/** What the probes of a test's plan answer, by probe, or by probe and community. Turn a dial and the next look sees it. */
export interface Dials {
  set(probe: string, answer: Readonly<Record<string, unknown>>): Promise<void>;
  /** A good day again. */
  reset(): Promise<void>;
  /** The probe fails, as one does whose table is gone. */
  breakProbe(probe: string): Promise<void>;
}

const goodDay: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  invariants: { healthy: true, violations: 0 },
  seats: { count: 0 },
  jobs: { failures: 0 },
  complaints: { critical: 0 },
  'community health': { healthy: true },
  bookings: { successes: 98, trials: 100 },
  recommendations: { successes: 45, trials: 100 },
  isolation: { breaches: 0 },
  clicks: { successes: 60, trials: 200 },
};

/** The carpool plan with probes that answer what the dials say: skipped time has no traffic of its own. */
export function withDials(plan: Plan): Plan {
  const probes = Object.entries(plan.probes).map(([name, probe]) => {
    const dialled = probe.kind === 'sql' && name in goodDay;
    return [name, dialled ? ({ ...probe, sql: dialSql(name, probe), writes: false } satisfies SqlProbe) : probe];
  });
  return { ...plan, probes: Object.fromEntries(probes) };
}

function dialSql(name: string, probe: SqlProbe): string {
  return `select r.* from dial('${name}', ${probe.perCommunity ? ':community' : 'null'}) d, jsonb_to_record(d) as r (healthy boolean, violations integer,
    count integer, failures integer, critical integer, successes integer, trials integer, breaches integer)`;
}

/** Makes the dials, all on a good day. */
export async function createDials(pool: pg.Pool): Promise<Dials> {
  await pool.query(`
    create table dials (probe text primary key, answer jsonb);
    create function dial(probe text, community text) returns jsonb language plpgsql stable security definer set search_path = public as $$
    declare answer jsonb;
    begin
      select d.answer into answer from dials d where d.probe in (dial.probe, dial.probe || '/' || dial.community) order by length(d.probe) desc limit 1;
      if answer ? 'broken' then raise exception 'the table is gone'; end if;
      return answer;
    end $$;
    grant select on all tables in schema public to softlaunch_probe`);
  const set = async (probe: string, answer: Readonly<Record<string, unknown>>) => {
    await pool.query('insert into dials values ($1, $2) on conflict (probe) do update set answer = excluded.answer', [
      probe,
      JSON.stringify(answer),
    ]);
  };
  const reset = async () => {
    await pool.query('delete from dials');
    for (const [probe, answer] of Object.entries(goodDay)) await set(probe, answer);
  };
  await reset();
  return { set, reset, breakProbe: (probe) => set(probe, { broken: true }) };
}
