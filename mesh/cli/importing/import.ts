import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { CliContext, Invocation } from '#mesh/cli/context.ts';
import {
  asWritten,
  type ClusterObject,
  clusterObject,
  IMPORTED,
  isWritten,
} from '#mesh/cli/importing/objects.ts';
import { secretStandIns } from '#mesh/cli/importing/secret-stand-ins.ts';
import { type Kubectl, kubectlAt } from '#mesh/cli/own-programs/kubectl.ts';
import { CommandFailure, type NamespaceFlags } from '#mesh/cli/usage-error.ts';

export interface ImportFlags extends NamespaceFlags {
  readonly context?: string;
  readonly directory: string;
  readonly up?: boolean;
}

const list = z.object({ items: z.array(clusterObject) });

/** `mesh import`: a cluster's workloads, Services and Istio's objects as a folder of manifests, without its Secrets. */
export async function importCluster(call: Invocation<ImportFlags>): Promise<number> {
  const { context, options } = call;
  const folder = resolve(context.cwd, options.directory);
  await expectEmpty(folder);
  const command = await context.provideKubectl((note) => context.stderr.write(`${note}\n`));
  const source: Source = { kubectl: kubectlAt(command, context.env), flags: sourceFlags(options) };
  const read = await readAll(context, source);
  const written = read.filter(isWritten).map(asWritten);
  if (written.length === 0) throw new CommandFailure('error: the cluster has nothing to import');
  const namespaces = await namespacesOf(context, source, written);
  const secrets = await secretStandIns(written);
  const files = await write(folder, [...namespaces, ...secrets, ...written]);
  report(context, { folder: options.directory, written, secrets });
  if (!options.up) {
    context.stdout.write(`Start a mesh with them: mesh up -R -f ${options.directory}\n`);
    return 0;
  }
  const { up } = await import('#mesh/cli/lifecycle/up.ts');
  return up({
    ...{ context, argv: call.argv, operands: [] },
    options: { filename: files, outboundPolicy: 'REGISTRY_ONLY' },
  });
}

async function expectEmpty(folder: string): Promise<void> {
  const there = await readdir(folder).catch(() => []);
  if (there.length === 0) return;
  throw new CommandFailure(`error: ${folder} is not empty; name another folder with -d, or empty this one`);
}

interface Source {
  readonly kubectl: Kubectl;
  readonly flags: readonly string[];
}

function sourceFlags({ context, namespace }: ImportFlags): readonly string[] {
  const where = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace];
  return [...(context === undefined ? [] : ['--context', context]), ...where];
}

/** Reads kind by kind, and warns of kinds that it may not read. */
async function readAll(context: CliContext, { kubectl, flags }: Source): Promise<readonly ClusterObject[]> {
  const served = await kubectl.run({
    args: ['api-resources', '--verbs=list', '--namespaced', '-o', 'name', ...contextOf(flags)],
  });
  const known = new Set(served.split('\n'));
  const refused: string[] = [];
  const objects: ClusterObject[] = [];
  for (const kind of IMPORTED.filter((name) => known.has(name))) {
    try {
      const text = await kubectl.run({ args: ['get', kind, '-o', 'json', ...flags] });
      objects.push(...list.parse(JSON.parse(text)).items);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      if (!/forbidden/i.test(error.message)) throw error;
      refused.push(kind);
    }
  }
  if (refused.length > 0) context.stderr.write(refusal(refused, flags));
  return objects;
}

function contextOf(flags: readonly string[]): readonly string[] {
  const at = flags.indexOf('--context');
  return at < 0 ? [] : flags.slice(at, at + 2);
}

function refusal(kinds: readonly string[], flags: readonly string[]): string {
  const everywhere = flags.includes('--all-namespaces');
  const fix = everywhere
    ? 'you may be allowed to read one namespace: -n NAME'
    : 'ask for the verb `list` (the ClusterRole `view` has most of them)';
  return `warning: the cluster does not let you list ${kinds.join(', ')}, so they are left out\n  fix: ${fix}\n`;
}

/** With their labels, which say whether pods get sidecars; those that may not be read get Istio's. */
async function namespacesOf(
  context: CliContext,
  { kubectl, flags }: Source,
  objects: readonly ClusterObject[],
): Promise<readonly ClusterObject[]> {
  const names = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))].sort();
  const read = names
    .filter((name) => name !== 'istio-system')
    .map(async (name) => {
      try {
        const args = ['get', 'namespace', name, '-o', 'json', ...contextOf(flags)];
        const object = clusterObject.parse(JSON.parse(await kubectl.run({ args })));
        const { spec: _, ...kept } = asWritten(object);
        return kept as ClusterObject;
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        context.stderr.write(`warning: cannot read the namespace ${name}, so its pods get sidecars\n`);
        const metadata = { name, labels: { 'istio-injection': 'enabled' } };
        return { apiVersion: 'v1', kind: 'Namespace', metadata };
      }
    });
  return Promise.all(read);
}

/** One file for each kind of a namespace; resolves with their paths, namespaces first. */
async function write(folder: string, objects: readonly ClusterObject[]): Promise<readonly string[]> {
  const groups = Map.groupBy(objects, ({ kind, metadata, apiVersion }) => {
    if (kind === 'Namespace') return 'namespaces.yaml';
    // Two kinds are called Gateway.
    const name = apiVersion.startsWith('gateway.networking') ? `${kind}-api` : kind;
    return join(metadata.namespace ?? 'default', `${name.toLowerCase()}.yaml`);
  });
  const files: string[] = [];
  for (const [name, group] of groups) {
    const file = join(folder, name);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, group.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'));
    files.push(file);
  }
  return files;
}

interface Imported {
  readonly folder: string;
  readonly written: readonly ClusterObject[];
  readonly secrets: readonly ClusterObject[];
}

function report({ stdout }: CliContext, { folder, written, secrets }: Imported): void {
  const counts = [...Map.groupBy(written, ({ kind }) => kind)].map(([kind, all]) => `${all.length} ${kind}`);
  stdout.write(`${folder}: ${counts.join(', ')}\n`);
  for (const { metadata } of secrets) {
    stdout.write(
      `Secret ${metadata.namespace}/${metadata.name} is a stand-in: fill in what the programs need\n`,
    );
  }
}
