import { z } from 'zod';
import { planSchema } from './plan-schema.ts';

/** The form of a plan as JSON Schema text, for editors: what may be written, and what it means. Sentences are only described, not checked. */
export function planJsonSchema(): string {
  const schema = z.toJSONSchema(planSchema, {
    io: 'input',
    target: 'draft-7',
    reused: 'ref',
    unrepresentable: 'any',
    override: forgetDefault,
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Defaults are kept as what they mean (milliseconds), not as what would be written, and would mislead. */
function forgetDefault({ jsonSchema }: { readonly jsonSchema: { default?: unknown } }): void {
  delete jsonSchema.default;
}
