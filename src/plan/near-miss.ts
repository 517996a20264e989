/** The known name that was probably meant: at most two letters away, and fewer for short names; undefined when nothing is near. */
export function nearMiss(written: string, known: readonly string[]): string | undefined {
  const allowed = Math.min(2, Math.floor(written.length / 3));
  const near = known
    .map((name) => ({ name, distance: editDistance(plain(written), plain(name)) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.name;
}

/** Says what is possible: the near miss when there is one, else everything known (shortened when long). */
export function didYouMean(written: string, known: readonly string[]): string {
  const near = nearMiss(written, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (known.length === 0) return 'there are none.';
  const shown = known.slice(0, 20).join(', ');
  return `possible here: ${shown}${known.length > 20 ? ' …' : ''}.`;
}

/** Spaces, dashes and underscores are often confused, and so is writing names in one word. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}

/** Inserted, lost, changed and swapped letters between two words; gives up early on words of very different length. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : 3;
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same, swapped));
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 3;
}
