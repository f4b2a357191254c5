import { resolveHost } from '#mesh/model/build/hosts.ts';
import { toRetryPolicy } from '#mesh/model/build/retry-policy.ts';
import { type HttpRule, toStringMatch } from '#mesh/model/build/route-match.ts';
import type {
  CorsPolicy,
  Destination,
  Fault,
  Forward,
  Mirror,
  WeightedDestination,
} from '#mesh/model/route.ts';
import type { Service } from '#mesh/model/service.ts';
import type { CorsPolicy as IstioCors } from '#mesh/schema/istio/virtual-service/cors-policy.ts';
import type {
  HttpRouteDestination,
  Destination as IstioDestination,
} from '#mesh/schema/istio/virtual-service/destination.ts';
import { faultPercentage } from '#mesh/schema/istio/virtual-service/fault.ts';
import type { Rewrite } from '#mesh/schema/istio/virtual-service/redirect.ts';

/** What a rule's names mean: relative to the VirtualService's namespace, at the port of the virtual host. */
export interface RuleContext {
  readonly namespace: string;
  readonly port: number;
  readonly services: readonly Service[];
}

/** A rule that sends requests on: Istio's HTTPRoute with `route`. */
export function toForward(rule: HttpRule, context: RuleContext): Forward {
  const fault = toFault(rule.fault);
  return {
    kind: 'forward',
    destinations: toDestinations(rule.route, context),
    timeout: rule.timeout ?? 0,
    retries: toRetryPolicy(rule.retries),
    ...(fault && { fault }),
    mirrors: toMirrors(rule, context),
    ...(rule.rewrite && { rewrite: toRewrite(rule.rewrite) }),
    ...(rule.headers && { headers: rule.headers }),
    ...(rule.corsPolicy && { cors: toCors(rule.corsPolicy) }),
  };
}

/** A single destination may go without weight; it then gets everything. */
export function toDestinations(
  route: readonly HttpRouteDestination[],
  context: RuleContext,
): WeightedDestination[] {
  return route.map(({ destination, weight, headers }) => ({
    ...toDestination(destination, context),
    weight: weight ?? (route.length === 1 ? 100 : 0),
    ...(headers && { headers }),
  }));
}

/** The port, when not named: the only one that the service has, else the one that was asked for. */
function toDestination(
  destination: IstioDestination,
  { namespace, port, services }: RuleContext,
): Destination {
  const host = resolveHost(destination.host, namespace);
  const ports = services.find((service) => service.host === host)?.ports ?? [];
  const only = ports.length === 1 ? ports[0]?.number : undefined;
  return {
    host,
    port: destination.port?.number ?? only ?? port,
    ...(destination.subset !== undefined && { subset: destination.subset }),
  };
}

function toFault(fault: HttpRule['fault']): Fault | undefined {
  const { delay, abort } = fault ?? {};
  if (!delay && !abort) return undefined;
  return {
    ...(delay && { delay: { fixedDelay: delay.fixedDelay ?? 0, percentage: faultPercentage(delay) } }),
    ...(abort && {
      abort: {
        percentage: faultPercentage(abort),
        ...(abort.httpStatus !== undefined && { httpStatus: abort.httpStatus }),
        ...(abort.grpcStatus !== undefined && { grpcStatus: abort.grpcStatus }),
      },
    }),
  };
}

/** The older `mirror` with its percentage in three spellings, and the newer list `mirrors`. */
function toMirrors(rule: HttpRule, context: RuleContext): Mirror[] {
  const percentage = rule.mirrorPercentage?.value ?? rule.mirrorPercent ?? rule.mirror_percent ?? 100;
  const single = rule.mirror ? [{ ...toDestination(rule.mirror, context), percentage }] : [];
  const list = rule.mirrors.map(({ destination, percentage }) => ({
    ...toDestination(destination, context),
    percentage: percentage?.value ?? 100,
  }));
  return [...single, ...list].filter((mirror) => mirror.percentage > 0);
}

function toRewrite({ uriRegexRewrite, ...rewrite }: Rewrite) {
  return { ...rewrite, ...(uriRegexRewrite && { uriRegex: uriRegexRewrite }) };
}

function toCors({ allowOrigins, allowOrigin, maxAge, allowCredentials, ...lists }: IstioCors): CorsPolicy {
  return {
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    // The deprecated list holds exact origins, or `*` for all.
    allowOrigins: [
      ...allowOrigins.map(toStringMatch),
      ...allowOrigin.map((origin) => (origin === '*' ? { regex: '.*' } : { exact: origin })),
    ],
    ...(maxAge !== undefined && { maxAge }),
    ...(allowCredentials !== undefined && { allowCredentials }),
  };
}
