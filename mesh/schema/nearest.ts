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

/** A third of the letters may differ, two at least (a swap of two counts as two), but one only of a very short name. */
function tolerance(name: string): number {
  return name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
}

/** An instruction that names the nearest candidate, or else lists them all. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const all = [...candidates];
  const match = nearest(name, all);
  return match === undefined ? useOneOf(all) : `did you mean \`${match}\`?`;
}

/** An instruction that lists the candidates; for numbers, among which nearness means nothing. */
export function useOneOf(candidates: Iterable<string>): string {
  const names = [...new Set(candidates)].sort().map((candidate) => `\`${candidate}\``);
  if (names.length === 0) return 'remove it';
  return names.length === 1 ? `use ${names[0]}` : `use one of ${names.join(', ')}`;
}
