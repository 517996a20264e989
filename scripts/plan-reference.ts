import { z } from 'zod';
import { planSchema } from '../src/plan/plan-schema.ts';

/** The parts of a JSON Schema that the plan's form uses. */
interface Form {
  readonly type?: string;
  readonly description?: string;
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly examples?: readonly string[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Form>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Form | false;
  readonly items?: Form;
  readonly anyOf?: readonly Form[];
}

/** One line of a table: where something is written, whether it must be, and what. */
interface Row {
  readonly place: string;
  readonly needed: boolean;
  readonly form: Form;
}

const introduction = `# The plan

What may be written in a plan, key by key. Made from the schema that reads plans, by \`scripts/generate-plan-reference.ts\`: do not edit.
\`plans/carpool-v2.yaml\` is a complete example, and \`plans/plan.schema.json\` is the same as this page, for editors.

- A plan is one YAML file of at most 1 MiB. An unknown key, a wrong type, or a name that is defined nowhere is refused with its line and column.
- A duration is a number and a unit with nothing between: \`500ms\`, \`90s\`, \`15m\`, \`1.5h\`, \`7d\`.
- \`<name>\` stands for a name that you choose, \`[]\` for each entry of a list.
- What is not **needed** may be left out.`;

/** The whole form of a plan as Markdown, for people. Every sentence about a key is the schema's own. */
export function planReference(): string {
  const form = z.toJSONSchema(planSchema, { io: 'input', target: 'draft-7', reused: 'inline', unrepresentable: 'any' }) as Form;
  const sections = Object.entries(form.properties ?? {}).map(([key, value]) => section(key, value, isNeeded(form, key)));
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

function section(key: string, form: Form, needed: boolean): string {
  const head = `## ${key}\n\n${[form.description, needed ? '**Needed.**' : 'Not needed.', usualText(form)].filter(Boolean).join(' ')}`;
  const inside = bodies(form).flatMap(({ title, rows }) => [...(title === '' ? [] : [title]), tableText(rows)]);
  return [head, ...(inside.length > 0 ? inside : [`Write ${typeText(form)}.`])].join('\n\n');
}

/** Usually one table. Each of several forms under a name has its own, and keys that are all formed alike, such as the five phases, share one. */
function bodies(form: Form): readonly { title: string; rows: readonly Row[] }[] {
  const variants = form.additionalProperties ? objectsIn(form.additionalProperties) : [];
  if (variants.length > 1) {
    return variants.map((variant) => ({
      title: `With ${(variant.required ?? []).map(code).join(' and ')}:`,
      rows: rowsOf(variant, '<name>'),
    }));
  }
  const alike = alikeIn(form);
  if (alike)
    return [
      {
        title: `Each of ${Object.keys(form.properties ?? {})
          .map(code)
          .join(', ')}:`,
        rows: rowsOf(alike, ''),
      },
    ];
  const rows = rowsOf(form, '');
  return rows.length === 0 ? [] : [{ title: '', rows }];
}

/** What every key of a map is formed like; undefined where they differ. */
function alikeIn({ properties = {} }: Form): Form | undefined {
  const [first, ...rest] = Object.values(properties);
  const same = rest.length > 0 && first?.properties && rest.every((other) => JSON.stringify(other) === JSON.stringify(first));
  return same ? first : undefined;
}

/** Every key below a form, depth first. */
function rowsOf(form: Form, at: string): readonly Row[] {
  if (form.anyOf) return form.anyOf.flatMap((one) => rowsOf(one, at));
  if (form.items) return rowsOf(form.items, `${at}[]`);
  const row = (key: string, value: Form, needed: boolean): Row => ({ place: at === '' ? key : `${at} › ${key}`, form: value, needed });
  const inside = form.additionalProperties
    ? [row('<name>', form.additionalProperties, false)]
    : Object.entries(form.properties ?? {}).map(([key, value]) => row(key, value, isNeeded(form, key)));
  return inside.flatMap((one) => [...(saysNothing(one) ? [] : [one]), ...rowsOf(one.form, one.place)]);
}

/** Names that people choose: the rows below show what is inside. */
function saysNothing({ place, form }: Row): boolean {
  return place.endsWith('<name>') && form.properties !== undefined && form.description === undefined;
}

function isNeeded(form: Form, key: string): boolean {
  return form.required?.includes(key) ?? false;
}

/** The maps with fixed keys that may be written here. */
function objectsIn(form: Form): readonly Form[] {
  return form.anyOf ? form.anyOf.flatMap(objectsIn) : form.properties ? [form] : [];
}

/** With columns as wide as their widest cell, as the formatter wants tables. */
function tableText(rows: readonly Row[]): string {
  const cells = rows.map(({ place, needed, form }) => [
    code(place),
    needed ? 'yes' : '',
    typeText(form),
    [form.description, usualText(form)].filter(Boolean).join(' ').replaceAll('|', '\\|'),
  ]);
  const head = ['where', 'needed', 'write', 'meaning'];
  const widths = head.map((title, column) => Math.max(...[head, ...cells].map((line) => line[column]?.length ?? 0), title.length));
  const lineText = (line: readonly string[], filler = ' ') =>
    `| ${line.map((text, column) => text.padEnd(widths[column] ?? 0, filler)).join(' | ')} |`;
  return [
    lineText(head),
    lineText(
      head.map(() => ''),
      '-',
    ),
    ...cells.map((line) => lineText(line)),
  ].join('\n');
}

/** What is written there, in a few words. */
function typeText(form: Form): string {
  if (isYesOrNo(form)) return '`yes` or `no`';
  if (form.anyOf) return [...new Set(form.anyOf.map(typeText))].join(', or ');
  if (form.const !== undefined) return code(String(form.const));
  if (form.enum) return form.enum.map(code).join(', ');
  if (form.items) return `a list: ${typeText(form.items)}`;
  if (form.properties || form.additionalProperties) return 'a map';
  if (form.type === 'null') return '`null`';
  const example = form.examples?.[0];
  return example === undefined ? `a ${form.type === 'string' ? 'text' : (form.type ?? 'value')}` : `such as ${code(example)}`;
}

/** \`yes\`, \`on\` and \`true\` are all the same. */
function isYesOrNo({ anyOf }: Form): boolean {
  return anyOf?.length === 2 && anyOf[0]?.type === 'boolean';
}

/** What counts when it is left out, where a word says it. Empty lists and maps go without saying. */
function usualText({ default: usual }: Form): string {
  return typeof usual === 'string' ? `${code(usual)} if not said.` : '';
}

function code(text: string): string {
  return `\`${text}\``;
}
