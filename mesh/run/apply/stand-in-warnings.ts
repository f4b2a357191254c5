import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Change } from '#mesh/apiserver/rules.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { playedByStandIn, settingsNotRead, whatIsNotRun } from '#mesh/kubelet/pods/container-command.ts';
import { findImage, type ImageTable, standIn } from '#mesh/kubelet/pods/images.ts';
import { scriptOf } from '#mesh/kubelet/stand-ins/script.ts';

interface PodTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers?: readonly Container[]; readonly restartPolicy?: string };
}

interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
  readonly ports?: readonly unknown[];
  readonly volumeMounts?: readonly { readonly mountPath?: string }[];
}

/** They copy what a person has written. */
const controllers = /-controller$|^kubelet$/;

/**
 * For the `Warning` headers of writes: each image that only a stand-in plays, once for the life of a mesh, and scripts that
 * cannot be read.
 */
export function standInWarnings(
  tableFor: (resources: readonly Resource[]) => ImageTable,
): (change: Change, manager: string) => readonly string[] {
  const told = new Set<string>();
  return ({ after }, manager) => {
    if (!after || controllers.test(manager)) return [];
    const template = templateOf(after);
    const containers = template?.spec?.containers ?? [];
    const table = tableFor([]);
    const images = containers.map(({ image = '' }) => image);
    const unknown = [...new Set(images)].filter((image) => findImage(table, image) === standIn);
    const news = unknown.filter((image) => !told.has(image));
    for (const image of news) told.add(image);
    return [
      ...news.map((image) => playedByStandIn(image).message),
      ...scriptMistakes(template),
      ...idle(after, template ?? {}, table),
    ];
  };
}

/** Of a workload that makes pods, or of a pod itself. */
function templateOf(object: KubernetesObject): PodTemplate | undefined {
  const spec = object['spec'] as
    | {
        readonly template?: PodTemplate;
        readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplate } };
      }
    | undefined;
  if (object.kind === 'Pod') return object as PodTemplate;
  return spec?.template ?? spec?.jobTemplate?.spec?.template;
}

/** Containers whose own command or settings would do what nothing here does. */
function idle({ kind }: KubernetesObject, { spec }: PodTemplate, table: ImageTable): string[] {
  const part = { kind, restartPolicy: spec?.restartPolicy ?? 'Always' };
  return (spec?.containers ?? []).flatMap(({ name = '', image = '', command, args, ports, ...input }) => {
    const container = {
      ...{ name, image, command: command ?? [], args: args ?? [], ports: ports ?? [] },
      ...{ stdin: input.stdin ?? false, stdinOnce: input.stdinOnce ?? false },
    };
    const mountPaths = (input.volumeMounts ?? []).map(({ mountPath = '' }) => mountPath);
    return [
      whatIsNotRun(part, container, table) ?? [],
      settingsNotRead({ name, image, mountPaths }, table) ?? [],
    ].flat();
  });
}

function scriptMistakes({ metadata, spec }: PodTemplate = {}): readonly string[] {
  const containers = spec?.containers ?? [];
  const texts = containers.flatMap(({ name = '' }) => {
    const found = scriptOf(metadata?.annotations ?? {}, name);
    return found && 'mistake' in found
      ? `line ${found.line} of the annotation ${found.annotation}: ${found.mistake}`
      : [];
  });
  return [...new Set(texts)];
}
