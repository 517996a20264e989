/**
 * Smallest whole number from `from` to `to` (both included) for which `holds`, given that it keeps holding once it does; undefined when it never
 * does. Doubles its steps, then halves them, so a near answer is cheap and a far one takes some forty questions.
 */
export function smallestFrom(from: number, to: number, holds: (candidate: number) => boolean): number | undefined {
  if (from > to) return undefined;
  let below = from - 1;
  let reached = from;
  for (let step = 1; !holds(reached); step *= 2) {
    if (reached === to) return undefined;
    below = reached;
    reached = Math.min(reached + step, to);
  }
  while (reached - below > 1) {
    const middle = below + Math.floor((reached - below) / 2);
    if (holds(middle)) reached = middle;
    else below = middle;
  }
  return reached;
}
