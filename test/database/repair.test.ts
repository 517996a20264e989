import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRepair } from '../../src/database/repair.ts';
import { type CarpoolDatabase, carpoolDatabase } from './carpool-database.ts';

let product: CarpoolDatabase;
let connection: pg.PoolClient;

beforeAll(async () => {
  product = await carpoolDatabase();
  connection = await product.pool.connect();
  await connection.query('create table seats (free integer); insert into seats values (-1)');
});
afterAll(async () => {
  connection?.release();
  await product?.close();
});

const free = async () => (await connection.query<{ free: number }>('select free from seats')).rows[0]?.free;

test('different repairs run over one connection, and each again', async () => {
  for (const count of [1, 2, 1]) {
    expect(await runRepair(connection, `update seats set free = ${count}`)).toEqual({ repaired: true });
    expect(await free()).toBe(count);
  }
});

test('a repair of several statements is none, and changes nothing', async () => {
  const outcome = await runRepair(connection, 'update seats set free = 7; update seats set free = 8');
  expect(outcome).toMatchObject({ repaired: false, reason: expect.stringContaining('multiple commands') });
  expect(await free()).not.toBe(7);
});

test('a repair that fails tells why', async () => {
  expect(await runRepair(connection, 'update stalls set free = 1')).toEqual({
    repaired: false,
    reason: 'relation "stalls" does not exist',
  });
});
