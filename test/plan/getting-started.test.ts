import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lintPlan } from '../../src/plan/lint-plan.ts';
import { loadPlan } from '../../src/plan/load-plan.ts';

describe('the plan in docs/getting-started.md', () => {
  const text = readFileSync('docs/getting-started.md', 'utf8');
  const yaml = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, plan]) => plan ?? '');

  it('can be copied: it loads, and lint has nothing against it', () => {
    expect(yaml).toHaveLength(1);
    const { plan } = loadPlan(yaml[0] ?? '', 'getting-started.md');
    expect(plan.launch).toBe('checkout-2');
    expect(lintPlan(plan).filter(({ severity }) => severity !== 'note')).toEqual([]);
  });

  it('maps the tables that softlaunch.allow_product allows', () => {
    const { product } = loadPlan(yaml[0] ?? '', 'getting-started.md').plan;
    const allowed = JSON.parse(/allow_product\('([\s\S]*?)'\)/.exec(text)?.[1] ?? '{}');
    expect(allowed.flags).toEqual(product.flags);
    const { inLaunch: _, ...communities } = product.communities;
    expect(allowed.communities).toEqual(communities);
  });
});
