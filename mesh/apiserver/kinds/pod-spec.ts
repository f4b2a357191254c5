import { isIP } from 'node:net';
import { checkAffinity } from '#mesh/apiserver/kinds/affinity.ts';
import { checkContainers, checkIds, checkInitContainers } from '#mesh/apiserver/kinds/containers.ts';
import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector } from '#mesh/apiserver/kinds/label-selector.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from '#mesh/apiserver/kinds/names.ts';
import { checkAnnotations, checkLabels } from '#mesh/apiserver/kinds/object-metadata.ts';
import { checkVolumes } from '#mesh/apiserver/kinds/volumes.ts';

const defaultGracePeriod = 30;

/** What Kubernetes demands of a pod's spec, its own or a template's. */
export function checkPodSpec(spec: Field): void {
  const volumes = checkVolumes(spec.at('volumes'));
  const gracePeriod = spec.at('terminationGracePeriodSeconds').number ?? defaultGracePeriod;
  checkContainers(spec.at('containers'), { volumes, gracePeriod });
  checkInitContainers(spec, { volumes, gracePeriod });
  checkHostNetwork(spec);
  spec.at('restartPolicy').oneOf(['Always', 'OnFailure', 'Never']);
  spec.at('dnsPolicy').oneOf(['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']);
  checkDns(spec);
  checkLabels(spec.at('nodeSelector'));
  checkIds(spec.at('securityContext'));
  checkAffinity(spec.at('affinity'));
  for (const name of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName']) {
    spec.at(name).whenNamed(dnsSubdomain);
  }
  for (const name of ['hostname', 'subdomain']) spec.at(name).whenNamed(dnsLabel);
  spec.at('activeDeadlineSeconds').between(1, 2 ** 31 - 1);
  checkTolerations(spec.at('tolerations'));
  checkHostAliases(spec.at('hostAliases'));
  checkSpread(spec.at('topologySpreadConstraints'));
  for (const gate of spec.at('readinessGates').elements) {
    gate.at('conditionType').refuse(qualifiedName(gate.at('conditionType').text));
  }
}

/** A pod template, which is a pod without a name. */
export function checkTemplate(template: Field): void {
  checkLabels(template.at('metadata', 'labels'));
  checkAnnotations(template.at('metadata', 'annotations'));
  checkPodSpec(template.at('spec'));
  if (!template.at('spec', 'ephemeralContainers').isEmpty) {
    template.at('spec', 'ephemeralContainers').forbidden('ephemeral containers not allowed in pod template');
  }
}

/** A pod that shares its host's network has its ports there, at the same numbers. */
function checkHostNetwork(spec: Field): void {
  if (spec.at('hostNetwork').value !== true) return;
  for (const container of [...spec.at('containers').elements, ...spec.at('initContainers').elements]) {
    for (const port of container.at('ports').elements) {
      const onHost = port.at('hostPort');
      if (!onHost.isEmpty && onHost.value !== port.at('containerPort').value) {
        onHost.invalid('must match `containerPort` when `hostNetwork` is true');
      }
    }
  }
}

function checkDns(spec: Field): void {
  const config = spec.at('dnsConfig');
  const servers = config.at('nameservers');
  if (spec.at('dnsPolicy').text === 'None' && servers.isEmpty) {
    if (!config.isSet) config.required('must provide `dnsConfig` when `dnsPolicy` is None');
    else servers.required('must provide at least one DNS nameserver when `dnsPolicy` is None');
  }
  for (const server of servers.elements) checkAddress(server);
}

function checkAddress(address: Field): void {
  if (isIP(address.text) === 0) {
    address.invalid('must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', address.text);
  }
}

function checkTolerations(tolerations: Field): void {
  for (const toleration of tolerations.elements) {
    const [key, operator, value] = [toleration.at('key'), toleration.at('operator'), toleration.at('value')];
    key.whenNamed(qualifiedName);
    if (key.isEmpty && operator.text !== 'Exists') {
      operator.invalid(
        "operator must be Exists when `key` is empty, which means 'match all values and all keys'",
        operator.text,
      );
    }
    if (toleration.at('tolerationSeconds').isSet && toleration.at('effect').text !== 'NoExecute') {
      toleration
        .at('effect')
        .invalid("effect must be 'NoExecute' when `tolerationSeconds` is set", toleration.at('effect').text);
    }
    operator.oneOf(['Equal', 'Exists']);
    if (operator.text === 'Exists' && !value.isEmpty) {
      operator.invalid("value must be empty when `operator` is 'Exists'", value.text);
    }
    toleration.at('effect').oneOf(['NoExecute', 'NoSchedule', 'PreferNoSchedule']);
  }
}

function checkHostAliases(aliases: Field): void {
  for (const alias of aliases.elements) {
    checkAddress(alias.at('ip'));
    for (const host of alias.at('hostnames').elements) host.refuse(dnsSubdomain(host.text));
  }
}

function checkSpread(constraints: Field): void {
  for (const constraint of constraints.elements) {
    const skew = constraint.at('maxSkew');
    if ((skew.number ?? 0) <= 0) skew.invalid('must be greater than zero', skew.value ?? 0);
    if (constraint.at('topologyKey').isEmpty) constraint.at('topologyKey').required('can not be empty');
    constraint.at('whenUnsatisfiable').oneOf(['DoNotSchedule', 'ScheduleAnyway']);
    checkLabelSelector(constraint.at('labelSelector'));
  }
}
