import { methodNotAllowed } from '#mesh/apiserver/api-error.ts';
import { type Attributes, isAllowed, rulesOf } from '#mesh/apiserver/http/authorization.ts';
import { readObject } from '#mesh/apiserver/http/body.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import type { CallHandler } from '#mesh/apiserver/http/handle.ts';
import { sendObject } from '#mesh/apiserver/http/respond.ts';
import { defaultAudience, type Tokens, type User, userOf } from '#mesh/apiserver/http/user.ts';
import { checkKind } from '#mesh/apiserver/metadata.ts';
import { type DraftObject, isObject, type KubernetesObject, timestamp } from '#mesh/apiserver/object.ts';
import { apiVersionOf } from '#mesh/apiserver/resource-type.ts';

type Fields = Readonly<Record<string, unknown>>;

const authorization = 'authorization.k8s.io';
const authentication = 'authentication.k8s.io';

/** Reviews, by resource: questions that are answered and nowhere stored. */
export function reviewHandlers(tokens: Tokens, now: () => Date): readonly (readonly [string, CallHandler])[] {
  const ofSubject = review((call, spec) => access(call, spec, subjectOf(spec)));
  return [
    [
      `selfsubjectaccessreviews.${authorization}`,
      review((call, spec) => access(call, spec, userOf(call.request))),
    ],
    [`subjectaccessreviews.${authorization}`, ofSubject],
    [`localsubjectaccessreviews.${authorization}`, ofSubject],
    [`selfsubjectrulesreviews.${authorization}`, review(rules)],
    [`selfsubjectreviews.${authentication}`, review((call) => ({ userInfo: userOf(call.request) }))],
    [`tokenreviews.${authentication}`, review((_, spec) => tokenStatus(spec, tokens, now()))],
  ];
}

/** Answers a review with its status. */
function review(statusOf: (call: Call, spec: Fields) => object): CallHandler {
  return async (call) => {
    const object = await posted(call);
    const spec = isObject(object['spec']) ? object['spec'] : {};
    const metadata = { ...object.metadata, creationTimestamp: null };
    sendObject(
      call,
      { ...object, metadata, status: statusOf(call, spec) } as unknown as KubernetesObject,
      201,
    );
  };
}

async function posted(call: Call): Promise<DraftObject> {
  if (call.request.method !== 'POST') throw methodNotAllowed();
  const object = await readObject(call.request);
  if (call.subresource === undefined)
    checkKind(object, call.type, apiVersionOf(call.type.group, call.version));
  return object;
}

function subjectOf({ user, groups }: Fields): User {
  return { username: String(user ?? ''), groups: Array.isArray(groups) ? groups.map(String) : [] };
}

function access({ api, namespace }: Call, spec: Fields, user: User): object {
  const { allowed, reason } = isAllowed(api, user, attributesOf(spec, namespace));
  return { allowed, ...(reason !== '' && { reason }) };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: Fields, namespace?: string): Attributes {
  if (isObject(nonResourceAttributes)) {
    return {
      verb: String(nonResourceAttributes['verb'] ?? ''),
      path: String(nonResourceAttributes['path'] ?? ''),
    };
  }
  const given = isObject(resourceAttributes) ? resourceAttributes : {};
  const text = (name: string) =>
    typeof given[name] === 'string' && given[name] !== '' ? given[name] : undefined;
  const [where, subresource, name] = [namespace ?? text('namespace'), text('subresource'), text('name')];
  return {
    verb: text('verb') ?? '',
    group: text('group') ?? '',
    resource: text('resource') ?? '',
    ...(where !== undefined && { namespace: where }),
    ...(subresource !== undefined && { subresource }),
    ...(name !== undefined && { name }),
  };
}

function rules({ api, request }: Call, { namespace }: Fields): object {
  const all = rulesOf(api, userOf(request), typeof namespace === 'string' ? namespace : undefined);
  return {
    resourceRules: all
      .filter(({ resources }) => resources)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        ...{ verbs, apiGroups, resources },
        ...(resourceNames && { resourceNames }),
      })),
    nonResourceRules: all
      .filter(({ nonResourceURLs }) => nonResourceURLs)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}

function tokenStatus({ token, audiences }: Fields, tokens: Tokens, now: Date): object {
  const wanted = Array.isArray(audiences) && audiences.length > 0 ? audiences.map(String) : [defaultAudience];
  const user = tokens.userOf(String(token ?? ''), wanted, now);
  return user
    ? { authenticated: true, user, audiences: wanted }
    : { authenticated: false, user: {}, error: 'invalid bearer token' };
}

/** `kubectl create token`. */
export async function answerToken(call: Call, tokens: Tokens, now: Date): Promise<void> {
  const request = await posted(call);
  const { api, type, namespace = '', name = '' } = call;
  const { uid } = api.get(type, { namespace, name }).metadata;
  const spec = isObject(request['spec']) ? request['spec'] : {};
  const audiences =
    Array.isArray(spec['audiences']) && spec['audiences'].length > 0
      ? spec['audiences'].map(String)
      : [defaultAudience];
  const seconds = Math.min(Math.max(600, Number(spec['expirationSeconds'] ?? 3600)), 2 ** 32);
  const token = tokens.issue({ account: { namespace, name, uid }, audiences, seconds, now });
  const answer = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name, namespace, creationTimestamp: timestamp(now) },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: timestamp(new Date(now.getTime() + seconds * 1000)) },
  };
  call.response.writeHead(201, { 'content-type': 'application/json' });
  call.response.end(JSON.stringify(answer));
}
