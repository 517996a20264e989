import { readFile } from 'node:fs/promises';
import { type LoadedPlan, loadPlan } from '../plan/load-plan.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed } from './failure.ts';

/** A plan that may be used, and its file as it was written. @throws PlanError with every problem; CommandFailed when the file cannot be read */
export async function readPlanFile(path: string): Promise<LoadedPlan & { readonly source: string }> {
  const source = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  return { ...loadPlan(source, path), source };
}

function unreadable(path: string, cause: unknown): CommandFailed {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(cause);
  return new CommandFailed(`The plan ${path} cannot be read: ${why}. Nothing was started.`, {
    exitCode: exitCodes.usage,
    kind: 'bad plan',
    cause,
  });
}
