/** The known word that was probably meant by a mistyped one. */

/** More changes than these make another word; of a short word, more than one. */
const MOST_CHANGES = 2;
const SHORT = 5;

export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = word.length <= SHORT ? Math.min(1, word.length - 1) : MOST_CHANGES;
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    const changes = changesBetween(word, candidate);
    if (changes < least) [best, least] = [candidate, changes];
  }
  return best ?? known.find((candidate) => isBeginning(word, candidate) || isBeginning(candidate, word));
}

/** What to say behind a mistyped word: nothing, when nothing is near. */
export function suggestion(word: string, known: readonly string[], prefix = ''): string {
  const near = nearest(word, known);
  return near === undefined || near === word ? '' : `; did you mean ${prefix}${near}?`;
}

function isBeginning(part: string, word: string): boolean {
  return part.length > 2 && word.startsWith(part);
}

/** Letters put in, left out, replaced or swapped with their neighbour. Source: Damerau's distance, restricted. */
function changesBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let changes = Math.min(replaced, rows[i - 1]![j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        changes = Math.min(changes, rows[i - 2]![j - 2]! + 1);
      }
      row.push(changes);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
