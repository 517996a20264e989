import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { PlanPath } from './plan-error.ts';

/** Something that YAML allows and that would surprise in a plan. */
export interface Trap {
  readonly node: Node | null;
  readonly path: PlanPath;
  readonly sentence: string;
}

const forbiddenKeys: Readonly<Record<string, string>> = {
  ['__proto__']: 'is not possible as a name',
  constructor: 'is not possible as a name',
  prototype: 'is not possible as a name',
  '<<': 'merging with << is not possible: name the whole value with & and repeat it with *',
};

/** What is known while walking down: the anchors seen so far, and what was found. */
interface Walk {
  readonly anchors: Map<string, Node>;
  readonly traps: Trap[];
}

/** Finds keys written twice, keys that are no text, merge keys, own tags, numbers that are none, and aliases that contain themselves. */
export function findTraps(document: Document.Parsed): readonly Trap[] {
  const walk: Walk = { anchors: new Map(), traps: [] };
  if (document.directives.yaml.explicit || Object.keys(document.directives.tags).length > 1) {
    walk.traps.push({ node: document.contents, path: [], sentence: 'directives (%YAML, %TAG) are not possible: leave them out' });
  }
  visit(walk, document.contents, [], []);
  return walk.traps;
}

function visit(walk: Walk, node: unknown, path: PlanPath, within: readonly Node[]): void {
  if (!isNode(node)) return;
  if (isAlias(node)) visitAlias(walk, node, path, within);
  else if (node.tag !== undefined) walk.traps.push({ node, path, sentence: 'tags (!…) are not possible: leave it out' });
  if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  if (isScalar(node)) visitNumber(walk, node, path);
  if (isMap(node)) visitMap(walk, node, path, within);
  if (isSeq(node)) for (const [index, item] of node.items.entries()) visit(walk, item, [...path, index], [...within, node]);
}

function visitMap(walk: Walk, map: YAMLMap, path: PlanPath, within: readonly Node[]): void {
  const seen = new Set<string>();
  for (const { key, value } of map.items) {
    if (!isScalar(key) || key.value === null || typeof key.value === 'object' || Number.isNaN(key.value)) {
      walk.traps.push({ node: isNode(key) ? key : map, path, sentence: 'a key must be a text' });
      continue;
    }
    const name = String(key.value);
    const inside = [...path, name];
    const forbidden = Object.hasOwn(forbiddenKeys, name) ? forbiddenKeys[name] : undefined;
    if (forbidden !== undefined) walk.traps.push({ node: key, path: inside, sentence: forbidden });
    if (seen.has(name)) walk.traps.push({ node: key, path: inside, sentence: 'is written twice: keep one of the two' });
    seen.add(name);
    visit(walk, value, inside, [...within, map]);
  }
}

/** An anchor may be used again, but not inside itself; the same anchor written twice means its latest. */
function visitAlias({ anchors, traps }: Walk, alias: Alias, path: PlanPath, within: readonly Node[]): void {
  const target = anchors.get(alias.source);
  if (target === undefined)
    traps.push({ node: alias, path, sentence: `*${alias.source} names nothing: no &${alias.source} stands before it` });
  else if (within.includes(target)) traps.push({ node: alias, path, sentence: `*${alias.source} contains itself` });
}

function visitNumber({ traps }: Walk, scalar: Scalar, path: PlanPath): void {
  const { value } = scalar;
  if (typeof value !== 'number') return;
  if (!Number.isFinite(value)) traps.push({ node: scalar, path, sentence: `"${scalar.source}" is not a number that can be reckoned with` });
  else if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
    traps.push({ node: scalar, path, sentence: `"${scalar.source}" is too large a number` });
}
