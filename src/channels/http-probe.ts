import type { HttpProbe } from '../domain/plan.ts';
import type { RawAnswer } from '../domain/reading.ts';

/** Bytes an answer may have: a probe answers with numbers, and more would only fill our memory. */
const maxBytes = 1024 * 1024;

/** What a probe is asked about: a community's key, and the half-open window `[since, until)` in epoch milliseconds. */
export interface HttpProbeQuestion {
  readonly community?: string | undefined;
  readonly since: number;
  readonly until: number;
}

/** Header values may name environment variables as `${NAME}`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Said in a sentence to whoever wrote the plan; carries nothing secret. */
class NoAnswer extends Error {}

/**
 * Asks a URL one question and answers with its JSON, or with a sentence about why there is none; never throws. The URL may hold `:community`, `:since`
 * and `:until` (encoded), header values `${NAME}` from the environment. Neither they nor what the other side said appears in a reason. Redirects are
 * refused, so that a token goes where the plan says and nowhere else.
 */
export async function runHttpProbe(
  probe: HttpProbe,
  question: HttpProbeQuestion,
  environment: Environment = process.env,
): Promise<RawAnswer> {
  try {
    const headers = { accept: 'application/json', ...withSecrets(probe.headers, environment) };
    const signal = AbortSignal.timeout(Math.max(1, Math.round(probe.timeoutSeconds * 1000)));
    const response = await fetch(urlFor(probe.url, question), { headers, signal, redirect: 'error' });
    return { answered: true, raw: await jsonOf(response) };
  } catch (error) {
    return { answered: false, reason: error instanceof NoAnswer ? error.message : failureSentence(error, probe.timeoutSeconds) };
  }
}

function urlFor(url: string, { community, since, until }: HttpProbeQuestion): string {
  const values: Record<string, string | undefined> = {
    community,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
  };
  return url.replace(/:(community|since|until)\b/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new NoAnswer(`The URL asks for :${name}, and nothing gives it.`);
    return encodeURIComponent(value);
  });
}

function withSecrets(headers: Readonly<Record<string, string>>, environment: Environment): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = environment[name];
      if (value === undefined || value === '') throw new NoAnswer(`The environment variable ${name}, which a header needs, is not set.`);
      return value;
    });
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]));
}

async function jsonOf(response: Response): Promise<unknown> {
  if (!response.ok) {
    await response.body?.cancel();
    throw new NoAnswer(`It answered with status ${response.status}.`);
  }
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw new NoAnswer('The answer is not JSON.');
  }
  const text = await textOf(response);
  try {
    return JSON.parse(text);
  } catch {
    throw new NoAnswer('The answer is not readable as JSON.');
  }
}

/** Reads no further than the limit, whatever the length header promised. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new NoAnswer('The answer is larger than 1 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The kind of failure alone: the driver's messages quote URLs and header values. */
function failureSentence(error: unknown, timeoutSeconds: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `There was no answer within ${timeoutSeconds} s.`;
  const cause = error instanceof Error ? (error.cause as { code?: unknown; message?: unknown } | undefined) : undefined;
  if (cause?.message === 'unexpected redirect') return 'It answered with a redirect, and a probe follows none.';
  return `It could not be asked (${typeof cause?.code === 'string' ? cause.code : 'no connection'}).`;
}
