// The known name that a person most likely meant.
import { must } from './must.js';

/** Names that a message lists. */
const MOST_LISTED = 40;

/** Undefined where none is near. Case, hyphens and underscores do not count: `learning_rate` is `learningRate`. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = bare(name);
  const most = Math.max(1, Math.floor(wanted.length / 3));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(wanted, bare(candidate));
    if (distance <= most && (best === undefined || distance < best.distance)) best = { name: candidate, distance };
  }
  return best?.name;
}

/** "; did you mean 'trials'?", or nothing. */
export function hint(name: string, known: Iterable<string>): string {
  const found = nearest(name, known);
  return found === undefined || found === name ? '' : `; did you mean '${found}'?`;
}

/** What a person may have meant: "one of a, b, c, got 'd'; did you mean 'c'?". A long list is cut. @param got what stands between the two. */
export function oneOf(known: readonly string[], name: string, got = ', got'): string {
  const rest = known.length - MOST_LISTED;
  const names = rest > 0 ? `${known.slice(0, MOST_LISTED).join(', ')} and ${rest} more` : known.join(', ');
  return `one of ${names}${got} '${name}'${hint(name, known)}`;
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the other (optimal string alignment). */
function editDistance(from: string, to: string): number {
  // A name is short; what is not cannot be near.
  if (Math.abs(from.length - to.length) > 10 || from.length > 100) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const ways = [
        must(last[j], 'a distance') + 1,
        must(row[j - 1], 'a distance') + 1,
        must(last[j - 1], 'a distance') + (isSame ? 0 : 1),
      ];
      row.push(Math.min(...ways, isSwapped ? must(before[j - 2], 'a distance') + 1 : Infinity));
    }
    [before, last] = [last, row];
  }
  return must(last.at(-1), 'a distance');
}
