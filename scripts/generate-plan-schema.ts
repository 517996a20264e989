import { writeFileSync } from 'node:fs';
import { planJsonSchema } from '../src/plan/plan-json-schema.ts';

// Writes the plan's JSON Schema beside the plans, so that editors complete and explain them. Run in the checkout after any change to the plan's form:
//   npm run build && node dist/scripts/generate-plan-schema.js
writeFileSync('plans/plan.schema.json', planJsonSchema());
