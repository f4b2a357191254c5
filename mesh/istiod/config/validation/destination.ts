import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkHeaderOperations } from '#mesh/istiod/config/validation/headers.ts';
import { checkWildcardName, isLabel, nameFault } from '#mesh/istiod/config/validation/names.ts';
import { checkPort } from '#mesh/istiod/config/validation/values.ts';

/** Where one request goes. */
export function* checkDestination(destination: Field): Problems {
  if (!destination.isSet) return;
  const host = destination.at('host');
  if (host.text === '*') yield host.refused('invalid destination host *', 'name one service');
  else yield* checkWildcardName(host);
  const subset = destination.at('subset');
  if (subset.text !== '') yield* checkSubsetName(subset);
  const port = destination.at('port');
  if (port.isSet) yield* checkPort(port.at('number'));
}

/** The `route` of a rule: destinations with weights. */
export function* checkDestinations(route: Field): Problems {
  let total = 0;
  for (const entry of route.items) {
    if (!entry.at('destination').isSet) yield entry.refused('destination is required');
    yield* checkHeaderOperations(entry.at('headers'));
    yield* checkDestination(entry.at('destination'));
    const { number: weight } = entry.at('weight');
    if (weight < 0) yield entry.at('weight').refused(`weight ${weight} < 0`);
    total += weight;
  }
  if (route.items.length > 1 && total === 0)
    yield route.refused('total destination weight = 0', 'give each destination a `weight`, together 100');
}

export function* checkSubsetName(name: Field): Problems {
  if (name.text === '') yield name.refused('subset name cannot be empty');
  else if (!isLabel(name.text))
    yield name.refused(`subset name is invalid: ${name.text}`, 'write letters, digits and `-`, such as `v1`');
}

/** The gateways that a rule or match is for: `name`, `namespace/name` or `mesh`. */
export function* checkGatewayNames(gateways: Field): Problems {
  for (const gateway of gateways.items) {
    const slash = gateway.text.indexOf('/');
    if (slash < 0) {
      // Istio looks no further than the first name without a namespace.
      yield* checkBareGateway(gateway);
      return;
    }
    const [namespace, name] = [gateway.text.slice(0, slash), gateway.text.slice(slash + 1)];
    if (namespace === '' || name === '')
      yield gateway.refused('config namespace and gateway name cannot be empty');
    if (!isLabel(namespace)) yield gateway.refused(`invalid value for namespace: "${namespace}"`);
    if (!isLabel(name)) yield gateway.refused(`invalid value for gateway name: "${name}"`);
  }
}

function* checkBareGateway(gateway: Field): Problems {
  const [name = '', namespace = ''] = gateway.text.split('.');
  if (gateway.text.includes('.'))
    yield gateway.warned(
      `using legacy gatewayName format "${gateway.text}"; prefer the <namespace>/<name> format: "${namespace}/${name}"`,
    );
  const fault = nameFault(gateway.text);
  if (fault !== undefined) yield gateway.refused(fault);
}
