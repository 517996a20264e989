import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installCarpool } from '../../examples/carpool/install.ts';
import { readCandidates, readTaken } from '../../src/database/candidate.ts';
import { applyChange } from '../../src/database/change.ts';
import { appendJournal } from '../../src/database/journal.ts';
import { registerLaunch } from '../../src/database/launch-record.ts';
import { openProbePool } from '../../src/database/probe.ts';
import { orderRollback } from '../../src/database/rollback.ts';
import { rankCandidates } from '../../src/domain/candidate.ts';
import type { CandidateRule } from '../../src/domain/plan.ts';
import { carpool } from '../plan/carpool.ts';
import { testDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let owner: pg.Pool;
let probes: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Pool({ connectionString: database.url, max: 2 });
  await installCarpool(owner);
  await owner.query('grant select on community_candidates to softlaunch_probe');
  probes = openProbePool(database.url, 1);
});

afterAll(async () => {
  await Promise.all([probes?.end(), owner?.end()]);
  await database?.close();
});

const rule = carpool().candidates;
const asking = (sql: string): CandidateRule => ({ sql, suitedWhen: [{ measure: 'rides', test: { from: 1, to: 10 } }], never: [] });

async function reasonOf(sql: string): Promise<string> {
  const answer = await readCandidates(probes, asking(sql));
  return answer.answered ? `answered ${JSON.stringify(answer.rows)}` : answer.reason;
}

describe('the carpool candidates', () => {
  test('fill the three waves of the plan, ten communities besides the pilot, with one to spare', async () => {
    const answer = await readCandidates(probes, rule);
    const ranked = answer.answered ? rankCandidates(rule, answer.rows, { joined: ['internal', 'riverside'], excluded: [] }) : [];
    expect(ranked).toHaveLength(17);
    expect(ranked.filter(({ mayJoin }) => mayJoin).map(({ community }) => community)).toHaveLength(11);
    expect(ranked.find(({ community }) => community === 'riverside')).toMatchObject({ suited: true, standing: 'joined' });
  });

  test('lack each the one thing they are known for', async () => {
    const answer = await readCandidates(probes, rule);
    const ranked = answer.answered ? rankCandidates(rule, answer.rows, { joined: [], excluded: [] }) : [];
    const lacking = ranked
      .filter(({ suited }) => !suited)
      .map(({ community, reasons }) =>
        [community, ...reasons.filter(({ verdict }) => verdict !== 'met').map(({ measure }) => measure)].join(' '),
      );
    expect([...lacking].sort()).toEqual([
      'central-station rides_per_week',
      'eastfield engaged_admin',
      'fern-hollow rides_per_week',
      'internal rides_per_week',
      'market-cross cancellation_rate',
    ]);
  });
});

describe('the query for candidates', () => {
  test('brings the declared measures of every row and nothing else', async () => {
    const sql = "select 'c' || n as community, n as rides, 'lena@example.org' as email from generate_series(1, 3) n";
    expect(await readCandidates(probes, asking(sql))).toEqual({
      answered: true,
      rows: [
        { community: 'c1', measures: { rides: 1 } },
        { community: 'c2', measures: { rides: 2 } },
        { community: 'c3', measures: { rides: 3 } },
      ],
    });
  });

  test('reads a NULL, a NaN and a text as not known', async () => {
    const sql = "values ('a', null::numeric), ('b', 'NaN'::numeric), ('c', 5)";
    const answer = await readCandidates(probes, asking(`select column1 as community, column2 as rides from (${sql}) v`));
    expect(answer.answered && answer.rows.map(({ measures }) => measures.rides)).toEqual([undefined, undefined, 5]);
    const text = await readCandidates(probes, asking("select 'a' as community, '5' as rides"));
    expect(text.answered && text.rows[0]?.measures.rides).toBe(undefined);
  });

  test('answers nobody, which is an answer', async () => {
    expect(await readCandidates(probes, asking("select 'a' as community, 1 as rides where false"))).toEqual({ answered: true, rows: [] });
  });

  test('takes 100,000 rows, and refuses the list when there is one more', async () => {
    const sql = (rows: number) => `select 'c' || n as community, n % 7 as rides from generate_series(1, ${rows}) n`;
    const all = await readCandidates(probes, asking(sql(100_000)));
    expect(all.answered && all.rows.length).toBe(100_000);
    expect(await reasonOf(sql(100_001))).toBe('The query for candidates answers more than 100000 rows.');
    expect(await reasonOf("select repeat('x', 1000) as community, 1 as rides from generate_series(1, 90000)")).toBe(
      'The answer is larger than 64 MiB. Ask for numbers only.',
    );
  });

  test('can write nothing, see nothing that was not granted, and take no second statement along', async () => {
    expect(await reasonOf("update communities set status = 'paused' returning slug as community, 1 as rides")).toMatch(
      /permission denied|read-only transaction/,
    );
    expect(await reasonOf('select email as community, 1 as rides from profiles')).toContain('permission denied for table profiles');
    expect(await reasonOf("select 'a' as community, 1 as rides; select 1")).toBe('A probe is one statement.');
    expect((await owner.query('select count(*)::integer from communities where status = $1', ['paused'])).rows).toEqual([{ count: 1 }]);
  });

  test('is refused when a row names no community', async () => {
    expect(await reasonOf("select nullif(slug, 'b') as community, 1 as rides from (values ('a'), ('b')) v (slug)")).toBe(
      '1 of 2 rows name no community: the query needs the column community, a text.',
    );
    expect(await reasonOf("select 'a' as slug, 1 as rides")).toContain('the query needs the column community');
    expect(await readCandidates(probes, { sql: '', suitedWhen: [], never: [] })).toMatchObject({ answered: false });
  });

  test('that takes too long is stopped, and the next one is answered', async () => {
    const slow = await readCandidates(probes, asking('select pg_sleep(5)::text as community, 1 as rides'), 0.2);
    expect(slow).toEqual({ answered: false, reason: 'There was no answer within 0.2 s, and PostgreSQL stopped it.' });
    expect(await reasonOf("select 'a' as community, 1 as rides")).toContain('answered');
  });
});

describe('who is no choice any more', () => {
  const plan = { ...carpool(), launch: 'taken' };
  const at = Date.UTC(2026, 0, 12);
  let count = 0;
  const next = (what: string) => `${what}-${++count}`;

  const putIn = (fence: number, ...communities: readonly string[]) =>
    applyChange(owner, {
      launch: plan.launch,
      operationKey: next('wave'),
      fence,
      scope: 'launch',
      rows: communities.map((key) => ({ kind: 'community' as const, key, in: true })),
      actor: 'softlaunch',
      reason: 'wave',
      at,
    });
  const rollBack = (community: string) =>
    orderRollback(owner, { launch: plan.launch, scope: `community:${community}`, reason: 'breach', actor: 'ops', commandId: next('roll') });
  const admit = (community: string, admitted: boolean) =>
    appendJournal(owner, {
      launch: plan.launch,
      at,
      kind: 'admit',
      scope: `community:${community}`,
      actor: 'lead',
      summary: 'x',
      detail: { command: { community, admitted } },
    });
  const taken = () => readTaken(owner, plan.launch);

  test('is whoever joined, was rolled back, or was taken out, until people let them in again', async () => {
    await registerLaunch(owner, { plan, planHash: 'hash', source: '', workflowId: 'w', startedAt: at, actor: 'lead' });
    expect(await taken()).toEqual({ joined: [], excluded: [] });
    expect(await putIn(0, 'riverside', 'lakeside')).toMatchObject({ outcome: 'applied' });
    await admit('hillside', false);
    await admit('oakfield', false);
    await admit('oakfield', true);
    expect(await taken()).toEqual({ joined: ['lakeside', 'riverside'], excluded: ['hillside'] });
    await rollBack('lakeside');
    expect((await taken()).joined).toEqual(['lakeside', 'riverside']);
    await admit('lakeside', true);
    expect((await taken()).joined).toEqual(['riverside']);
    await rollBack('lakeside');
    expect((await taken()).joined).toEqual(['lakeside', 'riverside']);
  });
});
