import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { Pod, PodOwner } from '#mesh/istiod/config/schema/resource.ts';
import { expand } from '#mesh/kubelet/pods/environment.ts';
import {
  findImage,
  type ImageProgram,
  type ImageTable,
  isPlayed,
  isReal,
  standIn,
} from '#mesh/kubelet/pods/images.ts';
import { nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';

export interface ContainerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

export interface CommandInput {
  readonly container: Container;
  readonly images: ImageTable;
  readonly env: Readonly<Record<string, string>>;
}

/** What to run for a container: the program that plays its image, with its own command and arguments. */
export function commandOf({ container, images, env }: CommandInput): ContainerCommand | undefined {
  const program = findImage(images, container.image);
  if (!program) {
    return undefined;
  }
  if (isPlayed(program)) {
    // It reads what the image's own program would get.
    const given = [...container.command.slice(1), ...container.args].map((part) => expand(part, env));
    const [command = '', ...role] = program.command;
    return { command, args: [...role, ...given], cwd: program.cwd };
  }
  if (program.attended && container.stdin && container.stdinOnce) {
    const [command = '', ...args] = attendedWords(program.attended, container).map((part) =>
      expand(part, env),
    );
    return { command, args, cwd: program.cwd };
  }
  const own = program.overrides === 'replace' && container.command.length > 0;
  const parts = own ? container.command : program.command;
  const passed = program.overrides === 'pass' ? [...container.command, ...container.args] : container.args;
  const args = program.overrides === 'ignore' ? [] : passed;
  const [file = '', ...rest] = [...parts, ...args].map((part) => expand(part, env));
  return { command: file === 'node' ? nodeExecutable : file, args: rest, cwd: program.cwd };
}

/** What somebody at a terminal wants to run: options go to the image's own program, and other words are a command. */
function attendedWords(own: readonly string[], { command, args }: Container): readonly string[] {
  const given = [...command, ...args];
  const isCommand = given.length > 0 && !given[0]?.startsWith('-');
  return isCommand ? given : [...own, ...given];
}

/** Diagnostics about the images and commands of all containers; each unknown image is named once, where it comes first. */
export function checkCommands(owners: readonly PodOwner[], images: ImageTable): Diagnostic[] {
  const unknown = new Set<string>();
  const containers = owners.flatMap((owner): Diagnostic[] =>
    owner.spec.template.spec.containers.flatMap((container, index): Diagnostic[] => {
      const { image } = container;
      const at = (field: string) => ({
        severity: 'error' as const,
        resource: `${owner.kind} ${owner.metadata.namespace}/${owner.metadata.name}`,
        position: owner.document.at(['spec', 'template', 'spec', 'containers', index, field]),
      });
      const program = findImage(images, image);
      if (!program || program === standIn) {
        if (unknown.has(image)) return [];
        unknown.add(image);
        const isFirst = unknown.size === 1;
        if (program)
          return [{ ...at('image'), ...playedByStandIn(image, isFirst), severity: 'warning' as const }];
        const problem = { code: 'M101-IMAGE', message: `no program here plays the image ${image}` };
        // What to do is the same for all of them.
        return [{ ...at('image'), ...problem, ...(isFirst && { fix: extendTable(images) }) }];
      }
      const isFree = program.overrides !== undefined || isPlayed(program) || isReal(program);
      const refused = container.command.length > 0 && !isFree;
      return refused ? [{ ...at('command'), ...fixedCommand(image, program) }] : [];
    }),
  );
  return [
    ...containers,
    ...owners.flatMap((owner) => [...notPrepared(owner, images), ...withoutCommand(owner, images)]),
  ];
}

function notPrepared({ kind, metadata, spec, document }: PodOwner, images: ImageTable): Diagnostic[] {
  return spec.template.spec.initContainers.flatMap((container, index): Diagnostic[] => {
    if (container.restartPolicy === 'Always' || runsItself(container, images)) return [];
    return [
      {
        severity: 'warning',
        code: 'M101-INIT',
        message: nothingPrepared(container),
        fix: ownTable,
        resource: `${kind} ${metadata.namespace}/${metadata.name}`,
        position: document.at(['spec', 'template', 'spec', 'initContainers', index, 'image']),
      },
    ];
  });
}

const ownTable =
  'name a program for the image, with `overrides: replace`, in a table of images (docs/images.md)';

function withoutCommand({ kind, metadata, spec, document }: PodOwner, images: ImageTable): Diagnostic[] {
  const { restartPolicy } = spec.template.spec;
  return spec.template.spec.containers.flatMap((container, index): Diagnostic[] => {
    const mountPaths = container.volumeMounts.map(({ mountPath }) => mountPath);
    const notRun = whatIsNotRun({ kind, restartPolicy }, container, images);
    const notRead = settingsNotRead({ ...container, mountPaths }, images);
    const told = [
      { code: 'M101-NOT-RUN', message: notRun, field: 'image' },
      { code: 'M101-SETTINGS', message: notRead, field: 'volumeMounts' },
    ];
    return told.flatMap(({ code, message, field }) =>
      message === undefined
        ? []
        : {
            ...{ severity: 'warning' as const, code, message, fix: ownTable },
            resource: `${kind} ${metadata.namespace}/${metadata.name}`,
            position: document.at(['spec', 'template', 'spec', 'containers', index, field]),
          },
    );
  });
}

/** Whether what an init container says it does is done: its image's program, with the command that the container gives it. */
export function runsItself({ image, command }: Asked, images: ImageTable): boolean {
  const program = findImage(images, image);
  if (isReal(program)) return true;
  if (!program || isPlayed(program) || program.overrides === 'ignore') return false;
  return command.length === 0 || program.overrides === 'replace';
}

/** What is said of an init container whose program is not run. */
export function nothingPrepared({ name, image }: Pick<Container, 'name' | 'image'>): string {
  return `the program of init container ${name} (image ${image}) is not run: nothing is prepared`;
}

/** What a container asks to be run. */
interface Asked extends Pick<Container, 'name' | 'image'> {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly ports: readonly unknown[];
}

/** What is said of a container that would end by itself, and whose program is not run. */
export function nothingDone({ name, image }: Pick<Asked, 'name' | 'image'>): string {
  return `the program of container ${name} (image ${image}) is not run: nothing is done, and that counts as success`;
}

/** Of what a container is part: the kind that makes its pods, or `Pod`, and how these start again. */
export interface Asking {
  readonly kind: string;
  readonly restartPolicy: string;
}

/** The workload that owns a pod, or the pod by itself. */
export function partOf({ metadata, spec }: Pod): Asking {
  const [owner] = (metadata.ownerReferences ?? []) as readonly { readonly kind?: string }[];
  return { kind: owner?.kind ?? 'Pod', restartPolicy: spec.restartPolicy };
}

/** What is said of a container of which nothing here does what its command would: one that would end does so at once, any other waits. */
export function whatIsNotRun(part: Asking, container: Asked, images: ImageTable): string | undefined {
  return endsAtOnce(part, container, images) ? nothingDone(container) : commandNotRun(container, images);
}

/**
 * Whether a container has nothing to do here, so that whoever waits for its end need not: a Job's program that is not run, or
 * that of a pod by itself that starts no second time, such as a chart's test, unless it serves or would only wait.
 */
export function endsAtOnce({ kind, restartPolicy }: Asking, container: Asked, images: ImageTable): boolean {
  if (kind === 'Job' || kind === 'CronJob') return !runsItself(container, images);
  if (kind !== 'Pod' || restartPolicy === 'Always') return false;
  const unknown = findImage(images, container.image) === standIn && container.ports.length === 0;
  return unknown || commandNotRun(container, images) !== undefined;
}

const waiting =
  /^(?:(?:\/(?:usr\/)?bin\/)?(?:ba|a)?sh|-e?c|while|true|:|do|done|exec|trap|exit|TERM|INT|wait|&|(?:\/bin\/)?sleep|infinity|inf|[\d.]+[smhd]?|tail|-f|\/dev\/null)$/;

/** Undefined for a command that would only wait as well. */
function commandNotRun(
  { name, image, command, args, stdin, stdinOnce }: Asked,
  images: ImageTable,
): string | undefined {
  const program = findImage(images, image);
  if (!program?.attended || program.overrides !== 'ignore' || (stdin && stdinOnce)) return undefined;
  const words = [...command, ...args].flatMap((text) => text.split(/[\s;"']+|(?=&)/)).filter(Boolean);
  if (words.every((word) => waiting.test(word))) return undefined;
  return `the command of container ${name} (image ${image}) is not run: the container waits for \`kubectl exec\``;
}

/** What is said of a container that mounts settings which nothing here reads. */
export function settingsNotRead(
  { name, image, mountPaths }: Pick<Container, 'name' | 'image'> & { readonly mountPaths: readonly string[] },
  images: ImageTable,
): string | undefined {
  const folder = findImage(images, image)?.settings;
  const [path] = mountPaths.filter((mounted) => folder && `${mounted}/`.startsWith(`${folder}/`));
  if (path === undefined) return undefined;
  return `the settings of container ${name} (image ${image}) at ${path} are not read: its ports, routes and proxies have no effect`;
}

/** The diagnostic for an image that a stand-in plays. */
export function playedByStandIn(image: string, withFix = false) {
  return {
    code: 'M101-STAND-IN',
    message: `no program here plays the image ${image}: a stand-in answers in its place`,
    ...(withFix && {
      fix: 'name a program for it in a table of images (docs/images.md), or script its answers with the annotation mesh101.io/stand-in',
    }),
  };
}

/** What to do about an image that nothing here plays. */
export function extendTable(images: ImageTable): string {
  const known = families(images.flatMap(({ patterns }) => patterns)).join(', ');
  return `the laptop plays ${known}; name programs for others in a file like mesh/kubelet/pods/images.yaml, and that file in MESH_IMAGES`;
}

/** `examples-bookinfo-*` for names that begin alike, up to their first slash or second hyphen. */
function families(names: readonly string[]): string[] {
  const prefixOf = (name: string) => /^(?:[^/]+\/|[^-]+-[^-]+-)/.exec(name)?.[0] ?? name;
  return [...Map.groupBy(names, prefixOf)].map(([prefix, [only = prefix, ...more]]) =>
    more.length > 0 ? `${prefix}*` : only,
  );
}

function fixedCommand(image: string, program: ImageProgram) {
  return {
    code: 'M101-COMMAND',
    message: `the image ${JSON.stringify(image)} is played by \`${program.command.join(' ')}\`, and a container cannot replace its command`,
    fix: 'remove `command`, pass `args`, or set `overrides: replace` for the image in a MESH_IMAGES file',
  };
}
