/** What a container's `fieldRef` can ask about its pod. */
export interface PodFields {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly address: string;
}

/** The value of a downward API field, or undefined for a path that Kubernetes does not know either. */
export function fieldValue(path: string, pod: PodFields): string | undefined {
  const entry = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (entry) {
    const [, map, key = ''] = entry;
    return (map === 'labels' ? pod.labels : pod.annotations)[key] ?? '';
  }
  return plainFields(pod)[path];
}

function plainFields(pod: PodFields): Readonly<Record<string, string>> {
  return {
    'metadata.name': pod.name,
    'metadata.namespace': pod.namespace,
    'metadata.uid': pod.uid,
    'spec.nodeName': 'laptop',
    'spec.serviceAccountName': pod.serviceAccount,
    'status.hostIP': '127.0.0.1',
    'status.podIP': pod.address,
    'status.podIPs': pod.address,
  };
}
