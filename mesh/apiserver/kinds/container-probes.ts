import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { headerName, portName } from '#mesh/apiserver/kinds/names.ts';

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'];
const onlyOnce = 'may not specify more than 1 handler type';

export function checkProbes(container: Field, gracePeriod: number): void {
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container.at(kind);
    if (probe.isSet) checkProbe(probe, { kind, gracePeriod });
  }
}

function checkProbe(
  probe: Field,
  { kind, gracePeriod }: { readonly kind: string; readonly gracePeriod: number },
): void {
  checkHandler(probe, gracePeriod);
  for (const name of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'failureThreshold']) {
    probe.at(name).notNegative();
  }
  const successes = probe.at('successThreshold');
  successes.notNegative();
  if (kind !== 'readinessProbe' && (successes.number ?? 1) !== 1) successes.invalid('must be 1');
  const grace = probe.at('terminationGracePeriodSeconds');
  if (!grace.isSet) return;
  if ((grace.number ?? 1) <= 0) grace.invalid('must be greater than 0');
  if (kind === 'readinessProbe') grace.invalid('must not be set for readinessProbes');
}

export function checkLifecycle(lifecycle: Field, gracePeriod: number): void {
  for (const moment of ['postStart', 'preStop']) {
    if (lifecycle.at(moment).isSet) checkHandler(lifecycle.at(moment), gracePeriod);
  }
}

/** Exactly one of the ways to do something in a container. */
function checkHandler(owner: Field, gracePeriod: number): void {
  const [first, ...more] = handlers.map((name) => owner.at(name)).filter(({ isSet }) => isSet);
  for (const handler of more) handler.forbidden(onlyOnce);
  if (first === undefined) owner.required('must specify a handler type');
  else checkAction(first, gracePeriod);
}

function checkAction(action: Field, gracePeriod: number): void {
  switch (action.path.split('.').at(-1)) {
    case 'exec':
      if (action.at('command').isEmpty) action.at('command').required();
      break;
    case 'httpGet':
      if (action.at('path').isEmpty) action.at('path').required();
      checkPort(action.at('port'));
      action.at('scheme').oneOf(['HTTP', 'HTTPS']);
      for (const header of action.at('httpHeaders').elements) {
        action.at('httpHeaders').refuse(headerName(header.at('name').text), header.at('name').text);
      }
      break;
    case 'sleep': {
      const { number = 0 } = action.at('seconds');
      if (number >= 0 && number <= gracePeriod) break;
      action.invalid(
        `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`,
        number,
      );
      break;
    }
    default:
      checkPort(action.at('port'));
  }
}

/** A number, or the name of a container's port. */
export function checkPort(port: Field): void {
  if (typeof port.value === 'string') port.refuse(portName(port.value));
  else checkPortNumber(port);
}

export function checkPortNumber(port: Field): void {
  const { number = 0 } = port;
  if (number < 1 || number > 65535) port.invalid('must be between 1 and 65535, inclusive', number);
}
