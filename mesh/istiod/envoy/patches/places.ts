import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { HTTP_PROXY, HTTP_TUNNEL } from '#mesh/istiod/envoy/names.ts';
import type { ListenerMatch, PatchContext } from '#mesh/istiod/model/envoy-patch.ts';
import { gatewayPodPort } from '#mesh/istiod/model/gateway.ts';

/** What a listener of the laptop is in Istio's names and ports. */
export interface ListenerPlace {
  readonly isNamed: (name: string) => boolean;
  readonly hasPort: (port: number) => boolean;
}

interface PlaceOptions {
  readonly context: PatchContext;
  readonly requestPorts: ReadonlySet<number>;
}

/**
 * Istio has one listener for everything that comes in, `virtualInbound`, with chains by port, where the laptop has one for each
 * port; and one for each port that requests go out to, `0.0.0.0_9080`, where the laptop has one for all.
 */
export function placeOf(
  { name = '' }: envoy.Listener,
  { context, requestPorts }: PlaceOptions,
): ListenerPlace {
  const own = numberIn(name);
  if (context === 'SIDECAR_INBOUND')
    return {
      isNamed: (asked) => asked === name || asked === 'virtualInbound',
      hasPort: (port) => port === own,
    };
  if (context === 'GATEWAY') {
    const port = gatewayPodPort(own);
    return {
      isNamed: (asked) => asked === name || asked === `0.0.0.0_${port}`,
      hasPort: (asked) => asked === port,
    };
  }
  const isForAll = name === HTTP_PROXY || name === HTTP_TUNNEL;
  return {
    isNamed: (asked) =>
      asked === name || (isForAll && asked.startsWith('0.0.0.0_') && requestPorts.has(numberIn(asked))),
    hasPort: (port) => (isForAll ? requestPorts.has(port) : port === own),
  };
}

/** The last part of `virtualInbound_8080`, `0.0.0.0_80`, `10.96.0.1_9000`. */
function numberIn(name: string): number {
  return Number(name.slice(name.lastIndexOf('_') + 1));
}

export function isListener(place: ListenerPlace, { name, port }: ListenerMatch): boolean {
  return (name === undefined || place.isNamed(name)) && (port === undefined || place.hasPort(port));
}

/** Whether a chain of the listener is the one that a match describes. */
export function isChain(
  place: ListenerPlace,
  { name, filter_chain_match: found }: envoy.FilterChain,
  { chain: match = {} }: ListenerMatch,
): boolean {
  const { sni, transportProtocol, applicationProtocols = [], destinationPort } = match;
  return (
    (match.name === undefined || match.name === name) &&
    (sni === undefined || found?.server_names?.includes(sni) === true) &&
    (transportProtocol === undefined || found?.transport_protocol === transportProtocol) &&
    applicationProtocols.every((one) => found?.application_protocols?.includes(one)) &&
    (destinationPort === undefined || place.hasPort(destinationPort))
  );
}
