import { closest, distance } from 'fastest-levenshtein';

/** A mesh of thousands of objects with thousands of mistakes must not compare each with each. */
const MOST_COMPARED = 500;
/** Nobody reads more, and a message must not grow with the mesh. */
const MOST_LISTED = 60;
/** A longer name is no slip of the pen. */
const LONGEST = 300;

/** The candidate that a misspelt name most likely means; undefined when none is near. Only the first few hundred count. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  const all = first(candidates, MOST_COMPARED).filter((candidate) => candidate.length <= LONGEST);
  const sameLetters = all.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (sameLetters !== undefined || all.length === 0) return sameLetters;
  const best = closest(
    name.toLowerCase(),
    all.map((candidate) => candidate.toLowerCase()),
  );
  const found = all.find((candidate) => candidate.toLowerCase() === best);
  return found !== undefined && distance(name.toLowerCase(), best) <= tolerance(name) ? found : undefined;
}

/** A third of the letters may differ, two at least (a swap of two counts as two), but one only of a very short name. */
function tolerance(name: string): number {
  return name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
}

/** An instruction that names the nearest candidate, or else lists them all. */
export function didYouMean(name: string, candidates: ReadonlySet<string> | readonly string[]): string {
  const match = nearest(name, candidates);
  return match === undefined ? useOneOf(candidates) : `did you mean \`${match}\`?`;
}

/** An instruction that lists the candidates; for numbers, among which nearness means nothing. */
export function useOneOf(candidates: Iterable<string>): string {
  const names = [...new Set(first(candidates, MOST_COMPARED))].sort();
  const shown = names.slice(0, MOST_LISTED).map((name) => `\`${name}\``);
  if (shown.length === 0) return 'remove it';
  if (shown.length === 1) return `use ${shown[0]}`;
  return `use one of ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}

function first(items: Iterable<string>, most: number): string[] {
  const found: string[] = [];
  for (const item of items) {
    if (found.length === most) break;
    found.push(item);
  }
  return found;
}
