import { negotiate } from '#mesh/apiserver/http/body.ts';
import type { PathHandler } from '#mesh/apiserver/http/handle.ts';
import { sendJson } from '#mesh/apiserver/http/respond.ts';
import {
  apiVersionOf,
  byMaturity,
  type ResourceType,
  type ResourceTypes,
  subresourceKind,
} from '#mesh/apiserver/resource-type.ts';

/** Discovery in both forms: a document for each group and version, and everything in two (`as=APIGroupDiscoveryList`). */
export function discoveryPaths(types: ResourceTypes): PathHandler {
  return (pathname, request, response) => {
    const path = pathname.replace(/\/+$/, '');
    const aggregated =
      path === '/api' || path === '/apis' ? aggregatedVersion(request.headers.accept) : undefined;
    const body = documentAt(path, types, aggregated !== undefined);
    if (body === undefined) return false;
    response.setHeader('vary', 'Accept');
    if (aggregated === undefined) {
      negotiate(request.headers.accept);
      sendJson(response, body);
    } else {
      const type = `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
      response.setHeader('content-type', type);
      response.end(JSON.stringify({ ...(body as object), apiVersion: `apidiscovery.k8s.io/${aggregated}` }));
    }
    return true;
  };
}

/** The version of aggregated discovery that a client would rather have; undefined: it wants the legacy form. */
function aggregatedVersion(accept = ''): string | undefined {
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (type !== 'application/json') continue;
    if (!parameters.includes('as=APIGroupDiscoveryList')) return undefined;
    const version = parameters.find((parameter) => parameter.startsWith('v='))?.slice(2);
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}

function documentAt(path: string, types: ResourceTypes, aggregated: boolean): unknown {
  if (path === '/api') {
    return aggregated
      ? groupDiscoveryList(types.all.filter(({ group }) => group === ''))
      : { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }
  if (path === '/apis') {
    const named = types.all.filter(({ group }) => group !== '');
    return aggregated
      ? groupDiscoveryList(named)
      : { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(named).map(apiGroup) };
  }
  const [, root, first = '', second] = path.split('/');
  if (root === 'api' && second === undefined) return resourceList(types, '', first);
  if (root !== 'apis' || path.split('/').length > 4) return undefined;
  if (second !== undefined) return resourceList(types, first, second);
  const group = groupsOf(types.all).find(({ name }) => name === first);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) };
}

interface Group {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly string[];
  readonly types: readonly ResourceType[];
}

function groupsOf(types: readonly ResourceType[]): Group[] {
  const groups = Map.groupBy(types, ({ group }) => group);
  return [...groups].map(([name, members]) => ({
    name,
    versions: [...new Set(members.flatMap(({ versions }) => versions))].sort(byMaturity),
    types: members,
  }));
}

function apiGroup({ name, versions }: Group) {
  const entries = versions.map((version) => ({ groupVersion: apiVersionOf(name, version), version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

function resourceList(types: ResourceTypes, group: string, version: string) {
  const members = types.all.filter((type) => type.group === group && type.versions.includes(version));
  if (members.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(group, version),
    resources: members.flatMap((type) => [
      resource(type),
      ...type.subresources.map((name) => subresource(type, name)),
    ]),
  };
}

function resource({ plural, singular, namespaced, kind, verbs, shortNames, categories }: ResourceType) {
  return {
    ...{ name: plural, singularName: singular, namespaced, kind, verbs },
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
}

function subresource(type: ResourceType, name: string) {
  const { kind, group, version, verbs } = subresourceKind(type, name);
  return {
    name: `${type.plural}/${name}`,
    singularName: '',
    namespaced: type.namespaced,
    ...(group !== undefined && { group, version }),
    ...{ kind, verbs },
  };
}

function groupDiscoveryList(types: readonly ResourceType[]) {
  const items = groupsOf(types).map(({ name, versions, types: members }) => ({
    metadata: { name, creationTimestamp: null },
    versions: versions.map((version) => ({
      version,
      resources: members
        .filter((type) => type.versions.includes(version))
        .map((type) => discovered(type, version)),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', metadata: {}, items };
}

function discovered(type: ResourceType, version: string) {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, group } = type;
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(type.subresources.length > 0 && {
      subresources: type.subresources.map((name) => {
        const response = subresourceKind(type, name);
        const responseKind = {
          group: response.group ?? group,
          version: response.version ?? version,
          kind: response.kind,
        };
        return { subresource: name, responseKind, verbs: response.verbs };
      }),
    }),
  };
}
