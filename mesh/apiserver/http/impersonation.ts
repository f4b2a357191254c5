import type { IncomingMessage } from 'node:http';
import type { Api } from '#mesh/apiserver/api.ts';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { type Attributes, isAllowed } from '#mesh/apiserver/http/authorization.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import { isImpersonating, userOf } from '#mesh/apiserver/http/user.ts';

const verbs: Readonly<Record<string, { readonly one: string; readonly all: string }>> = {
  GET: { one: 'get', all: 'list' },
  HEAD: { one: 'get', all: 'list' },
  POST: { one: 'create', all: 'create' },
  PUT: { one: 'update', all: 'update' },
  PATCH: { one: 'patch', all: 'patch' },
  DELETE: { one: 'delete', all: 'deletecollection' },
};

export interface ImpersonatedRequest {
  readonly api: Api;
  readonly request: IncomingMessage;
  readonly target: Omit<Attributes, 'verb' | 'path'> & { readonly isWatch?: boolean };
}

/**
 * The kubeconfig's user may do everything; with `kubectl --as`, only what the roles allow that user, which is how roles are
 * tried out.
 *
 * @throws ApiError 403
 */
export function checkImpersonated({ api, request, target }: ImpersonatedRequest): void {
  if (!isImpersonating(request)) return;
  const { isWatch = false, ...place } = target;
  const forms = verbs[request.method ?? ''] ?? { one: '', all: '' };
  const verb = isWatch ? 'watch' : place.name === undefined ? forms.all : forms.one;
  const user = userOf(request);
  if (isAllowed(api, user, { verb, ...place }).allowed) return;
  throw refusal(user.username, { verb, ...place });
}

/** What a call is for, as roles name it. */
export function targetOf({ type, namespace, name, subresource }: Call): ImpersonatedRequest['target'] {
  const { group, plural } = type;
  // A namespace lies within itself.
  const where = plural === 'namespaces' && group === '' ? name : namespace;
  return {
    ...{ group, resource: plural },
    ...(where !== undefined && { namespace: where }),
    ...(subresource !== undefined && { subresource }),
    ...(name !== undefined && { name }),
  };
}

function refusal(username: string, { verb, group = '', resource = '', ...place }: Attributes): ApiError {
  const { namespace, name, subresource } = place;
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
  const subject = group ? `${resource}.${group}` : resource;
  const named = name === undefined ? subject : `${subject} ${JSON.stringify(name)}`;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const message = `${named} is forbidden: User ${JSON.stringify(username)} cannot ${verb} resource ${JSON.stringify(whole)} in API group ${JSON.stringify(group)} ${where}`;
  const details = { ...(name !== undefined && { name }), ...(group && { group }), kind: resource };
  return new ApiError({ code: 403, reason: 'Forbidden', message, details });
}
