import type { Random } from '#platform/random.ts';

/** How three clients at once change a few objects: small numbers, so that they meet. */
export type RandomWrite =
  | { readonly verb: 'create' | 'replace' | 'patch'; readonly name: string; readonly marker: string }
  /** What an Envoy refuses, though every check lets it pass. */
  | { readonly verb: 'refused'; readonly name: string }
  | { readonly verb: 'delete'; readonly name: string };

const verbs = ['create', 'create', 'replace', 'patch', 'patch', 'delete', 'refused'] as const;

/** What one client does, in its order; every marker is another one. */
export function randomWrites(
  random: Random,
  {
    client,
    count,
    names,
  }: { readonly client: string; readonly count: number; readonly names: readonly string[] },
): readonly RandomWrite[] {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const [verb, name] = [pick(verbs), pick(names)];
    return verb === 'delete' || verb === 'refused'
      ? { verb, name }
      : { verb, name, marker: `${client}-${index}` };
  });
}

/** The codes by which a write may fail among others' writes: it was not there, somebody was faster, an Envoy refused it. */
export const expectedFailures: ReadonlySet<number> = new Set([404, 409, 422]);
