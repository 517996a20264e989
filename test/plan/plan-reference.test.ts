import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planReference } from '../../scripts/plan-reference.ts';
import { carpoolText } from './carpool.ts';

describe('the reference of the plan', () => {
  const reference = planReference();

  it('is current: after a change to the form of plans, run scripts/generate-plan-reference.ts', () => {
    expect(readFileSync('docs/plan-reference.md', 'utf8')).toBe(reference);
  });

  it('has a section for every key at the top of a plan', () => {
    const keys = [...carpoolText.matchAll(/^([a-z][a-z ]*):/gm)].map(([, key]) => key);
    expect(keys.length).toBeGreaterThan(15);
    for (const key of keys) expect(reference).toContain(`\n## ${key}\n`);
  });

  it('shows the five phases once, for they are all written alike', () => {
    expect(reference).toContain('Each of `pre-launch`, `internal`, `pilot`, `expansion`, `general-availability`:');
    expect(reference.split('`each community › check in after`')).toHaveLength(2);
  });

  it('keeps apart what a probe of each kind may say', () => {
    const [, human = ''] = reference.split('With `ask` and `question`:');
    expect(human).toContain('24h if not said');
    expect(human.split('\n## ')[0]).not.toContain('sql');
  });
});
