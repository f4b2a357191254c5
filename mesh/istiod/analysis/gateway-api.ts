import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import {
  type GatewayApiProblem,
  mixedRules,
  shadowedRules,
} from '#mesh/istiod/analysis/gateway-api-conflicts.ts';
import { type Attachment, attach, CONTROLLERS } from '#mesh/istiod/config/gateway-api/attachment.ts';
import { backendCertificate, judgedPolicies } from '#mesh/istiod/config/gateway-api/backend-tls.ts';
import { notTaken, refusalOf } from '#mesh/istiod/config/gateway-api/gateway-status.ts';
import { type Listener, parentOf, takes } from '#mesh/istiod/config/gateway-api/listeners.ts';
import { matchProblem } from '#mesh/istiod/config/gateway-api/matches.ts';
import {
  documentOf,
  type Gateway,
  type GatewayApiObjects,
  GROUP,
  type HttpRule,
  type ListenerSet,
  nameOf,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { resolveBackend } from '#mesh/istiod/config/gateway-api/references.ts';
import { referrerOf, supportedFilters } from '#mesh/istiod/config/gateway-api/rules.ts';
import { resourceTitle } from '#mesh/istiod/config/resources.ts';
import { ofKind, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean, useOneOf } from '#mesh/nearest.ts';

/**
 * What the status of Gateway API's objects says against them, and what no status says: a class or a Gateway that is not there, and rules that
 * get no request. All of it may still come right by what is written next, so nothing is refused.
 */
export function analyzeGatewayApi(
  objects: GatewayApiObjects,
  resources: readonly Resource[] = [],
): readonly Diagnostic[] {
  const { gateways, backendTlsPolicies: policies } = objects;
  const { length: sets } = objects.listenerSets;
  if (gateways.length + policies.length + sets + routesOf(objects).length === 0) return [];
  const attachments = attach(objects);
  const of = (object: KubernetesObject, problems: readonly GatewayApiProblem[]) =>
    problems.map((problem) => diagnosed(object, problem, objects));
  return [
    ...objects.gateways.flatMap((gateway) => of(gateway, classProblems(gateway, objects))),
    ...attachments.gateways.flatMap(({ gateway, listeners }) =>
      of(gateway, gatewayProblems({ gateway, listeners }, objects)),
    ),
    ...objects.listenerSets.flatMap((set) => {
      const listeners = attachments.gateways.flatMap((one) => one.listeners);
      return of(set, listenerSetProblems(set, listeners, objects));
    }),
    ...attachments.routes.flatMap((attachment) => of(attachment.route, routeProblems(attachment, objects))),
    ...judgedPolicies(objects).flatMap(({ policy, refused, unresolved, target }) => {
      const problem = refused ?? unresolved;
      const path = ['spec', 'targetRefs', policy.spec.targetRefs.indexOf(target)];
      return problem ? of(policy, [{ path, code: problem.reason, message: problem.message }]) : [];
    }),
    ...mixedRules(ofKind(resources, 'VirtualService'), attachments),
    ...shadowedRules(attachments).flatMap(({ route, problem }) => of(route, [problem])),
  ];
}

function routesOf({ httpRoutes, grpcRoutes, tlsRoutes, tcpRoutes }: GatewayApiObjects) {
  return [...httpRoutes, ...grpcRoutes, ...tlsRoutes, ...tcpRoutes];
}

function diagnosed(
  object: KubernetesObject,
  { path, ...problem }: GatewayApiProblem,
  objects: GatewayApiObjects,
): Diagnostic {
  const position = documentOf(object, objects).at(path);
  return { severity: 'warning', ...problem, position, resource: resourceTitle(object), group: GROUP };
}

function classProblems({ spec }: Gateway, { classes }: GatewayApiObjects): readonly GatewayApiProblem[] {
  const { gatewayClassName: name } = spec;
  const path = ['spec', 'gatewayClassName'];
  const found = classes.find(({ metadata }) => metadata.name === name);
  const names = classes.map(({ metadata }) => metadata.name);
  if (!found)
    return [
      {
        path,
        code: 'UnknownClass',
        message: `there is no GatewayClass ${name}`,
        fix: didYouMean(name, names),
      },
    ];
  const { controllerName } = found.spec;
  const others: readonly string[] = [CONTROLLERS['istio-remote'], CONTROLLERS['istio-waypoint']];
  if (!others.includes(controllerName)) return [];
  const message = `Gateways of the class ${name} are not carried out on the laptop`;
  return [{ path, code: 'M101-unsupported-kind', message, fix: 'use `istio`' }];
}

interface Judged {
  readonly gateway: Gateway;
  readonly listeners: readonly Listener[];
}

function gatewayProblems(
  { gateway, listeners }: Judged,
  objects: GatewayApiObjects,
): readonly GatewayApiProblem[] {
  const refused = refusalOf({ gateway, objects });
  const whole = refused ? [{ path: ['spec'], code: refused.reason, message: refused.message }] : [];
  const { problem } = backendCertificate(gateway, objects);
  const backend = problem
    ? [
        {
          path: ['spec', 'tls', 'backend', 'clientCertificateRef'],
          code: problem.reason,
          message: problem.message,
        },
      ]
    : [];
  return [...whole, ...backend, ...listenerProblems(gateway, listeners)];
}

/** What is wrong with the listeners that an object has among a Gateway's. */
function listenerProblems(
  of: Gateway | ListenerSet,
  listeners: readonly Listener[],
): readonly GatewayApiProblem[] {
  const own = listeners.filter(({ owner }) => owner === of);
  return own.flatMap(({ spec, refused, conflict, unresolved }, index) =>
    [refused, conflict, unresolved].flatMap((problem) =>
      problem
        ? [
            {
              path: ['spec', 'listeners', index],
              code: problem.reason,
              message: `listener ${spec.name}: ${problem.message}`,
            },
          ]
        : [],
    ),
  );
}

function listenerSetProblems(
  set: ListenerSet,
  listeners: readonly Listener[],
  objects: GatewayApiObjects,
): readonly GatewayApiProblem[] {
  const { gateways } = objects;
  const path = ['spec', 'parentRef'];
  const parent = parentOf(set);
  const gateway = gateways.find((one) => nameOf(one) === parent);
  if (!gateway) {
    const message =
      parent === undefined ? 'the parent of a ListenerSet is a Gateway' : `there is no Gateway ${parent}`;
    return [{ path, code: 'ParentNotAccepted', message }];
  }
  if (takes(gateway, set, objects)) return listenerProblems(set, listeners);
  const { reason: code, message } = notTaken(set);
  return [{ path, code, message, fix: 'set `spec.allowedListeners.namespaces` of the Gateway' }];
}

function routeProblems(attachment: Attachment, objects: GatewayApiObjects): readonly GatewayApiProblem[] {
  return [
    ...parentProblems(attachment, objects),
    ...matchProblems(attachment),
    ...filterProblems(attachment),
    ...backendProblems(attachment, objects),
  ];
}

function parentProblems(
  { route, parents }: Attachment,
  { gateways, listenerSets }: GatewayApiObjects,
): readonly GatewayApiProblem[] {
  const { namespace: own = '' } = route.metadata;
  return (route.spec.parentRefs ?? []).flatMap((reference, index) => {
    const path = ['spec', 'parentRefs', index];
    const { group = GROUP, kind = 'Gateway', namespace = own, name } = reference;
    const refused = parents.find((parent) => parent.reference === reference)?.refused;
    if (refused) return [{ path, code: refused.reason, message: refused.message }];
    const parentKinds = kind === 'ListenerSet' ? listenerSets : kind === 'Gateway' ? gateways : [];
    const isThere = parentKinds.some((one) => nameOf(one) === `${namespace}/${name}`);
    if (group !== GROUP || (kind !== 'Gateway' && kind !== 'ListenerSet') || isThere) return [];
    const there = parentKinds.filter(({ metadata }) => metadata.namespace === namespace);
    const names = there.map(({ metadata }) => metadata.name);
    const message = `${resourceTitle(route)} has the parent ${kind} ${namespace}/${name}, and there is none of this name`;
    const fix = names.length === 0 ? `apply the ${kind} first or together with it` : didYouMean(name, names);
    return [{ path, code: 'NoMatchingParent', message, fix }];
  });
}

function matchProblems({ kind, route }: Attachment): readonly GatewayApiProblem[] {
  const rules = (route.spec.rules ?? []) as readonly HttpRule[];
  return rules.flatMap(({ matches = [] }, rule) => {
    const message = matchProblem(kind, matches);
    const path = ['spec', 'rules', rule, 'matches'];
    return message === undefined
      ? []
      : [{ path, code: 'UnsupportedValue', message: `${message}; rule ${rule + 1} gets no requests` }];
  });
}

function filterProblems({ route }: Attachment): readonly GatewayApiProblem[] {
  const rules = (route.spec.rules ?? []) as readonly HttpRule[];
  return rules.flatMap(({ filters = [] }, rule) =>
    filters.flatMap(({ type }, index) =>
      supportedFilters.has(type)
        ? []
        : [
            {
              path: ['spec', 'rules', rule, 'filters', index],
              code: 'UnsupportedValue',
              message: `the mesh carries out no filter of type ${type}: requests are answered with 500`,
              fix: useOneOf(supportedFilters),
            },
          ],
    ),
  );
}

function backendProblems(attachment: Attachment, objects: GatewayApiObjects): readonly GatewayApiProblem[] {
  const { route } = attachment;
  const from = referrerOf(attachment);
  const rules = (route.spec.rules ?? []) as readonly HttpRule[];
  const references = rules.flatMap(({ backendRefs = [], filters = [] }, rule) => [
    ...backendRefs.map((reference, index) => ({
      reference,
      path: ['spec', 'rules', rule, 'backendRefs', index],
    })),
    ...filters.flatMap(({ requestMirror }, index) =>
      requestMirror
        ? [
            {
              reference: requestMirror.backendRef,
              path: ['spec', 'rules', rule, 'filters', index, 'requestMirror', 'backendRef'],
            },
          ]
        : [],
    ),
  ]);
  return references.flatMap(({ reference, path }) => {
    const resolved = resolveBackend(reference, from, objects);
    if ('backend' in resolved) return [];
    const { reason: code, message } = resolved.problem;
    return [{ path, code, message: `${message}; its share of the requests is answered with 500` }];
  });
}
