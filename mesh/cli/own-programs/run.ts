import type { Invocation } from '#mesh/cli/context.ts';
import { meshKubectl } from '#mesh/cli/own-programs/kubectl.ts';
import { PLACEHOLDER, placeOf } from '#mesh/cli/own-programs/place.ts';
import { supervise, withTakeover } from '#mesh/cli/own-programs/supervise.ts';
import { CommandFailure, type NamespaceFlags, namespaceOf } from '#mesh/cli/usage-error.ts';

export interface RunFlags extends NamespaceFlags {
  readonly port: number;
}

const NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `mesh run NAME -- COMMAND…`: a program of this machine as a workload of the mesh, until it ends. */
export async function run({ context, operands, options }: Invocation<RunFlags>): Promise<number> {
  const [name = '', ...words] = operands;
  if (!NAME.test(name)) {
    throw new CommandFailure(
      `error: "${name}" is not a name for a Service: use lower-case letters, digits and dashes, a letter first, at most 63`,
    );
  }
  if (words.length === 0)
    throw new CommandFailure(`error: the command to run is missing; write \`mesh run ${name} -- COMMAND\``);
  const namespace = namespaceOf(options);
  const client = await context.connect();
  const kubectl = await meshKubectl(context);
  const known = await client.objects({ kind: 'Deployment', namespace });
  if (known.some(({ metadata }) => metadata.name === name)) {
    throw new CommandFailure(
      `error: there already is a Deployment ${name}; \`mesh replace deploy/${name} -- …\` runs the program in its place`,
    );
  }
  const kinds = 'deployment,service,serviceaccount';
  const restore = [{ args: ['delete', kinds, name, '-n', namespace, '--ignore-not-found', '--wait=false'] }];
  return withTakeover({ kubectl, restore }, async (started) => {
    const input = manifestsOf({ name, namespace, port: options.port });
    await kubectl.run({ args: ['apply', '-f', '-'], input });
    const place = await placeOf(client, { workload: name, namespace });
    return supervise(context, { ...place, words, address: `http://${name}.${namespace}/` }, started);
  });
}

interface OwnWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
}

/** A Deployment, a Service at port 80 and a ServiceAccount. */
export function manifestsOf({ name, namespace, port }: OwnWorkload): string {
  const metadata = { name, namespace, labels: { app: name } };
  const container = { name, image: PLACEHOLDER, ports: [{ name: 'http', containerPort: port }] };
  const template = {
    metadata: { labels: { app: name, version: 'local' } },
    spec: { serviceAccountName: name, containers: [container] },
  };
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
      spec: { selector: { matchLabels: { app: name } }, template },
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
