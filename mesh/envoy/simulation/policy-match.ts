import { BlockList, isIPv6 } from 'node:net';
import type { SimulatedRequest } from '#mesh/envoy/simulation/request.ts';
import { type Claims, claimTexts } from '#mesh/envoy/simulation/token-claims.ts';
import type { AuthorizationRule, CallerCondition, OperationCondition } from '#mesh/model/policy.ts';

/** A request as the proxy sees it that has to decide. */
export interface Visit {
  readonly request: SimulatedRequest;
  /** Of the caller's certificate; absent in plain text. */
  readonly identity?: string;
  /** As policies name it. */
  readonly port: number;
  readonly claims?: Claims;
}

/** Whether a rule takes a request. */
export function takes({ callers, operations }: AuthorizationRule, visit: Visit): boolean {
  const anyHolds = <Condition extends Values>(
    alternatives: readonly (readonly Condition[])[],
    texts: (condition: Condition) => readonly string[],
    fits: (condition: Condition, pattern: string, text: string) => boolean,
  ) =>
    alternatives.some((conditions) =>
      conditions.every((condition) => {
        const isOne = (patterns: readonly string[]) =>
          patterns.some((pattern) => texts(condition).some((text) => fits(condition, pattern, text)));
        const { values, notValues } = condition;
        return (values.length === 0 || isOne(values)) && !isOne(notValues);
      }),
    );
  return (
    anyHolds(callers, (condition) => callerTexts(condition, visit), callerFits) &&
    anyHolds(operations, (condition) => operationTexts(condition, visit), operationFits)
  );
}

interface Values {
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

const LOOPBACK = ['127.0.0.1'];

/** What a condition is compared with; nothing where the request has no such thing. */
function callerTexts(condition: CallerCondition, { identity, request, claims }: Visit): readonly string[] {
  const name = identity?.replace('spiffe://', '');
  const [, namespace = '', account = ''] = /\/ns\/([^/]+)\/sa\/([^/]+)/.exec(identity ?? '') ?? [];
  switch (condition.of) {
    case 'principal':
      return name === undefined ? [] : [name];
    case 'namespace':
      return name === undefined ? [] : [namespace];
    case 'service-account':
      return name === undefined ? [] : [`${namespace}/${account}`];
    case 'address':
    case 'remote-address':
      return LOOPBACK;
    case 'header':
      return present(request.headers[condition.name.toLowerCase()]);
    case 'claim':
      return claimTexts(claims, condition.path);
    case 'request-principal':
      return claims ? [`${claimTexts(claims, ['iss'])[0]}/${claimTexts(claims, ['sub'])[0]}`] : [];
  }
}

function callerFits({ of }: CallerCondition, pattern: string, text: string): boolean {
  return of === 'address' || of === 'remote-address' ? isWithin(pattern, text) : fitsPattern(pattern, text);
}

function operationTexts({ of }: OperationCondition, { request, port }: Visit): readonly string[] {
  switch (of) {
    case 'host':
      return [request.host.toLowerCase()];
    case 'method':
      return [request.method];
    case 'path':
      return [request.path.replace(/\?.*$/, '')];
    case 'port':
      return [String(port)];
    case 'destination-address':
      return LOOPBACK;
    case 'server-name':
      return [];
  }
}

function operationFits({ of }: OperationCondition, pattern: string, text: string): boolean {
  switch (of) {
    case 'host':
      return fitsPattern(pattern.toLowerCase(), text);
    case 'path':
      return pattern.includes('{*') ? fitsTemplate(pattern, text) : fitsPattern(pattern, text);
    case 'destination-address':
      return isWithin(pattern, text);
    default:
      return fitsPattern(pattern, text);
  }
}

function fitsPattern(pattern: string, text: string): boolean {
  if (pattern === '*') return text !== '';
  if (pattern.startsWith('*')) return text.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

/** `{*}` is one segment, `{**}` any number of them. */
function fitsTemplate(template: string, text: string): boolean {
  const parts = template.split(/(\{\*\*?\})/).map((part) => {
    if (part === '{*}') return '[^/]+';
    return part === '{**}' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`).test(text);
}

function isWithin(block: string, address: string): boolean {
  const [network = '', length] = block.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(length ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(address, 'ipv4');
}

function present(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}
