import { closest, distance } from 'fastest-levenshtein';

/** The candidate that a misspelt name most likely means; undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  const sameLetters = all.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (sameLetters !== undefined || all.length === 0) return sameLetters;
  const best = closest(
    name.toLowerCase(),
    all.map((candidate) => candidate.toLowerCase()),
  );
  const found = all.find((candidate) => candidate.toLowerCase() === best);
  return found !== undefined && distance(name.toLowerCase(), best) <= tolerance(name) ? found : undefined;
}

/** A third of the letters may differ: `vesion` means `version`, but `foo` does not mean `v1`. */
function tolerance(name: string): number {
  return Math.max(1, Math.floor(name.length / 3));
}

/** An instruction that names the nearest candidate, or else lists them all. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const all = [...new Set(candidates)].sort();
  const match = nearest(name, all);
  if (match !== undefined) return `did you mean \`${match}\`?`;
  return all.length === 0
    ? 'remove it'
    : `use one of ${all.map((candidate) => `\`${candidate}\``).join(', ')}`;
}
