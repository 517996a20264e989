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

/** Reads a YAML text that may come from anywhere. Throws a PlanError on what is not YAML, and on what YAML allows and a plan must not contain. */
export function readYaml(text: string, fileName: string): YamlSource {
  refuseBombs(text, fileName);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', merge: false, uniqueKeys: false, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const locate = ({ path, sentence, atKey }: Problem): LocatedProblem => ({
    ...at(offsetOf(document, path, atKey === true)),
    path: formatPath(path),
    sentence,
  });
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
function offsetOf(document: Document.Parsed, path: PlanPath, atKey: boolean): number {
  let node: Node | null = document.contents;
  let offset = startOf(node);
  for (const [index, part] of path.entries()) {
    const found = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(found) ? found.items.find((item) => keyOf(item) === String(part)) : undefined;
    const next =
      isSeq(found) && typeof part === 'number' ? (found.items[part] as Node | undefined) : (pair?.value as Node | null | undefined);
    if (pair === undefined && next === undefined) return offset;
    const last = index === path.length - 1;
    const key = pair ? startOf(pair.key as ParsedNode) : startOf(next);
    const value = next === null || next === undefined || isEmpty(next) || isMap(next) ? key : startOf(next);
    offset = last && !atKey ? value : key;
    node = next ?? null;
  }
  return offset;
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
