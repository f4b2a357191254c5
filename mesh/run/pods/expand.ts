/**
 * Replaces `$(NAME)` as Kubernetes does in env values, commands and arguments: `$$` is a dollar sign, and a reference
 * to an unknown name stays as it is (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, inner: string, name: string | undefined) =>
    inner === '$' ? '$' : (variables[name ?? ''] ?? whole),
  );
}
