import { createHash, randomInt } from 'node:crypto';

/** Kubernetes' alphabet for generated names: no vowels, so that no words appear, and no look-alikes. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The pod-template-hash: ten letters from everything that makes a new revision of a Deployment. */
export function templateHash(template: unknown, length = 10): string {
  const digest = createHash('sha256').update(JSON.stringify(template)).digest();
  return [...digest.subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

/** The last five letters of a pod's name. */
export function randomSuffix(random: (below: number) => number = (below) => randomInt(below)): string {
  return Array.from({ length: 5 }, () => alphabet[random(alphabet.length)]).join('');
}

/** As Kubernetes names the pods of a Deployment. */
export function podName(
  { metadata }: { readonly metadata: { readonly name: string } },
  hash: string,
  suffix: string,
): string {
  return `${metadata.name}-${hash}-${suffix}`;
}
