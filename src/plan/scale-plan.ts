import type { Plan } from '../domain/plan.ts';

/**
 * The same plan, `speed` times as fast: every duration divided by it, rounded up, so that what takes time still takes 1 ms at least. 0 stays 0.
 * Nothing else changes: counts, rates and the time a machine may take for an answer. Throws a RangeError on a speed that is not above 0.
 */
export function scalePlan(plan: Plan, speed: number): Plan {
  if (!(Number.isFinite(speed) && speed > 0)) throw new RangeError(`A plan's speed must be a number above 0, not ${speed}.`);
  const scaled = divide(plan, speed) as Plan;
  // A setting is the product's own, even if its name ends as our durations do.
  return { ...scaled, phases: scaled.phases.map((phase, index) => ({ ...phase, settings: plan.phases[index]?.settings ?? {} })) };
}

function divide(value: unknown, speed: number): unknown {
  if (Array.isArray(value)) return value.map((item) => divide(item, speed));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key.endsWith('Ms') ? divideTime(inner, speed) : divide(inner, speed)]),
  );
}

/** A duration or a list of them; anything else under such a name (a criterion may be called so) is looked into. */
function divideTime(value: unknown, speed: number): unknown {
  if (typeof value === 'number') return Math.ceil(value / speed);
  return Array.isArray(value) ? value.map((item) => divideTime(item, speed)) : divide(value, speed);
}
