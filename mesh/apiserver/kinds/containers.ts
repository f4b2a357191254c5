import { checkEnv, checkEnvFrom } from '#mesh/apiserver/kinds/container-env.ts';
import { checkLifecycle, checkPortNumber, checkProbes } from '#mesh/apiserver/kinds/container-probes.ts';
import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { dnsLabel, portName, qualifiedName } from '#mesh/apiserver/kinds/names.ts';
import { isWhole, quantityOf } from '#mesh/apiserver/kinds/quantity.ts';
import { checkMounts } from '#mesh/apiserver/kinds/volumes.ts';

export interface Surroundings {
  readonly volumes: ReadonlySet<string>;
  /** The pod's, in seconds. */
  readonly gracePeriod: number;
}

export function checkContainers(containers: Field, surroundings: Surroundings): void {
  if (containers.isEmpty) containers.required();
  const names = new Set<string>();
  for (const container of containers.elements) {
    checkContainer(container, surroundings);
    checkUnique(container.at('name'), names);
    checkLifecycle(container.at('lifecycle'), surroundings.gracePeriod);
    checkProbes(container, surroundings.gracePeriod);
  }
  checkHostPorts(containers.elements);
}

/** Init containers end, unless they are sidecars: then they are watched as any other. */
export function checkInitContainers(pod: Field, surroundings: Surroundings): void {
  const names = new Set(pod.at('containers').elements.map((container) => container.at('name').text));
  for (const container of pod.at('initContainers').elements) {
    checkContainer(container, surroundings);
    checkUnique(container.at('name'), names);
    checkHostPorts([container]);
    if (container.at('restartPolicy').text === 'Always') {
      checkLifecycle(container.at('lifecycle'), surroundings.gracePeriod);
      checkProbes(container, surroundings.gracePeriod);
      continue;
    }
    for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
      if (container.at(name).isSet) {
        container.at(name).forbidden('may not be set for init containers without restartPolicy=Always');
      }
    }
  }
}

function checkUnique(name: Field, names: Set<string>): void {
  if (name.isEmpty) return;
  if (names.has(name.text)) name.duplicate();
  names.add(name.text);
}

function checkContainer(container: Field, { volumes }: Surroundings): void {
  container.at('name').named(dnsLabel);
  const image = container.at('image');
  if (image.isEmpty) image.required();
  else if (image.text !== image.text.trim()) image.invalid('must not have leading or trailing whitespace');
  container.at('terminationMessagePolicy').oneOf(['FallbackToLogsOnError', 'File']);
  container.at('imagePullPolicy').oneOf(['Always', 'IfNotPresent', 'Never']);
  container.at('restartPolicy').oneOf(['Always', 'Never', 'OnFailure']);
  checkPorts(container.at('ports'));
  checkEnv(container.at('env'));
  checkEnvFrom(container.at('envFrom'));
  checkMounts(container, volumes);
  checkResources(container.at('resources'));
  checkSecurityContext(container.at('securityContext'));
}

function checkPorts(ports: Field): void {
  const names = new Set<string>();
  for (const port of ports.elements) {
    const [name, number, onHost] = [port.at('name'), port.at('containerPort'), port.at('hostPort')];
    const messages = name.isEmpty ? [] : portName(name.text);
    name.refuse(messages);
    if (messages.length === 0) checkUnique(name, names);
    if (number.isEmpty) number.required();
    else checkPortNumber(number);
    if (!onHost.isEmpty) checkPortNumber(onHost);
    port.at('protocol').oneOf(['SCTP', 'TCP', 'UDP']);
  }
}

function checkHostPorts(containers: readonly Field[]): void {
  const taken = new Set<string>();
  for (const port of containers.flatMap((container) => container.at('ports').elements)) {
    const number = port.at('hostPort');
    if (number.isEmpty) continue;
    const key = `${port.at('protocol').text || 'TCP'}/${port.at('hostIP').text}/${number.value}`;
    if (taken.has(key)) number.duplicate(key);
    taken.add(key);
  }
}

export function checkIds(context: Field): void {
  for (const name of ['runAsUser', 'runAsGroup', 'fsGroup']) context.at(name).between(0, 2 ** 31 - 1);
  const [type, file] = [
    context.at('seccompProfile', 'type'),
    context.at('seccompProfile', 'localhostProfile'),
  ];
  if (!context.at('seccompProfile').isSet) return;
  if (type.isEmpty) type.required('type is required when seccompProfile is set');
  type.oneOf(['Localhost', 'RuntimeDefault', 'Unconfined']);
  if (type.text === 'Localhost' && file.isEmpty) file.required('must be set when seccomp type is Localhost');
  if (type.text !== 'Localhost' && file.isSet) file.invalid('can only be set when seccomp type is Localhost');
}

function checkSecurityContext(context: Field): void {
  if (!context.isSet) return;
  checkIds(context);
  context.at('procMount').oneOf(['Default', 'Unmasked']);
  if (context.at('allowPrivilegeEscalation').value !== false) return;
  if (context.at('privileged').value === true) {
    context.invalid('cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  }
  if (context.at('capabilities', 'add').strings.includes('CAP_SYS_ADMIN')) {
    context.invalid('cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
  }
}

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);
const pages = 'hugepages-';

/** What only quotas count. */
const counted = new Set([
  ...['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'storage'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers', 'requests.storage'],
  ...[...standard].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);

/** Whether a quota knows a resource by this name without a domain. */
export function isQuotaName(name: string): boolean {
  return counted.has(name) || name.replace(/^requests\./, '').startsWith(pages);
}

/** What a container asks for and what it may have at most. */
function checkResources(resources: Field): void {
  const [limits, requests] = [resources.at('limits'), resources.at('requests')];
  for (const name of limits.keys) checkAmount(limits.key(name), name);
  for (const name of requests.keys) {
    checkAmount(requests.key(name), name);
    checkAgainstLimit({ name, requests, limits });
  }
  const all = [...limits.keys, ...requests.keys];
  if (all.some((name) => name.startsWith(pages)) && !all.includes('cpu') && !all.includes('memory')) {
    resources.forbidden('HugePages require cpu or memory');
  }
}

function checkAmount(amount: Field, name: string): void {
  amount.refuse(qualifiedName(name), name);
  if (!name.includes('/') && !standard.has(name) && !name.startsWith(pages)) {
    if (!isQuotaName(name)) amount.invalid('must be a standard resource type or fully qualified', name);
    amount.invalid('must be a standard resource for containers', name);
  }
  const quantity = quantityOf(amount.value);
  if (quantity === undefined) return;
  if (quantity < 0n) amount.invalid('must be greater than or equal to 0');
  if (isExtended(name) && !isWhole(quantity)) amount.invalid('must be an integer');
}

function checkAgainstLimit({ name, requests, limits }: Demand): void {
  const limit = limits.key(name);
  if (!limit.isSet) {
    if (!mayExceed(name)) limits.required('Limit must be set for non overcommitable resources');
    return;
  }
  const [wanted, most] = [quantityOf(requests.key(name).value), quantityOf(limit.value)];
  if (wanted === undefined || most === undefined) return;
  const shown = String(requests.key(name).value);
  if (wanted !== most && !mayExceed(name))
    requests.invalid(`must be equal to ${name} limit of ${limit.value}`, shown);
  else if (wanted > most)
    requests.invalid(`must be less than or equal to ${name} limit of ${limit.value}`, shown);
}

interface Demand {
  readonly name: string;
  readonly requests: Field;
  readonly limits: Field;
}

function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/');
}

/** Whether limits may add up to more than there is. */
function mayExceed(name: string): boolean {
  return !isExtended(name) && !name.startsWith(pages);
}
