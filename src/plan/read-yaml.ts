import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseDocument,
} from 'yaml';
import { formatPath, type LocatedProblem, PlanError, type PlanPath, type Problem } from './plan-error.ts';
import { firstLine, refuseBombs } from './plan-limits.ts';
import { findTraps } from './yaml-traps.ts';

/** A YAML text as plain values, and where in the text each of them stands. */
export interface YamlSource {
  readonly value: unknown;
  /** Puts problems in their place: at the value, at its key, or as near to it as the text goes. */
  readonly locate: (problem: Problem) => LocatedProblem;
}

const mostAliases = 100;

interface Place {
  readonly offset: number;
  readonly path: PlanPath;
}

/** Reads a YAML text that may come from anywhere. Throws a PlanError on what is not YAML, and on what YAML allows and a plan must not contain. */
export function readYaml(text: string, fileName: string): YamlSource {
  refuseBombs(text, fileName);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', merge: false, uniqueKeys: false, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const locate = (problem: Problem): LocatedProblem => {
    const { offset, path } = findPlace(document, problem.path, problem.atKey === true);
    return { ...at(offset), path: formatPath(path), sentence: problem.sentence };
  };
  const broken = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    ...at(pos[0]),
    path: '',
    sentence: firstLine(message),
  }));
  if (broken.length > 0) throw new PlanError(fileName, broken);
  const traps = findTraps(document).map(({ node, path, sentence }) => ({ ...at(startOf(node)), path: formatPath(path), sentence }));
  if (traps.length > 0) throw new PlanError(fileName, traps);
  return { value: plainValue(document, fileName), locate };
}

function plainValue(document: Document.Parsed, fileName: string): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new PlanError(fileName, [
      { line: 1, column: 1, path: '', sentence: `aliases unfold to too much: at most ${mostAliases} are possible` },
    ]);
  }
}

/** Follows a path as far as the text goes; what is missing is shown at the key that should contain it. */
function findPlace(document: Document.Parsed, path: PlanPath, atKey: boolean): Place {
  let node: Node | null = document.contents;
  let offset = startOf(node);
  for (const [index, part] of path.entries()) {
    const found: Node | undefined | null = isAlias(node) ? node.resolve(document) : node;
    // One text may stand for a list of one: `if not: hold`.
    if (typeof part === 'number' && isScalar(found)) return { offset: startOf(found), path: path.slice(0, index) };
    const pair = isMap(found) ? found.items.find((item) => keyOf(item) === String(part)) : undefined;
    const next =
      isSeq(found) && typeof part === 'number' ? (found.items[part] as Node | undefined) : (pair?.value as Node | null | undefined);
    if (pair === undefined && next === undefined) return { offset, path };
    const key = startOf(pair ? (pair.key as ParsedNode) : next);
    offset = index === path.length - 1 && !atKey && next && !isEmpty(next) && !isMap(next) ? startOf(next) : key;
    node = next ?? null;
  }
  return { offset, path };
}

/** Where a node begins; 0 for one that is not in the text. */
function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.source === '';
}

function keyOf(item: Pair | unknown): string | undefined {
  return isPair(item) && isScalar(item.key) ? String(item.key.value) : undefined;
}
