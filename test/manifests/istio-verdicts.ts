/** What Istio says of the manifests of a file, by their names; one that it takes without a word is not there. */
export type Verdicts = Readonly<Record<string, Verdict>>;

export interface Verdict {
  readonly refused?: readonly string[];
  readonly warned?: readonly string[];
}

const line = /^\t\* \w+\/\w*\/([^:]+): (.*)$/;

/** The lines of `istioctl validate`, by the object they are about. */
export function verdictsOf(output: string): Verdicts {
  const verdicts = new Map<string, { refused?: string[]; warned?: string[] }>();
  let kind: 'refused' | 'warned' = 'warned';
  for (const text of output.split('\n')) {
    if (/has warnings:/.test(text)) kind = 'warned';
    if (/errors? occurred:$/.test(text) && text.startsWith('Error:')) kind = 'refused';
    const [, name, message] = line.exec(text) ?? [];
    if (name === undefined || message === undefined) continue;
    const verdict = verdicts.get(name) ?? {};
    // Of a map's members Istio speaks in any order.
    verdict[kind] = [...(verdict[kind] ?? []), message].sort();
    verdicts.set(name, verdict);
  }
  return Object.fromEntries(verdicts);
}
