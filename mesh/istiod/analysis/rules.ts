import type { Rule } from '#mesh/istiod/analysis/rule.ts';
import {
  policyAddresses,
  policyPorts,
  policySelector,
  policyTcp,
  policyTokens,
  tokenKeys,
} from '#mesh/istiod/analysis/rules/authorization-policies.ts';
import { configReference } from '#mesh/istiod/analysis/rules/config-reference.ts';
import {
  destinationHost,
  destinationPort,
  destinationRuleHost,
  destinationSubset,
} from '#mesh/istiod/analysis/rules/destinations.ts';
import { envoyFilters } from '#mesh/istiod/analysis/rules/envoy-filters.ts';
import { gatewayPorts, gatewaySelector } from '#mesh/istiod/analysis/rules/gateway-workloads.ts';
import { gatewayConflicts, gatewayServers } from '#mesh/istiod/analysis/rules/gateways.ts';
import { meshConfig } from '#mesh/istiod/analysis/rules/mesh-config.ts';
import { clientTls, mtlsConflict, peerAuthentication } from '#mesh/istiod/analysis/rules/mutual-tls.ts';
import {
  claimReference,
  containerPorts,
  deploymentSelector,
  probePort,
  serviceAccountReference,
} from '#mesh/istiod/analysis/rules/pods.ts';
import { policyIdentities } from '#mesh/istiod/analysis/rules/policy-identities.ts';
import { ruleProtocol, unreachableRules, weights } from '#mesh/istiod/analysis/rules/routes.ts';
import {
  portName,
  serviceEntryAddresses,
  servicePorts,
  serviceSelector,
  targetPort,
} from '#mesh/istiod/analysis/rules/services.ts';
import { sharedWorkload } from '#mesh/istiod/analysis/rules/shared-workload.ts';
import { namespaceSidecars, selectedSidecars } from '#mesh/istiod/analysis/rules/sidecars.ts';
import { subsetPods } from '#mesh/istiod/analysis/rules/subset-pods.ts';
import { telemetry } from '#mesh/istiod/analysis/rules/telemetry.ts';
import { conflictingHosts, virtualServiceGateway } from '#mesh/istiod/analysis/rules/virtual-services.ts';

/** Every rule of the analysis. */
export const rules: readonly Rule[] = [
  claimReference,
  clientTls,
  configReference,
  conflictingHosts,
  containerPorts,
  deploymentSelector,
  destinationHost,
  destinationPort,
  destinationRuleHost,
  destinationSubset,
  envoyFilters,
  gatewayConflicts,
  gatewayPorts,
  gatewaySelector,
  gatewayServers,
  meshConfig,
  namespaceSidecars,
  selectedSidecars,
  mtlsConflict,
  peerAuthentication,
  policyAddresses,
  policyIdentities,
  policyPorts,
  policySelector,
  policyTcp,
  policyTokens,
  portName,
  probePort,
  ruleProtocol,
  serviceAccountReference,
  serviceEntryAddresses,
  servicePorts,
  serviceSelector,
  sharedWorkload,
  subsetPods,
  targetPort,
  telemetry,
  tokenKeys,
  unreachableRules,
  virtualServiceGateway,
  weights,
];
