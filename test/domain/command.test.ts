import { describe, expect, test } from 'vitest';
import { type Command, commandExamples, commandNames, readCommand } from '../../src/domain/command.ts';

const fallback = 'made-up-1';
const example = (name: Command['command']): Record<string, unknown> => JSON.parse(commandExamples[name]);
const others = commandNames.filter((name) => name !== 'rollback');

function refusalOf(name: Command['command'], payload: unknown): string {
  const read = readCommand(name, payload, fallback);
  if ('refusal' in read) return read.refusal;
  throw new Error(`It was understood: ${JSON.stringify(read.command)}`);
}

function rollbackFrom(payload: unknown): Command {
  const read = readCommand('rollback', payload, fallback);
  if ('command' in read) return read.command;
  throw new Error(read.refusal);
}

describe.each(others)('%s', (name) => {
  test('is understood as its example says', () => {
    expect(readCommand(name, example(name), fallback)).toEqual({ command: { ...example(name), command: name } });
    expect(readCommand(name, { ...example(name), command: 'rollback' }, fallback)).toEqual({
      command: { ...example(name), command: name },
    });
  });

  test.each([[null], [undefined], [[]], [[{}]], [0], [7], [NaN], [''], ['go'], [true], [() => 1], [Symbol('x')]])(
    'that is %s carries no JSON object, and is refused with the example',
    (payload) => {
      expect(refusalOf(name, payload)).toBe(
        `${name} was not understood: it carried no JSON object. It takes one JSON object such as ${commandExamples[name]}.`,
      );
    },
  );

  const wrong = [null, 7, true, '', ' \n', [], ['lead'], {}, 'x'.repeat(100_000), 'zero\0byte', 'half \ud83d of it', NaN];
  test.each(['by', 'reason', 'commandId'])('without a good %s is refused with the example', (key) => {
    const { [key]: _, ...without } = example(name);
    for (const payload of [without, ...wrong.map((value) => ({ ...without, [key]: value }))]) {
      const says = refusalOf(name, payload);
      expect(says).toContain(`${name} was not understood: ${key} is missing or wrong. It takes one JSON object such as`);
      expect(says.length).toBeLessThan(600);
    }
  });

  test('with anything that is not its own is refused, also when every object has it', () => {
    for (const key of ['extra', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'Reason']) {
      const payload: unknown = JSON.parse(`${JSON.stringify(example(name)).slice(0, -1)},${JSON.stringify(key)}:{"by":"lead"}}`);
      expect(refusalOf(name, payload)).toContain(`it has no field ${key}.`);
    }
    expect(refusalOf(name, { ...example(name), ['x'.repeat(100_000)]: 1, 'zero\0': 1 }).length).toBeLessThan(1_200);
  });

  test('whose fields come from its prototype is refused', () => {
    expect(refusalOf(name, Object.create(example(name)))).toContain('missing or wrong');
    expect(refusalOf(name, JSON.parse(`{"__proto__":${commandExamples[name]}}`))).toContain('missing or wrong');
  });
});

test.each<[Command['command'], Record<string, unknown>, string]>([
  ['decide', { decision: 'maybe' }, 'decision'],
  ['decide', { phase: 2 }, 'phase'],
  ['decide', { extendMs: '1h' }, 'extendMs'],
  ['decide', { extendMs: -1 }, 'extendMs'],
  ['decide', { extendMs: 1.5 }, 'extendMs'],
  ['decide', { extendMs: 1e300 }, 'extendMs'],
  ['decide', { extendMs: Number.POSITIVE_INFINITY }, 'extendMs'],
  ['decide', { waive: 'healthy' }, 'waive'],
  ['decide', { waive: [1] }, 'waive'],
  ['decide', { waive: Array.from({ length: 101 }, () => 'healthy') }, 'waive'],
  ['decide', { waiveMs: 366 * 86_400_000 }, 'waiveMs'],
  ['check', { item: '' }, 'item'],
  ['answer', { successes: -1 }, 'successes'],
  ['answer', { successes: 1.5 }, 'successes'],
  ['answer', { trials: '42' }, 'trials'],
  ['answer', { trials: NaN }, 'trials'],
  ['checkIn', { community: '' }, 'community'],
  ['report', { severity: 'P4' }, 'severity'],
  ['report', { severity: 'constructor' }, 'severity'],
  ['report', { severity: ['P0'] }, 'severity'],
  ['report', { issue: 'x'.repeat(501) }, 'issue'],
  ['incident', { close: 'yes' }, 'close'],
  ['incident', { severity: 'p0' }, 'severity'],
  ['tune', { value: '0.2' }, 'value'],
  ['tune', { value: NaN }, 'value'],
  ['tune', { value: null }, 'value'],
  ['admit', { admitted: 'false' }, 'admitted'],
  ['admit', { community: { slug: 'x' } }, 'community'],
])('%s with %j is refused and names what is wrong', (name, more, key) => {
  expect(refusalOf(name, { ...example(name), ...more })).toContain(`${key} is missing or wrong`);
});

test('several wrong fields are named together', () => {
  expect(refusalOf('decide', {})).toContain('commandId, by, reason, phase, decision are missing or wrong');
});

describe('a rollback', () => {
  const anything = { command: 'rollback', scope: 'launch', by: 'unknown', reason: 'no reason given', commandId: fallback };

  test('is understood as its example says', () => {
    expect(rollbackFrom(example('rollback'))).toEqual({ ...example('rollback'), command: 'rollback' });
  });

  test.each([
    [null],
    [undefined],
    [[]],
    [0],
    [true],
    [''],
    [{}],
    [{ scope: null }],
    [{ scope: 7, by: [], reason: {}, commandId: '' }],
    [JSON.parse('{"__proto__":{"scope":"x"},"constructor":1}')],
  ])('is never refused on its form: %j turns off the launch', (payload) => {
    expect(rollbackFrom(payload)).toEqual(anything);
  });

  test('keeps whatever is good, and of a reason that is too long its beginning', () => {
    expect(rollbackFrom('community:riverside')).toEqual({ ...anything, scope: 'community:riverside' });
    expect(rollbackFrom({ scope: 'feature:communities', by: 7, extra: 1 })).toEqual({ ...anything, scope: 'feature:communities' });
    expect(rollbackFrom({ reason: 'x'.repeat(100_000) })).toEqual({ ...anything, reason: 'x'.repeat(2_000) });
    expect(rollbackFrom({ reason: `${'x'.repeat(1_999)}🔥` })).toEqual({ ...anything, reason: 'x'.repeat(1_999) });
    expect(rollbackFrom({ reason: 'zero\0byte', commandId: 'zero\0byte' })).toEqual({ ...anything, reason: 'zerobyte' });
  });
});
