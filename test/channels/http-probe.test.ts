import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHttpProbe } from '../../src/channels/http-probe.ts';
import type { HttpProbe } from '../../src/domain/plan.ts';

const token = 'canary-4711';
/** What a plan writes in a header: a dollar sign and a name in braces. */
const fromEnvironment = (name: string) => ['$', '{', name, '}'].join('');
const question = { community: 'river side/1', since: 0, until: 1 };
const asked: IncomingMessage[] = [];
const server = createServer((request, response) => {
  asked.push(request);
  answers[new URL(request.url ?? '', 'http://x').pathname]?.(response);
});

const json = { 'content-type': 'application/json' };
const answers: Record<string, (response: ServerResponse) => void> = {
  '/ok': (response) => response.writeHead(200, json).end('{"n":3}'),
  '/down': (response) => response.writeHead(503, json).end(`{"n":0,"secret":"${token}"}`),
  '/page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{"n":0}'),
  '/broken': (response) => response.writeHead(200, json).end(`{"n": ${token}`),
  '/nan': (response) => response.writeHead(200, json).end('{"n": NaN}'),
  '/empty': (response) => response.writeHead(200, json).end(),
  '/huge': (response) => response.writeHead(200, json).end(`["${'x'.repeat(1024 * 1024)}"]`),
  '/moved': (response) => response.writeHead(302, { location: '/ok' }).end(),
  '/hangs': () => {},
  '/stalls': (response) => response.writeHead(200, json).write('{"n":'),
  '/dies': (response) => response.destroy(),
};

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function probe(path: string, more: Partial<HttpProbe> = {}): HttpProbe {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  return { kind: 'http', url, headers: {}, timeoutSeconds: 0.3, perCommunity: false, freshMs: 60_000, ...more };
}

test('answers with the JSON of a URL that knows its community and window', async () => {
  expect(await runHttpProbe(probe('/ok?c=:community&from=:since&to=:until'), question)).toEqual({ answered: true, raw: { n: 3 } });
  expect(asked.at(-1)?.url).toBe('/ok?c=river%20side%2F1&from=1970-01-01T00%3A00%3A00.000Z&to=1970-01-01T00%3A00%3A00.001Z');
});

test('sends a secret from the environment, and only there', async () => {
  const headers = { authorization: `Bearer ${fromEnvironment('TOKEN')}` };
  await runHttpProbe(probe('/ok', { headers }), question, { TOKEN: token });
  expect(asked.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
  for (const path of [...Object.keys(answers).filter((known) => known !== '/ok'), '/unknown']) {
    const answer = await runHttpProbe(probe(path, { headers }), question, { TOKEN: token });
    expect(answer.answered, path).toBe(false);
    expect(JSON.stringify(answer), path).not.toContain(token);
  }
  const unsendable = await runHttpProbe(probe('/ok', { headers }), question, { TOKEN: `${token}\n` });
  expect(JSON.stringify(unsendable)).not.toContain(token);
});

test.each([
  ['/down', 'It answered with status 503.'],
  ['/page', 'The answer is not JSON.'],
  ['/broken', 'The answer is not readable as JSON.'],
  ['/nan', 'The answer is not readable as JSON.'],
  ['/empty', 'The answer is not readable as JSON.'],
  ['/huge', 'The answer is larger than 1 MiB.'],
  ['/moved', 'It answered with a redirect, and a probe follows none.'],
  ['/hangs', 'There was no answer within 0.3 s.'],
  ['/stalls', 'There was no answer within 0.3 s.'],
  ['/dies', 'It could not be asked (UND_ERR_SOCKET).'],
])('%s gives no answer: %s', async (path, reason) =>
  expect(await runHttpProbe(probe(path), question)).toEqual({ answered: false, reason }),
);

test('says which environment variable is missing and which value nothing gives', async () => {
  const headers = { authorization: fromEnvironment('NOT_SET') };
  expect(await runHttpProbe(probe('/ok', { headers }), question, {})).toMatchObject({ reason: expect.stringContaining('NOT_SET') });
  expect(await runHttpProbe(probe('/ok?:community'), { since: 0, until: 0 })).toMatchObject({
    reason: expect.stringContaining(':community'),
  });
  expect(await runHttpProbe(probe('', { url: 'http://someone:canary@127.0.0.1:1/' }), question)).toEqual({
    answered: false,
    reason: 'It could not be asked (no connection).',
  });
});
