import type { Plan } from '../../src/domain/plan.ts';

const hour = 3_600_000;

/**
 * The carpool plan in a hurry: looked at every hour, two hours of healthy time are enough, and a wave joins every four hours. What is decided by whom, by
 * which evidence and with which effects is as in the plan; only how long it takes is not.
 */
export function brisk(plan: Plan): Plan {
  const cadence = [{ everyMs: hour, untilMs: null }];
  const soaks = <R extends { readonly soakMs: number }>(gate: Readonly<Record<string, R>>) =>
    Object.fromEntries(Object.entries(gate).map(([name, rule]) => [name, { ...rule, soakMs: Math.min(rule.soakMs, 2 * hour) }]));
  const phases = plan.phases.map((phase): Plan['phases'][number] => {
    const { maximumStayMs: _, ...rest } = phase;
    const waves = phase.audience.kind === 'waves' ? phase.audience.waves : [];
    return {
      ...rest,
      minimumStayMs: Math.min(phase.minimumStayMs, (waves.length > 0 ? 12 : 2) * hour),
      cadence,
      checkIns: null,
      audience:
        waves.length > 0 ? { kind: 'waves', waves: waves.map((wave, index) => ({ ...wave, afterMs: index * 4 * hour })) } : phase.audience,
      passesWhen: soaks(phase.passesWhen),
      eachCommunity: phase.eachCommunity && { ...phase.eachCommunity, cadence, criteria: soaks(phase.eachCommunity.criteria) },
    };
  });
  const probes = Object.fromEntries(
    Object.entries(plan.probes).map(([name, probe]) => [name, probe.kind === 'human' ? probe : { ...probe, freshMs: 3 * hour }]),
  );
  return { ...plan, phases, probes, review: { ...plan.review, afterMs: 24 * hour } };
}
