import type { Rule } from '#mesh/analyze/rule.ts';
import { claimReference } from '#mesh/analyze/rules/claim-reference.ts';
import { clientTls } from '#mesh/analyze/rules/client-tls.ts';
import { configReference } from '#mesh/analyze/rules/config-reference.ts';
import { conflictingHosts } from '#mesh/analyze/rules/conflicting-hosts.ts';
import { containerPorts } from '#mesh/analyze/rules/container-ports.ts';
import { deploymentSelector } from '#mesh/analyze/rules/deployment-selector.ts';
import { destinationHost } from '#mesh/analyze/rules/destination-host.ts';
import { destinationPort } from '#mesh/analyze/rules/destination-port.ts';
import { destinationRuleHost } from '#mesh/analyze/rules/destination-rule-host.ts';
import { destinationSubset } from '#mesh/analyze/rules/destination-subset.ts';
import { gatewayConflicts } from '#mesh/analyze/rules/gateway-conflicts.ts';
import { gatewayServers } from '#mesh/analyze/rules/gateway-servers.ts';
import { mtlsConflict } from '#mesh/analyze/rules/mtls-conflict.ts';
import { peerAuthentication } from '#mesh/analyze/rules/peer-authentication.ts';
import { policyAddresses } from '#mesh/analyze/rules/policy-addresses.ts';
import { policyIdentities } from '#mesh/analyze/rules/policy-identities.ts';
import { policyPorts } from '#mesh/analyze/rules/policy-ports.ts';
import { policySelector } from '#mesh/analyze/rules/policy-selector.ts';
import { policyTcp } from '#mesh/analyze/rules/policy-tcp.ts';
import { policyTokens } from '#mesh/analyze/rules/policy-tokens.ts';
import { portName } from '#mesh/analyze/rules/port-name.ts';
import { probePort } from '#mesh/analyze/rules/probe-port.ts';
import { regularExpressions } from '#mesh/analyze/rules/regular-expressions.ts';
import { retryOn } from '#mesh/analyze/rules/retry-on.ts';
import { routeAction } from '#mesh/analyze/rules/route-action.ts';
import { ruleProtocol } from '#mesh/analyze/rules/rule-protocol.ts';
import { serviceAccountReference } from '#mesh/analyze/rules/service-account-reference.ts';
import { serviceEntry } from '#mesh/analyze/rules/service-entry.ts';
import { servicePorts } from '#mesh/analyze/rules/service-ports.ts';
import { serviceSelector } from '#mesh/analyze/rules/service-selector.ts';
import { sharedWorkload } from '#mesh/analyze/rules/shared-workload.ts';
import { subsetPods } from '#mesh/analyze/rules/subset-pods.ts';
import { targetPort } from '#mesh/analyze/rules/target-port.ts';
import { telemetry } from '#mesh/analyze/rules/telemetry.ts';
import { unreachableRules } from '#mesh/analyze/rules/unreachable-rules.ts';
import { virtualServiceGateway } from '#mesh/analyze/rules/virtual-service-gateway.ts';
import { weights } from '#mesh/analyze/rules/weights.ts';

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
  gatewayConflicts,
  gatewayServers,
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
  regularExpressions,
  retryOn,
  routeAction,
  ruleProtocol,
  serviceAccountReference,
  serviceEntry,
  servicePorts,
  serviceSelector,
  sharedWorkload,
  subsetPods,
  targetPort,
  telemetry,
  unreachableRules,
  virtualServiceGateway,
  weights,
];
