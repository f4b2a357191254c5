import { withAliases } from '#mesh/istiod/config/build/aliases.ts';
import { withDelegates } from '#mesh/istiod/config/build/delegates.ts';
import { DestinationRuleIndex, hostOf, withRule } from '#mesh/istiod/config/build/destination-rules.ts';
import { externalServices, mergedServices } from '#mesh/istiod/config/build/external-services.ts';
import { servicesByHost } from '#mesh/istiod/config/build/forward.ts';
import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import { type BuildInput, selects } from '#mesh/istiod/config/build/input.ts';
import type { VirtualService } from '#mesh/istiod/config/build/routes.ts';
import { kubernetesServices } from '#mesh/istiod/config/build/services.ts';
import { type Known, knownThrough, type Sidecar, sidecarFor } from '#mesh/istiod/config/build/sidecars.ts';
import { meshConnections } from '#mesh/istiod/config/build/traffic-policy.ts';
import { meshVirtualHosts } from '#mesh/istiod/config/build/virtual-hosts.ts';
import { type Caller, isRestricted, isVisible } from '#mesh/istiod/config/build/visibility.ts';
import { meshConfigOf } from '#mesh/istiod/config/mesh-config.ts';
import {
  type DestinationRule,
  ofKind,
  type Resource,
  type ResourceOf,
} from '#mesh/istiod/config/schema/resource.ts';
import type { MeshView, OutboundPolicy } from '#mesh/istiod/model/mesh.ts';
import type { Service } from '#mesh/istiod/model/service.ts';

/** What adds to the registry. */
type Declaration = ResourceOf<'Service' | 'ServiceEntry'>;

/** No object is meant for this one in particular. */
const ANYBODY: Caller = { namespace: '', labels: {} };

/** What each workload of the mesh sees of it. Workloads that see the same share one view. */
export class Views {
  readonly #input: BuildInput;
  readonly #services: readonly Service[];
  /** The hosts that services of several namespaces have. */
  readonly #namesakes: ReadonlySet<string>;
  readonly #ruleIndex: DestinationRuleIndex;
  readonly #virtualServices: readonly VirtualService[];
  /** Only few of all these are for particular workloads: lookups for one workload consider only those. */
  readonly #restricted: readonly Declaration[];
  readonly #particularRules: readonly DestinationRule[];
  readonly #particularRoutes: readonly VirtualService[];
  readonly #sidecars: readonly Sidecar[];
  /** By what is meant for a caller in particular. */
  readonly #known = new Map<string, MeshView>();
  /** Of a workload for which nothing is. It knows every service, because its sidecar stands in front of one. */
  readonly common: MeshView;

  constructor(input: BuildInput) {
    this.#input = input;
    const declaredServices = mergedServices([...kubernetesServices(input), ...externalServices(input)]);
    this.#services = withAliases(declaredServices, input.resources);
    this.#namesakes = namesakes(this.#services);
    const rules = ofKind(input.resources, 'DestinationRule');
    this.#ruleIndex = new DestinationRuleIndex(rules);
    this.#particularRules = rules.filter(
      (rule) => rule.spec.workloadSelector || isRestricted(rule) || leavesNamespace(rule, this.#services),
    );
    const virtualServices = ofKind(input.resources, 'VirtualService');
    this.#virtualServices = withDelegates(virtualServices);
    this.#particularRoutes = virtualServices.filter(isRestricted);
    const declared = [...ofKind(input.resources, 'Service'), ...ofKind(input.resources, 'ServiceEntry')];
    this.#restricted = declared.filter(isRestricted);
    this.#sidecars = ofKind(input.resources, 'Sidecar');
    this.common = this.#build(ANYBODY, this.#services);
  }

  /** Of a gateway, for which no Sidecar is meant. */
  of(caller: Caller): MeshView {
    return this.#find(caller);
  }

  ofPod(pod: Caller): MeshView {
    return this.#find(pod, sidecarFor(this.#sidecars, pod));
  }

  #find(caller: Caller, sidecar?: Sidecar): MeshView {
    const hidden = this.#restricted.filter((one) => !isVisible(one, caller.namespace));
    const special = [...this.#specialRules(caller), ...this.#specialRoutes(caller)];
    const own = this.#ownNamesakes(caller);
    if (hidden.length === 0 && special.length === 0 && own.size === 0 && !sidecar) return this.common;
    // A Sidecar of the root namespace means each namespace's own by `.`.
    const scope = sidecar ? [nameOf(sidecar), caller.namespace] : [];
    const named = own.size > 0 ? [caller.namespace] : [];
    const key = JSON.stringify([...[hidden, special].map((objects) => objects.map(nameOf)), scope, named]);
    const seen = () =>
      this.#visibleServices(hidden).filter(
        ({ host, namespace }) => namespace === caller.namespace || !own.has(host),
      );
    const view = this.#known.get(key) ?? this.#build(caller, seen(), sidecar);
    this.#known.set(key, view);
    return view;
  }

  #build(caller: Caller, visible: readonly Service[], sidecar?: Sidecar): MeshView {
    const services = visible.map((service) => withRule(service, this.#ruleIndex.find(service, caller)));
    const virtualServices = this.#virtualServices.filter((one) => isVisible(one, caller.namespace));
    const { namespace } = caller;
    const known: Known = sidecar
      ? knownThrough(sidecar, { namespace, services, virtualServices })
      : { services, routed: [{ services, virtualServices }] };
    return {
      outboundPolicy: sidecar?.spec.outboundTrafficPolicy?.mode ?? this.#outboundPolicy,
      services: known.services,
      virtualHosts: known.routed.flatMap((one) => meshVirtualHosts(one.virtualServices, one.services)),
      connectionHosts: known.routed.flatMap((one) => meshConnections(one.virtualServices, one.services)),
    };
  }

  /** What the mesh configuration says counts before how the mesh was started. */
  get #outboundPolicy(): OutboundPolicy {
    const { resources, outboundPolicy } = this.#input;
    return meshConfigOf(resources).outboundTrafficPolicy.mode ?? outboundPolicy;
  }

  /** A namespace's own service hides those of the same host elsewhere. */
  #ownNamesakes({ namespace }: Caller): ReadonlySet<string> {
    if (this.#namesakes.size === 0) return this.#namesakes;
    const own = this.#services.filter((one) => one.namespace === namespace && this.#namesakes.has(one.host));
    return new Set(own.map(({ host }) => host));
  }

  #visibleServices(hidden: readonly Declaration[]): readonly Service[] {
    const keys = new Set(hidden.flatMap(serviceKeys));
    return this.#services.filter(({ namespace, host }) => !keys.has(`${namespace}/${host}`));
  }

  /** Rules that others than this caller do not follow. */
  #specialRules(caller: Caller): readonly DestinationRule[] {
    return this.#particularRules.filter((rule) => {
      if (rule.metadata.namespace !== caller.namespace) {
        return isRestricted(rule) && isVisible(rule, caller.namespace);
      }
      const { workloadSelector: selector } = rule.spec;
      return !selector || selects(selector.matchLabels, caller.labels);
    });
  }

  #specialRoutes({ namespace }: Caller): readonly VirtualService[] {
    return this.#particularRoutes.filter((one) => isVisible(one, namespace));
  }
}

function namesakes(services: readonly Service[]): ReadonlySet<string> {
  const hosts = new Set<string>();
  return new Set(
    services.flatMap(({ host }) => {
      if (hosts.has(host)) return [host];
      hosts.add(host);
      return [];
    }),
  );
}

/** Whether callers in the rule's own namespace follow it on the way to a service of another one. */
function leavesNamespace(rule: DestinationRule, services: readonly Service[]): boolean {
  const { namespace } = rule.metadata;
  const host = hostOf(rule);
  return host.startsWith('*')
    ? services.some((service) => service.namespace !== namespace)
    : servicesByHost(services)
        .covering(host)
        .some(({ item }) => item.namespace !== namespace);
}

function nameOf({ kind, metadata }: Pick<Resource, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

function serviceKeys(declared: Declaration): string[] {
  const { name, namespace } = declared.metadata;
  const hosts = declared.kind === 'Service' ? [serviceHost(name, namespace)] : declared.spec.hosts;
  return hosts.map((host) => `${namespace}/${host}`);
}
