import type { Diagnostic } from '#mesh/diagnostic.ts';
import { expand } from '#mesh/run/pods/expand.ts';
import { findImage, type ImageProgram, type ImageTable } from '#mesh/run/pods/images.ts';
import { nodeExecutable } from '#mesh/run/process/node-executable.ts';
import type { Container } from '#mesh/schema/kubernetes/container.ts';
import type { Deployment } from '#mesh/schema/resource.ts';

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
  const own = program.overrides === 'replace' && container.command.length > 0;
  const parts = own ? container.command : program.command;
  const args = program.overrides === 'ignore' ? [] : container.args;
  const [file = '', ...rest] = [...parts, ...args].map((part) => expand(part, env));
  return { command: file === 'node' ? nodeExecutable : file, args: rest, cwd: program.cwd };
}

/** What is wrong with the images and commands of a Deployment's containers. */
export function checkCommands(deployment: Deployment, images: ImageTable): Diagnostic[] {
  return deployment.spec.template.spec.containers.flatMap((container, index) => {
    const program = findImage(images, container.image);
    const at = (field: string) =>
      deployment.document.at(['spec', 'template', 'spec', 'containers', index, field]);
    const about = {
      severity: 'error' as const,
      resource: `Deployment ${deployment.metadata.namespace}/${deployment.metadata.name}`,
    };
    if (!program) {
      return [{ ...about, ...unknownImage(container.image, images), position: at('image') }];
    }
    const refused = container.command.length > 0 && program.overrides === undefined;
    return refused ? [{ ...about, ...fixedCommand(container.image, program), position: at('command') }] : [];
  });
}

function unknownImage(image: string, images: ImageTable) {
  const known = images.map(({ patterns }) => patterns[0]).join(', ');
  return {
    code: 'M101-IMAGE',
    message: `no local program plays the image ${JSON.stringify(image)}`,
    fix: `the laptop knows ${known}; name further ones in a file like mesh/run/pods/images.yaml, in the variable MESH_IMAGES`,
  };
}

function fixedCommand(image: string, program: ImageProgram) {
  return {
    code: 'M101-COMMAND',
    message: `the image ${JSON.stringify(image)} is played by \`${program.command.join(' ')}\`, and a container cannot replace its command`,
    fix: 'remove `command`, pass `args`, or set `overrides: replace` for the image in a MESH_IMAGES file',
  };
}
