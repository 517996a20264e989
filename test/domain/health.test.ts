import { expect, test } from 'vitest';
import { launchHealth, situationHealth } from '../../src/domain/health.ts';
import { unseen } from '../../src/domain/launch.ts';
import { healthy, inPhase, rolledBack, seeing, start } from './launch-builder.ts';

test.each([
  [healthy, 'healthy'],
  [seeing({ pending: ['healthy'] }), 'pending'],
  [unseen, 'unknown'],
  [seeing({ blind: ['healthy'], pending: ['x'] }), 'unknown'],
  [seeing({ missed: ['healthy'], blind: ['x'], pending: ['y'] }), 'unhealthy'],
])('what was seen is the gravest of it: %j is %s', (situation, health) => {
  expect(situationHealth(situation)).toBe(health);
});

test('a launch is the gravest that holds: over, rolled back, held, and else what was seen', () => {
  const hold = { by: 'ops', reason: 'x', at: start, source: 'person' as const };
  const held = inPhase('pilot', { holds: [hold] });
  expect(launchHealth(inPhase('pilot'))).toBe('healthy');
  expect(launchHealth(held)).toBe('held');
  expect(launchHealth(rolledBack(held))).toBe('rolled back');
  for (const stage of ['completed', 'abandoned', 'cancelled'] as const) expect(launchHealth({ ...rolledBack(held), stage })).toBe('over');
});
