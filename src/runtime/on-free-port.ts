import { freePort } from './free-port.ts';
import { ServerDidNotStart } from './readiness.ts';

const TRIES = 3;

/**
 * Starts something on the preferred port when that is free, else on any. Between seeing that a port is free and a server taking it,
 * somebody else may have been quicker: then another one is tried.
 */
export async function onFreePort<R>(options: { preferred?: number | undefined }, start: (port: number) => Promise<R>): Promise<R> {
  const preferred = options.preferred === undefined ? [] : [options.preferred];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort(attempt === 1 ? preferred : []));
    } catch (error) {
      if (!(error instanceof ServerDidNotStart && error.portTaken && attempt < TRIES)) throw error;
    }
  }
}
