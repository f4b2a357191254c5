import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { describeValue, fieldPath, valueAt } from '#mesh/istiod/config/schema/field-path.ts';
import type { Placed } from '#mesh/istiod/config/schema/resource.ts';
import { peerAuthentication, requestAuthentication } from '#mesh/istiod/config/validation/authentication.ts';
import { authorizationPolicy } from '#mesh/istiod/config/validation/authorization-policy.ts';
import { destinationRule } from '#mesh/istiod/config/validation/destination-rule.ts';
import { envoyFilter } from '#mesh/istiod/config/validation/envoy-filter.ts';
import { Field, type Problem, type Problems } from '#mesh/istiod/config/validation/field.ts';
import { gateway } from '#mesh/istiod/config/validation/gateway.ts';
import { checkSelector } from '#mesh/istiod/config/validation/names.ts';
import { serviceEntry, workloadEntry } from '#mesh/istiod/config/validation/service-entry.ts';
import { sidecar } from '#mesh/istiod/config/validation/sidecar.ts';
import { telemetry } from '#mesh/istiod/config/validation/telemetry.ts';
import { virtualService } from '#mesh/istiod/config/validation/virtual-service.ts';

interface Named {
  readonly name: string;
  readonly namespace: string;
}

const validators = new Map<string, (spec: Field, object: Named) => Problems>([
  ['VirtualService', virtualService],
  ['Gateway', gateway],
  ['DestinationRule', destinationRule],
  ['ServiceEntry', serviceEntry],
  ['Sidecar', sidecar],
  ['WorkloadEntry', workloadEntry],
  ['AuthorizationPolicy', authorizationPolicy],
  ['RequestAuthentication', requestAuthentication],
  ['PeerAuthentication', peerAuthentication],
  ['Telemetry', telemetry],
  ['EnvoyFilter', envoyFilter],
  ['ProxyConfig', (spec) => checkSelector(spec.at('selector'))],
]);

const DRY_RUN = 'istio.io/dry-run';

export interface Validated {
  readonly document: ManifestDocument;
  /** The document's, with its namespace filled in. */
  readonly value: unknown;
  readonly kind: string;
  readonly apiVersion: string;
  /** `VirtualService default/reviews`. */
  readonly resource: string;
}

/**
 * What istiod's webhook says of an object whose shape is right: why it refuses it, and what it warns of. In Istio's order and
 * words (https://github.com/istio/istio/tree/master/pkg/config/validation), with our advice.
 */
export function validate({ document, value, kind, apiVersion, resource }: Validated): readonly Placed[] {
  const validator = apiVersion.includes('istio.io/') ? validators.get(kind) : undefined;
  if (!validator) return [];
  const object = new Field(value);
  const metadata = object.at('metadata');
  const named = { name: metadata.at('name').text, namespace: metadata.at('namespace').text };
  const dryRun = [...checkDryRun(object, { ...named, kind })];
  const problems = dryRun.length > 0 ? dryRun : validator(object.at('spec'), named);
  return Array.from(problems, (problem) => ({
    path: problem.path,
    diagnostic: diagnosticOf(problem, { document, value, resource }),
  }));
}

function diagnosticOf(
  { path, severity, code, message, fix }: Problem,
  { document, value, resource }: Pick<Validated, 'document' | 'value' | 'resource'>,
): Diagnostic {
  const found = valueAt(value, path);
  const isPlain = ['string', 'number', 'boolean'].includes(typeof found);
  const shown = isPlain && !message.includes(String(found)) ? `, found ${describeValue(found)}` : '';
  return {
    severity,
    code,
    message: `\`${fieldPath(path)}\`: ${message}${shown}`,
    ...(fix && { fix }),
    position: document.at(path),
    resource,
  };
}

/** A policy can be tried without effect; nothing else can. */
function* checkDryRun(object: Field, { name, namespace, kind }: Named & { readonly kind: string }): Problems {
  const annotation = object.at('metadata', 'annotations', DRY_RUN);
  if (!annotation.isSet) return;
  const whose = `${namespace}/${name}`;
  const action = object.at('spec', 'action').text || 'ALLOW';
  if (kind !== 'AuthorizationPolicy')
    yield annotation.refused(`${whose} has unsupported annotation ${DRY_RUN}, please remove the annotation`);
  else if (!['ALLOW', 'DENY'].includes(action))
    yield annotation.refused(
      `the annotation ${DRY_RUN} currently only supports action ALLOW/DENY, found action ${action} in ${whose}`,
    );
  else if (!/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(annotation.text))
    yield annotation.refused(`${whose} has annotation ${DRY_RUN} with invalid value (${annotation.text})`);
}
