import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './claim.ts';

/** The loopback ports of a stack. */
export interface StackPorts {
  readonly postgres: number;
  readonly temporal: number;
  readonly ui: number;
}

const defaults: StackPorts = { postgres: 5433, temporal: 7233, ui: 8233 };

/** The ports that this home used last, else the usual ones. */
export function rememberedPorts(home: string): StackPorts {
  try {
    return { ...defaults, ...(JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')) as Partial<StackPorts>) };
  } catch {
    // A first start, or a file nobody can read any more: the usual ports are as good as the remembered ones.
    return defaults;
  }
}

/** Remembers the ports for the next start; those that are not given stay as they were. */
export function rememberPorts(home: string, ports: Partial<StackPorts>): void {
  writeWhole(join(home, 'ports.json'), `${JSON.stringify({ ...rememberedPorts(home), ...ports })}\n`);
}
