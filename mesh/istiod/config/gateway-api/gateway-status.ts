import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Attachment } from '#mesh/istiod/config/gateway-api/attachment.ts';
import { backendCertificate } from '#mesh/istiod/config/gateway-api/backend-tls.ts';
import { allowsInsecure } from '#mesh/istiod/config/gateway-api/client-certificates.ts';
import { condition } from '#mesh/istiod/config/gateway-api/condition.ts';
import { isServed, type Listener, type Refusal } from '#mesh/istiod/config/gateway-api/listeners.ts';
import {
  type Condition,
  type Gateway,
  type GatewayApiObjects,
  type ListenerSet,
  nameOf,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { find, typeOf } from '#mesh/istiod/config/gateway-api/references.ts';

/** What the status of an object is to say, without the times of its conditions. */
export interface WantedStatus {
  /** `httproutes.gateway.networking.k8s.io` */
  readonly resource: string;
  readonly object: KubernetesObject;
  readonly status: Readonly<Record<string, unknown>>;
}

/** Where a Gateway's Envoy is on this machine, and how far it is. */
export interface Deployed {
  readonly address: string;
  /** From the listener's port to the one that is bound. */
  readonly ports: Readonly<Record<number, number>>;
  readonly ready: boolean;
}

interface Judged {
  readonly gateway: Gateway;
  readonly listeners: readonly Listener[];
  readonly routes: readonly Attachment[];
  readonly objects: GatewayApiObjects;
  readonly deployed: ReadonlyMap<string, Deployed>;
}

/** The status of a Gateway that the mesh makes the Envoy of. */
export function gatewayStatus({ listeners: all, ...given }: Judged): Readonly<Record<string, unknown>> {
  const { gateway, deployed } = given;
  const listeners = all.filter(({ owner }) => owner === gateway);
  const judged = { ...given, listeners };
  const sets = Map.groupBy(
    all.filter(({ owner }) => owner !== gateway),
    ({ owner }) => owner,
  );
  const attached = [...sets.values()].filter((own) => own.some(isServed)).length;
  const place = deployed.get(nameOf(gateway));
  const refused = refusalOf(judged);
  return {
    ...(place && !refused && { addresses: [{ type: 'IPAddress', value: place.address }] }),
    conditions: [
      acceptedCondition({ object: gateway, listeners }, refused),
      programmed(judged, refused),
      ...insecure(gateway),
      ...resolved(judged),
    ],
    ...(gateway.spec.allowedListeners && { attachedListenerSets: attached }),
    listeners: listeners.map((listener) => listenerStatus(listener, judged.routes, refused)),
  };
}

/** The status of a ListenerSet whose Gateway takes it, or not. */
export function listenerSetStatus(
  set: ListenerSet,
  { gateway, listeners, routes, objects }: Omit<Judged, 'deployed'>,
): Readonly<Record<string, unknown>> {
  const own = listeners.filter(({ owner }) => owner === set);
  const notAllowed = own.length === 0 ? notTaken(set) : undefined;
  const refused = notAllowed ?? (refusalOf({ gateway, objects }) && parentRefused);
  const accepted = acceptedCondition({ object: set, listeners: own }, refused);
  const isProgrammed = !refused && own.some(isServed);
  const no = refused ?? { reason: 'ListenersNotValid', message: 'none of its listeners is served' };
  return {
    conditions: [
      accepted,
      isProgrammed
        ? condition(set, {
            type: 'Programmed',
            reason: 'Programmed',
            message: 'the Gateway has its listeners',
          })
        : condition(set, { type: 'Programmed', status: 'False', ...no }),
    ],
    ...(!notAllowed && { listeners: own.map((listener) => listenerStatus(listener, routes, refused)) }),
  };
}

/** Why a Gateway has none of a ListenerSet's listeners. */
export function notTaken({ metadata }: ListenerSet): Refusal {
  const message = `the Gateway's \`allowedListeners\` take no ListenerSet of namespace ${metadata.namespace}`;
  return { reason: 'NotAllowed', message };
}

const parentRefused: Refusal = { reason: 'ParentNotAccepted', message: 'its Gateway is not accepted' };

/** The addresses that a Gateway asks for; one without value leaves it to the mesh. */
export function wantedAddresses({ spec }: Gateway): readonly string[] {
  return (spec.addresses ?? []).flatMap(({ value }) => value || []);
}

/** Why a Gateway as a whole is not accepted. */
export function refusalOf({ gateway, objects }: Pick<Judged, 'gateway' | 'objects'>): Refusal | undefined {
  const { infrastructure, addresses = [] } = gateway.spec;
  const reference = infrastructure?.parametersRef;
  if (reference) {
    const { group = '', kind = '', name } = reference;
    const known = group === '' && kind === 'ConfigMap';
    const namespace = gateway.metadata.namespace ?? '';
    if (!known || !find(objects.configMaps, { namespace, name }))
      return {
        reason: 'InvalidParameters',
        message: known
          ? `there is no ConfigMap ${namespace}/${name}`
          : `parameters are in a ConfigMap, not in ${typeOf({ group, kind })}`,
      };
  }
  const strange = addresses.find(({ type = 'IPAddress' }) => type !== 'IPAddress');
  if (strange)
    return { reason: 'UnsupportedAddress', message: `an address is an IPAddress, not ${strange.type}` };
  return undefined;
}

function isAccepted({ refused, conflict }: Listener): boolean {
  return !refused && !conflict;
}

/** Accepted, as long as one of its listeners is; a ListenerSet, as long as one of them is served. */
function acceptedCondition(
  { object, listeners }: { readonly object: Gateway | ListenerSet; readonly listeners: readonly Listener[] },
  refused: Refusal | undefined,
): Condition {
  const type = 'Accepted';
  if (refused) return condition(object, { type, status: 'False', ...refused });
  const isFine = object.kind === 'Gateway' ? isAccepted : isServed;
  const invalid = listeners.filter((listener) => !isFine(listener)).map(({ spec }) => spec.name);
  if (invalid.length === 0)
    return condition(object, { type, reason: type, message: `the mesh serves this ${object.kind}` });
  return condition(object, {
    type,
    status: invalid.length < listeners.length ? 'True' : 'False',
    reason: 'ListenersNotValid',
    message: `not valid: ${invalid.join(', ')}`,
  });
}

function programmed({ gateway, listeners, deployed }: Judged, refused: Refusal | undefined): Condition {
  const type = 'Programmed';
  const place = deployed.get(nameOf(gateway));
  const no = (reason: string, message: string) =>
    condition(gateway, { type, status: 'False', reason, message });
  if (refused || !listeners.some(isAccepted)) return no('Invalid', 'the Gateway is not accepted');
  if (!place) return no('AddressNotAssigned', 'it has no address yet');
  const wanted = gateway.spec.addresses?.find(({ value }) => value && value !== place.address)?.value;
  if (wanted)
    return no(
      'AddressNotUsable',
      `the Gateway is at ${place.address}: ${wanted} is not a loopback address, or belongs to another Gateway`,
    );
  if (!place.ready) return no('Pending', 'its Envoy is starting');
  const moved = Object.entries(place.ports).filter(([port, local]) => Number(port) !== local);
  const where = moved.map(([port, local]) => `port ${port} is at ${place.address}:${local}`);
  const message = ['its Envoy is running', ...where].join('; ');
  return condition(gateway, { type, reason: 'Programmed', message });
}

/** The specification wants it said that callers need no certificate that anybody vouches for. */
function insecure(gateway: Gateway): readonly Condition[] {
  if (!allowsInsecure(gateway)) return [];
  const message = 'some listener takes clients without a certificate that its authorities vouch for';
  return [
    condition(gateway, { type: 'InsecureFrontendValidationMode', reason: 'ConfigurationChanged', message }),
  ];
}

/** About the Gateway's own reference; those of its listeners have conditions there. */
function resolved({ gateway, objects }: Judged): readonly Condition[] {
  if (!gateway.spec.tls?.backend?.clientCertificateRef) return [];
  const { problem } = backendCertificate(gateway, objects);
  const type = 'ResolvedRefs';
  return problem
    ? [condition(gateway, { type, status: 'False', ...problem })]
    : [condition(gateway, { type, reason: type, message: 'the certificate for backends is there' })];
}

/** @param gatewayRefused why nothing of its Gateway is served */
function listenerStatus(
  listener: Listener,
  routes: readonly Attachment[],
  gatewayRefused: Refusal | undefined,
) {
  const { spec, kinds } = listener;
  const attached = routes.filter(({ parents }) =>
    parents.some((parent) => parent.kind === 'Gateway' && parent.listeners.includes(listener)),
  );
  return {
    name: spec.name,
    supportedKinds: kinds,
    attachedRoutes: attached.length,
    conditions: listenerConditions(listener, gatewayRefused),
  };
}

function listenerConditions(listener: Listener, gatewayRefused: Refusal | undefined): Condition[] {
  const { gateway, owner, refused, conflict, unresolved } = listener;
  const of = (type: string, problem: Refusal | undefined, fine: string) =>
    problem
      ? condition(owner, { type, status: 'False', ...problem })
      : condition(owner, { type, reason: fine, message: 'no problem was found' });
  const message = gatewayRefused ? 'the Gateway is not accepted' : 'its other conditions say why';
  const invalid = (owner !== gateway && conflict) || { reason: 'Invalid', message };
  const isFree = { reason: 'NoConflicts', message: 'no other listener conflicts with it' };
  return [
    of('Accepted', refused ?? conflict, 'Accepted'),
    condition(
      owner,
      conflict ? { type: 'Conflicted', ...conflict } : { type: 'Conflicted', status: 'False', ...isFree },
    ),
    of('Programmed', isServed(listener) && !gatewayRefused ? undefined : invalid, 'Programmed'),
    of('ResolvedRefs', unresolved, 'ResolvedRefs'),
  ];
}
