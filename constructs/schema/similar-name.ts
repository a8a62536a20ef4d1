/**
 * The name among `names` that `wrong` was most likely meant to be, or undefined when none comes near.
 *
 * Near means: equal but for case, or one edit away, or two in a name of six letters or more, or three in twelve.
 * Swapping two neighbours counts as one edit.
 */
export function similarName(wrong: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = wrong.length >= 12 ? 3.5 : wrong.length >= 6 ? 2.5 : 1.5;
  for (const name of names) {
    const edits = name.toLowerCase() === wrong.toLowerCase() ? 0 : distance(wrong, name, least);
    if (edits >= least) continue;
    best = name;
    least = edits;
  }
  return best;
}

/** Optimal string alignment distance; `limit` when it is not less than that. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || Math.min(a.length, b.length) < limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits = Math.min(edits, before[j - 2]! + 1);
      row.push(edits);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}
