import { HostIndex } from '#mesh/istiod/config/build/host-index.ts';
import { resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import { type HttpRule, toStringMatch } from '#mesh/istiod/config/build/route-match.ts';
import {
  faultPercentage,
  type HttpRouteDestination,
  type CorsPolicy as IstioCors,
  type Destination as IstioDestination,
  type Rewrite,
} from '#mesh/istiod/config/schema/istio/virtual-service/http-route.ts';
import {
  type CorsPolicy,
  DEFAULT_RETRY,
  type Destination,
  type Fault,
  type Forward,
  type Mirror,
  type RetryPolicy,
  type WeightedDestination,
} from '#mesh/istiod/model/route.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import { once } from '#mesh/once.ts';

/** The context of a rule's names: the VirtualService's namespace, and the port of the virtual host. */
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
  const ports = servicesByHost(services).named(host)?.ports ?? [];
  const only = ports.length === 1 ? ports[0]?.number : undefined;
  return {
    host,
    port: destination.port?.number ?? only ?? port,
    ...(destination.subset !== undefined && { subset: destination.subset }),
  };
}

export const servicesByHost = once(
  (services: readonly Service[]) => new HostIndex(services, ({ host }) => [host]),
);

/** Istio takes a delay without a duration and an abort without a status, and does nothing. */
function toFault(fault: HttpRule['fault']): Fault | undefined {
  const delay = fault?.delay?.fixedDelay === undefined ? undefined : fault.delay;
  const hasStatus = fault?.abort?.httpStatus !== undefined || fault?.abort?.grpcStatus !== undefined;
  const abort = hasStatus ? fault?.abort : undefined;
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

function toCors({
  allowOrigins,
  allowOrigin,
  maxAge,
  allowCredentials,
  unmatchedPreflights,
  ...lists
}: IstioCors): CorsPolicy {
  return {
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    // The deprecated list holds exact origins, or `*` for all.
    allowOrigins: [
      ...allowOrigins.map(toStringMatch),
      ...allowOrigin.map((origin) => (origin === '*' ? { regex: '.*' } : { exact: origin })),
    ],
    ...(maxAge !== undefined && { maxAge }),
    ...(allowCredentials !== undefined && { allowCredentials }),
    ...(unmatchedPreflights === 'IGNORE' && { answersOthers: true }),
  };
}

/**
 * Istio's HTTPRetry: absent means the default policy, `attempts: 0` none at all. A number within `retryOn` is a status
 * code that is retried (https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry).
 */
function toRetryPolicy(retries: HttpRule['retries']): RetryPolicy {
  if (!retries) return DEFAULT_RETRY;
  const {
    attempts = 0,
    perTryTimeout,
    backoff,
    retryOn,
    retryRemoteLocalities,
    retryIgnorePreviousHosts,
  } = retries;
  return {
    ...DEFAULT_RETRY,
    attempts,
    ...(retryOn ? parseRetryOn(retryOn) : {}),
    ...(perTryTimeout !== undefined && { perTryTimeout }),
    ...(backoff !== undefined && { backoff }),
    ...(retryRemoteLocalities !== undefined && { retryRemoteLocalities }),
    retryIgnorePreviousHosts: retryIgnorePreviousHosts ?? true,
  };
}

function parseRetryOn(retryOn: string): Pick<RetryPolicy, 'retryOn' | 'retriableStatusCodes'> {
  const conditions = retryOn.split(',').map((condition) => condition.trim());
  const codes = conditions.filter((condition) => /^\d+$/.test(condition));
  const names = conditions.filter((condition) => condition !== '' && !codes.includes(condition));
  const needsCodes = codes.length > 0 && !names.includes('retriable-status-codes');
  return {
    retryOn: needsCodes ? [...names, 'retriable-status-codes'] : names,
    retriableStatusCodes: codes.map(Number),
  };
}
