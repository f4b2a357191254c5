import { formatPosition, type Position } from '#mesh/diagnostic.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import {
  headerMatches,
  isWithin,
  type Metadata,
  metadataMatches,
  stringMatches,
  templateMatches,
} from '#mesh/istiod/explain/matchers.ts';
import { at, listAt, numberAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import type { SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import type { WorkloadPolicies } from '#mesh/istiod/model/policy.ts';

/** What policies say to a request. */
export interface Verdict {
  readonly allowed: boolean;
  /** Which policy decides, with file and line. */
  readonly why: string;
  /** The policies that had a part in it: the one that took the request, or the ALLOW policies none of which did. */
  readonly by: readonly { readonly name: string; readonly namespace: string }[];
  /** Of a token that is not believed: what its caller gets. Policies answer 403. */
  readonly tokenStatus?: 401 | 403;
}

/** A request as the proxy sees it that has to decide. */
export interface Visit {
  readonly request: SimulatedRequest;
  /** The URI of the caller's certificate; absent in plain text. */
  readonly identity?: string;
  /** Whether it comes from outside: what it says of its address is not believed. */
  readonly isEdge?: boolean;
  /** The local one on which the connection has come. */
  readonly port: number;
  /** That TLS asks for. */
  readonly serverName?: string;
  readonly metadata: Metadata;
}

/** What an RBAC filter says to a request; nothing where it only counts. */
export function rbacVerdict(
  rules: JsonObject,
  visit: Visit,
  policies: WorkloadPolicies,
): Verdict | undefined {
  const action = textAt(rules, 'action') ?? 'ALLOW';
  if (action === 'LOG') return undefined;
  const named = Object.entries(objectAt(rules, 'policies') ?? {});
  const taken = named.find(([, policy]) => takes(policy as JsonObject, visit));
  if (taken) {
    const { text, effect = action, policy } = ruleOf(taken[0], policies);
    return { allowed: action === 'ALLOW', why: `${effect} ${text}`, by: [policy] };
  }
  if (action === 'DENY') return { allowed: true, why: 'no DENY policy matches', by: [] };
  const all = new Map(named.map(([id]) => policyOf(id, policies)).map((one) => [one.text, one.policy]));
  const why = `no ALLOW policy matches: ${[...all.keys()].join(', ')}`;
  return { allowed: false, why, by: [...all.values()] };
}

interface Named {
  readonly text: string;
  /** Where that is not the filter's own. */
  readonly effect?: string;
  readonly policy: Verdict['by'][number];
}

/** `ns[shop]-policy[web]-rule[0]`, as Istio calls a rule: where it stands. */
function ruleOf(id: string, policies: WorkloadPolicies): Named {
  const { policy, known, rule, provider } = read(id, policies);
  if (provider !== undefined) {
    const text = `${policy.name}${place(known?.position)} names no provider that is there: \`${provider}\``;
    return { text, effect: 'CUSTOM', policy };
  }
  return { text: `${policy.name}${place(known?.rules[rule]?.position ?? known?.position)}`, policy };
}

function policyOf(id: string, policies: WorkloadPolicies): Named {
  const { policy, known } = read(id, policies);
  return { text: `${policy.name}${place(known?.position)}`, policy };
}

function read(id: string, { authorization, external }: WorkloadPolicies) {
  const [, provider, namespace = '', name = '', rule = '0'] =
    /^(?:istio-ext-authz-(.*)-)?ns\[(.*?)\]-policy\[(.*?)\]-rule\[(\d+)\]/.exec(id) ?? [];
  const known = [...authorization, ...(external?.policies ?? [])].find(
    (one) => one.name === name && one.namespace === namespace,
  );
  return { policy: { name, namespace }, known, rule: Number(rule), provider };
}

function place(position: Position | undefined): string {
  return position ? ` (${formatPosition(position)})` : '';
}

function takes(policy: JsonObject, visit: Visit): boolean {
  return (
    listAt(policy, 'permissions').some((one) => permits(one, visit)) &&
    listAt(policy, 'principals').some((one) => isCaller(one, visit))
  );
}

const LOOPBACK = '127.0.0.1';

function permits(permission: JsonObject, visit: Visit): boolean {
  const { request } = visit;
  const [kind = ''] = Object.keys(permission);
  const body = objectAt(permission, kind) ?? {};
  switch (kind) {
    case 'and_rules':
      return listAt(body, 'rules').every((one) => permits(one, visit));
    case 'or_rules':
      return listAt(body, 'rules').some((one) => permits(one, visit));
    case 'not_rule':
      return !permits(body, visit);
    case 'header':
      return headerMatches(body, request);
    case 'url_path':
      return stringMatches(objectAt(body, 'path') ?? {}, pathOf(request));
    case 'uri_template':
      return templateMatches(textAt(body, 'typed_config', 'path_template') ?? '', pathOf(request));
    case 'destination_port':
      return numberAt(permission, kind) === visit.port;
    case 'destination_ip':
      return isWithin(body, LOOPBACK);
    case 'requested_server_name':
      return visit.serverName !== undefined && stringMatches(body, visit.serverName);
    case 'sourced_metadata':
      return metadataMatches(objectAt(body, 'metadata_matcher') ?? {}, visit.metadata);
    default:
      return at(permission, 'any') === true;
  }
}

function isCaller(principal: JsonObject, visit: Visit): boolean {
  const [kind = ''] = Object.keys(principal);
  const body = objectAt(principal, kind) ?? {};
  switch (kind) {
    case 'and_ids':
      return listAt(body, 'ids').every((one) => isCaller(one, visit));
    case 'or_ids':
      return listAt(body, 'ids').some((one) => isCaller(one, visit));
    case 'not_id':
      return !isCaller(body, visit);
    case 'header':
      return headerMatches(body, visit.request);
    case 'authenticated':
      return (
        visit.identity !== undefined && stringMatches(objectAt(body, 'principal_name') ?? {}, visit.identity)
      );
    case 'direct_remote_ip':
      return isWithin(body, LOOPBACK);
    case 'remote_ip':
      return isWithin(body, visit.isEdge ? LOOPBACK : remoteAddress(visit.request));
    case 'sourced_metadata':
      return metadataMatches(objectAt(body, 'metadata_matcher') ?? {}, visit.metadata);
    default:
      return at(principal, 'any') === true;
  }
}

/** What the last proxy says of its caller. */
function remoteAddress({ headers }: SimulatedRequest): string {
  return headers['x-forwarded-for']?.split(',').at(-1)?.trim() ?? LOOPBACK;
}

function pathOf({ path }: SimulatedRequest): string {
  return path.replace(/\?.*$/, '');
}
