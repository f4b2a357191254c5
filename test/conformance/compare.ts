/** Whether times of two machines are of one class; seconds. What was quick may be slow on a machine with much to do. */
function sameTime(recorded: number, measured: number): boolean {
  return measured >= 0.75 * recorded - 0.05 && measured <= 1.5 * recorded + 1;
}

const secondsIn = (facts: readonly string[]) =>
  Number(facts.find((fact) => /^took .* s$/.test(fact))?.split(' ')[1] ?? 0);
const timeless = (facts: readonly string[]) => new Set(facts.filter((fact) => !/^took .* s$/.test(fact)));

/** What differs between the recorded facts and those of the laptop; empty where they are the same. */
export function differences(recorded: readonly string[], seen: readonly string[]): readonly string[] {
  const [mine, theirs] = [timeless(seen), timeless(recorded)];
  const [short, long] = [secondsIn(recorded), secondsIn(seen)];
  return [
    ...[...theirs].filter((fact) => !mine.has(fact)).map((fact) => `Istio: ${fact}`),
    ...[...mine].filter((fact) => !theirs.has(fact)).map((fact) => `laptop: ${fact}`),
    ...(sameTime(short, long) ? [] : [`Istio took ${short} s, the laptop ${long} s`]),
  ];
}

/** Whether more requests may still show what is recorded: nothing is there that is not recorded. */
export function mayBecomeSame(recorded: readonly string[], seen: readonly string[]): boolean {
  const theirs = timeless(recorded);
  return [...timeless(seen)].every((fact) => theirs.has(fact));
}
