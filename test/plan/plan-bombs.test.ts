import { describe, expect, it } from 'vitest';
import { carpoolText, refusal } from './carpool.ts';

const laughs = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]`),
].join('\n');
const bombs: readonly (readonly [string, string, string])[] = [
  ['aliases that unfold without end', laughs, 'aliases unfold to too much'],
  ['a file above 1 MiB', `# ${'x'.repeat(1024 * 1024)}`, 'larger than 1 MiB'],
  ['lists nested 10,000 deep', '['.repeat(10_000), 'nested too deeply'],
  ['maps nested 100,000 deep', '{a: '.repeat(100_000), 'nested too deeply'],
  ['dashes nested 100,000 deep', '- '.repeat(100_000), 'nested too deeply'],
  ['an alias inside its own anchor', 'a: &a [1, *a]', 'contains itself'],
  ['a million brackets', ']'.repeat(1_000_000), 'plan.yaml:1:'],
  ['a million commas', `[${','.repeat(1_000_000)}`, 'words and signs'],
  ['300,000 lines with an anchor', '- &a x\n'.repeat(140_000), 'words and signs'],
  ['300,000 directives', '%a\n'.repeat(300_000), 'words and signs'],
  ['two documents', `${carpoolText}\n---\n${carpoolText}`, 'multiple documents'],
  ['another YAML version', `%YAML 1.1\n---\n${carpoolText}`, 'directives'],
  ['a tag', 'a: !!binary aGVsbG8=', 'tags'],
  ['a list as a key', '? [a, b]\n: c', 'a key must be a text'],
  ['nothing', '', 'is not a map of keys'],
  ['a text', 'hello', 'is not a map of keys'],
  ['bytes that are no text', '\u0000\u0001', 'plan.yaml:1:'],
];

describe('what could hurt is refused at once', () => {
  it.each(bombs)('%s', (_, text, fragment) => {
    const begin = performance.now();
    expect(refusal(text).message).toContain(fragment);
    expect(performance.now() - begin).toBeLessThan(1000);
  });

  it('20,000 unknown keys are counted, and 100 shown', () => {
    const { message } = refusal(Array.from({ length: 15_000 }, (_, index) => `k${index}: 1`).join('\n'));
    expect(message.split('\n').length).toBeLessThanOrEqual(102);
  });
});
