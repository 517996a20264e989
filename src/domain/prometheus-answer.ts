import type { Look, ValueKind } from './reading.ts';

interface PrometheusAnswer {
  readonly status: 'success' | 'error';
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

/**
 * Has the shape of an answer of Prometheus' query API: a `status` of success or error, and its data or error type. Only such an answer may hold
 * numbers as texts, for that is how this API writes them. Source: Prometheus HTTP API, expression queries.
 */
export function isPrometheusAnswer(answer: unknown): answer is PrometheusAnswer {
  if (typeof answer !== 'object' || answer === null) return false;
  const { status, data, errorType } = answer as Record<string, unknown>;
  if (status === 'error') return typeof errorType === 'string';
  return status === 'success' && typeof data === 'object' && data !== null && 'resultType' in data && 'result' in data;
}

/** Why such an answer cannot be read at this path: it failed, is not instant, or has no, several or outdated series. */
export function prometheusFault(answer: PrometheusAnswer, path: string, look: Look | undefined): string | undefined {
  if (answer.status === 'error') return 'Prometheus answered with an error.';
  const { resultType, result } = answer.data ?? {};
  if (resultType !== 'vector' && resultType !== 'scalar') return 'Prometheus did not answer with an instant vector or a scalar.';
  if (!Array.isArray(result) || result.length === 0) return 'Prometheus found no series.';
  if (resultType === 'vector' && result.length > 1 && !path.includes('[*]')) return 'Prometheus found more than one series.';
  const samples = resultType === 'vector' ? result.map((series) => (series as { value?: unknown } | null)?.value) : [result];
  return samples.some((sample) => tooOld(sample, look)) ? 'The sample of Prometheus is too old.' : undefined;
}

/** A sample's text as the number or boolean (1 or 0) it stands for; anything else as it came, to be refused. */
export function prometheusValue(value: unknown, kind: ValueKind): unknown {
  if (typeof value !== 'string' || !/^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(value)) return value;
  if (kind !== 'boolean') return Number(value);
  return value === '1' ? true : value === '0' ? false : value;
}

function tooOld(sample: unknown, look: Look | undefined): boolean {
  const seconds = Array.isArray(sample) ? sample[0] : undefined;
  return look !== undefined && (typeof seconds !== 'number' || !(seconds * 1000 >= look.at - look.freshMs));
}
