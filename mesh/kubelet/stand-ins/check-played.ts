import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { type PodOwner, podOwners, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { findImage, type ImageTable, isPlayed, standIn } from '#mesh/kubelet/pods/images.ts';
import { spokenAt } from '#mesh/kubelet/stand-ins/port-protocols.ts';
import { scriptOf } from '#mesh/kubelet/stand-ins/script.ts';

export interface CheckPlayedInput {
  /** Of the files. */
  readonly resources: readonly Resource[];
  /** What runs already: its Services name ports as well. */
  readonly stored: readonly Resource[];
  readonly images: ImageTable;
}

interface Checked extends CheckPlayedInput {
  readonly owner: PodOwner;
}

/** Warnings about unclear ports of stand-ins and mistakes in their scripts; the rest of the files is applied. */
export function checkPlayed(input: CheckPlayedInput): Diagnostic[] {
  return podOwners(input.resources).flatMap((owner) => {
    const checked = { ...input, owner };
    return [...unclearPorts(checked), ...scripts(checked)];
  });
}

function diagnosticOf(owner: PodOwner, path: readonly (string | number)[]) {
  return {
    severity: 'warning' as const,
    resource: `${owner.kind} ${owner.metadata.namespace}/${owner.metadata.name}`,
    position: owner.document.at(['spec', 'template', ...path]),
  };
}

/** Only for stand-ins: a real program knows its protocol. */
function unclearPorts({ owner, resources, stored, images }: Checked): Diagnostic[] {
  const { metadata, spec } = owner.spec.template;
  const { containers } = spec;
  const pod = { metadata: { ...owner.metadata, ...metadata, namespace: owner.metadata.namespace } };
  return containers.flatMap((container, index) => {
    if (findImage(images, container.image) !== standIn) return [];
    return container.ports.flatMap(({ containerPort }, port) => {
      const input = { pod: pod as Parameters<typeof spokenAt>[1]['pod'], containers };
      const { doubt } = spokenAt(containerPort, { ...input, resources: [...resources, ...stored] });
      if (doubt === undefined) return [];
      return {
        ...diagnosticOf(owner, ['spec', 'containers', index, 'ports', port, 'containerPort']),
        code: 'M101-PORT-PROTOCOL',
        message: `port ${containerPort} of the stand-in for ${container.image} ${doubt}`,
        fix: 'name the port of its Service after the protocol, such as `http` or `grpc-api`, or set `appProtocol`',
      };
    });
  });
}

function scripts({ owner, images }: Checked): Diagnostic[] {
  const { metadata, spec } = owner.spec.template;
  const told = new Set<string>();
  return spec.containers.flatMap((container: Container) => {
    if (!isPlayed(findImage(images, container.image))) return [];
    const found = scriptOf(metadata.annotations, container.name);
    if (!found || !('mistake' in found) || told.has(found.annotation)) return [];
    told.add(found.annotation);
    return [
      {
        ...diagnosticOf(owner, ['metadata', 'annotations', found.annotation]),
        code: 'M101-SCRIPT',
        message: `line ${found.line} of the annotation ${found.annotation}: ${found.mistake}; the stand-in answers without a script`,
        fix: 'see docs/images.md for what a script may say',
      },
    ];
  });
}
