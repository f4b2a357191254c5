import { z } from 'zod';
import type { Invocation } from '#mesh/cli/context.ts';
import { meshKubectl } from '#mesh/cli/own-programs/kubectl.ts';
import { PLACEHOLDER, placeOf } from '#mesh/cli/own-programs/place.ts';
import { supervise, withTakeover } from '#mesh/cli/own-programs/supervise.ts';
import { CommandFailure, type NamespaceFlags, namespaceOf } from '#mesh/cli/usage-error.ts';
import { didYouMean } from '#mesh/nearest.ts';
import type { Client } from '#mesh/run/client.ts';

/** The fields that change; the rest stays as it is. */
const deployment = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })).min(1) }),
    }),
  }),
});
type Deployment = z.output<typeof deployment>;

/** `mesh replace deploy/NAME -- COMMAND…`: a program of this machine in place of a Deployment's pods, until it ends. */
export async function replace({ context, operands, options }: Invocation<NamespaceFlags>): Promise<number> {
  const [target = '', ...words] = operands;
  const name = target.replace(/^(deploy|deployments?)(\.apps)?\//, '');
  if (words.length === 0) {
    throw new CommandFailure(
      `error: the command to run is missing; write \`mesh replace ${target} -- COMMAND\``,
    );
  }
  const namespace = namespaceOf(options);
  const client = await context.connect();
  await expectDeployment(client, { name, namespace });
  const kubectl = await meshKubectl(context);
  const text = await kubectl.run({ args: ['get', 'deployment', name, '-n', namespace, '-o', 'json'] });
  const before = deployment.parse(JSON.parse(text));
  const write = (object: Deployment) => ({
    args: ['replace', '-n', namespace, '-f', '-'],
    input: JSON.stringify(withoutVersion(object)),
  });
  return withTakeover({ kubectl, restore: [write(before)] }, async (started) => {
    await kubectl.run(write(withPlaceholder(before)));
    const place = await placeOf(client, { workload: name, namespace });
    return supervise(context, { ...place, words, address: `deploy/${name}` }, started);
  });
}

async function expectDeployment(
  client: Client,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Promise<void> {
  const found = await client.objects({ kind: 'Deployment', namespace });
  const names = found.map(({ metadata }) => metadata.name);
  if (names.includes(name)) return;
  const hint = names.length > 0 ? didYouMean(name, names) : 'the namespace has none';
  throw new CommandFailure(`error: there is no Deployment ${name} in namespace ${namespace}; ${hint}`);
}

/** The object that was read may be older by then; only the pod's template counts. */
function withoutVersion({ metadata, status: _, ...rest }: Deployment): object {
  const {
    resourceVersion: _version,
    uid: _uid,
    generation: _generation,
    managedFields: _fields,
    ...kept
  } = metadata;
  return { ...rest, metadata: kept };
}

/** One pod whose first container only waits, with the ports, the variables and the identity that it had. */
export function withPlaceholder(before: Deployment): Deployment {
  const { template } = before.spec;
  const [first, ...others] = template.spec.containers;
  const { command, args, lifecycle, livenessProbe, readinessProbe, startupProbe, ...kept } = first ?? {
    name: '',
  };
  const containers = [{ ...kept, image: PLACEHOLDER }, ...others];
  const changed = { ...template, spec: { ...template.spec, containers } };
  return { ...before, spec: { ...before.spec, replicas: 1, template: changed } };
}
