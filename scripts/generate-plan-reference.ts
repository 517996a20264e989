import { writeFileSync } from 'node:fs';
import { planReference } from './plan-reference.ts';

// Writes the reference of the plan's form. Run in the checkout after any change to the form or its descriptions:
//   npm run build && node dist/scripts/generate-plan-reference.js
writeFileSync('docs/plan-reference.md', planReference());
