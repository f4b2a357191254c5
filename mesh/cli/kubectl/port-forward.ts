import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { findObject } from '#mesh/cli/kubectl/find-objects.ts';
import { type Forwarding, startForwarding } from '#mesh/cli/kubectl/forward-port.ts';
import { listField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import { parseTarget } from '#mesh/cli/kubectl/resource-arguments.ts';
import { targetPods } from '#mesh/cli/kubectl/target-pod.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

/**
 * `kubectl port-forward svc/NAME 8080:80`: local ports that lead to the program in a pod, past its sidecar as in a
 * cluster. Ends at Ctrl-C.
 */
export async function portForward({
  context,
  operands,
  options,
}: Invocation<NamespaceFlags>): Promise<number> {
  const [word = '', ...pairs] = operands;
  const client = await context.connect();
  const namespace = namespaceOf(options);
  const [pod] = await targetPods(client, { word, namespace });
  const target = parseTarget(word);
  const owner = await findObject(client, { ...target, namespace });
  const leads = await portsOf(client, pod);
  const wanted = pairs.map((pair) => route(pair, { owner, pod, leads }));
  const running: Forwarding[] = [];
  try {
    for (const { local, declared, bound } of wanted) {
      const write = (line: string) => void context.stdout.write(`${line}\n`);
      running.push(await startForwarding({ local, declared, bound, write }));
    }
    await context.interrupted();
  } finally {
    for (const forwarding of running) forwarding.close();
  }
  return 0;
}

interface Destination {
  readonly owner: KubernetesObject;
  readonly pod: KubernetesObject;
  /** From the ports that the pod declares to those that its program has on this machine. */
  readonly leads: ReadonlyMap<number, number>;
}

/** `8080:9080`, `9080` for the same on both sides, `:9080` for any free local port. */
function route(pair: string, { owner, pod, leads }: Destination) {
  const [, local, remote = local ?? ''] = /^(\d*)(?::([\w-]+))?$/.exec(pair) ?? [];
  const declared = declaredPort(remote, { owner, pod });
  const bound = declared === undefined ? undefined : leads.get(declared);
  if (declared !== undefined && bound !== undefined) return { local: Number(local || 0), declared, bound };
  const known = knownPorts(owner, leads).join(', ') || 'none';
  throw new CommandFailure(
    `error: ${owner.kind.toLowerCase()}/${owner.metadata.name} has no port "${remote || pair}"; it has: ${known}`,
  );
}

function knownPorts(owner: KubernetesObject, leads: Destination['leads']): readonly (string | number)[] {
  if (owner.kind !== 'Service') return [...leads.keys()];
  return listField(owner, 'spec', 'ports').map((port) => textField(port, 'port'));
}

/** A Service's port leads to its target port. */
function declaredPort(remote: string, { owner, pod }: Omit<Destination, 'leads'>): number | undefined {
  if (owner.kind !== 'Service') return Number(remote) || portNamed(remote, pod);
  const port = listField(owner, 'spec', 'ports').find(
    (candidate) => textField(candidate, 'port') === remote || textField(candidate, 'name') === remote,
  );
  if (!port) return undefined;
  const target = textField(port, 'targetPort') || textField(port, 'port');
  return Number(target) || portNamed(target, pod);
}

function portNamed(name: string, pod: KubernetesObject): number | undefined {
  const ports = listField(pod, 'spec', 'containers').flatMap((container) => listField(container, 'ports'));
  const port = ports.find((candidate) => name !== '' && textField(candidate, 'name') === name);
  return port === undefined ? undefined : Number(textField(port, 'containerPort'));
}

async function portsOf(client: Client, pod: KubernetesObject): Promise<ReadonlyMap<number, number>> {
  const { name, namespace = 'default' } = pod.metadata;
  const { env } = await client.execTarget({ name, namespace });
  const pairs = (env['PORT_MAP'] ?? '').split(',').filter(Boolean);
  if (pairs.length > 0) return new Map(pairs.map((pair) => pair.split(':').map(Number) as [number, number]));
  // A gateway's pod is all proxy.
  const { pods } = await client.overview();
  const row = pods.find((candidate) => candidate.name === name && candidate.namespace === namespace);
  return new Map(Object.entries(row?.ports ?? {}).map(([declared, bound]) => [Number(declared), bound]));
}
