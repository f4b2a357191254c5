import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { isWhole, quantityOf } from '#mesh/apiserver/kinds/quantity.ts';

/** Volumes that Kubernetes has given up. */
const given: ReadonlyMap<string, string> = new Map([
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]);

/** Of a pod or a template: what Kubernetes takes but thinks a mistake. */
export function podWarnings(pod: Field): readonly string[] {
  const spec = pod.at('spec');
  const containers = [...spec.at('initContainers').elements, ...spec.at('containers').elements];
  const grace = spec.at('terminationGracePeriodSeconds');
  return [
    ...volumeWarnings(spec.at('volumes')),
    ...repeated(spec.at('hostAliases'), 'ip', 'duplicate ip'),
    ...repeated(spec.at('imagePullSecrets'), 'name', 'duplicate name'),
    ...containers.flatMap((container) => [
      ...amountWarnings(container.at('resources')),
      ...envWarnings(container.at('env')),
    ]),
    ...portWarnings(containers.flatMap((container) => container.at('ports').elements)),
    ...((grace.number ?? 0) < 0
      ? [`${grace.path}: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
  ];
}

function volumeWarnings(volumes: Field): string[] {
  return volumes.elements.flatMap((volume) =>
    [...given]
      .filter(([name]) => volume.at(name).isSet)
      .map(([name, message]) => `${volume.at(name).path}: ${message}`),
  );
}

function repeated(list: Field, name: string, message: string): string[] {
  const seen = new Set<string>();
  return list.elements.flatMap((element) => {
    const { text, path } = element.at(name);
    const again = text !== '' && seen.has(text);
    seen.add(text);
    return again ? [`${path}: ${message} ${JSON.stringify(text)}`] : [];
  });
}

function amountWarnings(resources: Field): string[] {
  return ['limits', 'requests'].flatMap((side) =>
    ['memory', 'ephemeral-storage'].flatMap((name) => {
      const { value, path } = resources.at(side).key(name);
      const quantity = quantityOf(value ?? '');
      if (quantity === undefined || isWhole(quantity)) return [];
      return [`${path}: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`];
    }),
  );
}

/** A name twice is a mistake, unless the second builds on the first: `PATH=$(PATH):/x`. */
function envWarnings(env: Field): string[] {
  const seen = new Set<string>();
  return env.elements.flatMap((variable) => {
    const { text: name } = variable.at('name');
    const hides = seen.has(name) && !variable.at('value').text.includes(`$(${name})`);
    seen.add(name);
    if (!hides) return [];
    return [
      `${variable.path}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    ];
  });
}

/** Over all containers of a pod, for they share its address. */
function portWarnings(ports: readonly Field[]): string[] {
  const seen = new Map<string, Field>();
  const names = new Map<string, string>();
  return ports.flatMap((port) => {
    const key = `${port.at('containerPort').value}/${port.at('protocol').text || 'TCP'}`;
    const other = seen.get(key);
    if (!other) seen.set(key, port);
    return [...(other ? samePort(port, other) : []), ...sameName(port, names)];
  });
}

function samePort(port: Field, other: Field): string[] {
  const [mine, its] = [port.at('hostPort').number ?? 0, other.at('hostPort').number ?? 0];
  const [here, there] = [port.at('hostIP').text, other.at('hostIP').text];
  const say = (what: string) => [`${port.path}: ${what} port definition with ${other.path}`];
  if (mine === its && here === there) return say('duplicate');
  if (mine === 0 || its === 0) return say('overlapping');
  return mine === its && (here === '') !== (there === '') ? say('dangerously ambiguous') : [];
}

function sameName(port: Field, names: Map<string, string>): string[] {
  const { text: name } = port.at('name');
  const other = names.get(name);
  if (name === '') return [];
  if (other === undefined) {
    names.set(name, port.path);
    return [];
  }
  return [
    `${port.path}: duplicate port name ${JSON.stringify(name)} with ${other}, services and probes that select ports by name will use ${other}`,
  ];
}
