import { isDeepStrictEqual } from 'node:util';
import type { HttpMatch, HttpRule } from '#mesh/istiod/config/build/route-match.ts';
import type { RoutedRule, VirtualService } from '#mesh/istiod/config/build/routes.ts';
import { isVisible } from '#mesh/istiod/config/build/visibility.ts';
import { once } from '#mesh/once.ts';

/**
 * The VirtualServices with the rules of those that they delegate to in place of their own
 * (https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate). A rule whose delegate is not there, not
 * to be seen, or has hosts of its own, is none. Delegates have no hosts, so nothing leads to them but their roots.
 */
export const withDelegates = once((all: readonly VirtualService[]): readonly VirtualService[] => {
  const isRoot = ({ spec }: VirtualService) => spec.http.some(({ delegate }) => delegate);
  if (!all.some(isRoot)) return all;
  const byName = new Map(all.map((service) => [keyOf(service.metadata), service]));
  return all.map((root) => (isRoot(root) ? withRulesOfDelegates(root, byName) : root));
});

function keyOf({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `${namespace}/${name}`;
}

function withRulesOfDelegates(
  root: VirtualService,
  byName: ReadonlyMap<string, VirtualService>,
): VirtualService {
  const { metadata, document, spec } = root;
  const http = spec.http.flatMap((rule, index): readonly RoutedRule[] => {
    const declaredIn = { namespace: metadata.namespace, position: document.at(['spec', 'http', index]) };
    if (!rule.delegate) return [{ ...rule, declaredIn }];
    const { name = '', namespace = metadata.namespace } = rule.delegate;
    const delegate = byName.get(keyOf({ name, namespace }));
    const isDelegate = delegate?.spec.hosts.length === 0 && isVisible(delegate, metadata.namespace);
    return delegate && isDelegate ? delegatedRules(rule, delegate) : [];
  });
  return { ...root, spec: { ...spec, http } };
}

function delegatedRules(root: HttpRule, { metadata, document, spec }: VirtualService): RoutedRule[] {
  return spec.http
    .filter((rule) => !rule.delegate)
    .flatMap((rule, index) => {
      const match = mergedMatches(root.match, rule.match);
      // Rules that no request of the root can reach are left out.
      if (!match) return [];
      const declaredIn = { namespace: metadata.namespace, position: document.at(['spec', 'http', index]) };
      return [{ ...inherited(root, rule), match, declaredIn }];
    });
}

/** The root's fields apply where the delegate has none. */
function inherited({ delegate: _, ...root }: HttpRule, rule: HttpRule): HttpRule {
  const name = [root.name, rule.name].filter(Boolean).join('-');
  const { route, redirect, directResponse, mirrors, ...settings } = root;
  return {
    ...settings,
    ...rule,
    ...(rule.mirrors.length === 0 && { mirrors }),
    ...(name !== '' && { name }),
  };
}

function mergedMatches(roots: readonly HttpMatch[], matches: readonly HttpMatch[]): HttpMatch[] | undefined {
  if (roots.length === 0) return [...matches];
  if (matches.length === 0) return [...roots];
  const merged = matches.flatMap((match) =>
    roots.filter((root) => !conflicts(root, match)).map((root) => mergedMatch(root, match)),
  );
  return merged.length > 0 ? merged : undefined;
}

const TEXTS = ['uri', 'scheme', 'method', 'authority'] as const;
const TABLES = ['headers', 'withoutHeaders', 'queryParams'] as const;

/** Whether no request can meet both. */
function conflicts(root: HttpMatch, match: HttpMatch): boolean {
  return (
    TEXTS.some((field) => textsConflict(root[field], match[field])) ||
    TABLES.some((field) =>
      Object.entries(match[field]).some(([name, text]) => textsConflict(root[field][name], text)),
    ) ||
    root.ignoreUriCase !== match.ignoreUriCase ||
    valuesConflict(root.port, match.port) ||
    valuesConflict(root.sourceNamespace, match.sourceNamespace) ||
    Object.entries(match.sourceLabels).some(([name, value]) =>
      valuesConflict(root.sourceLabels[name], value),
    ) ||
    (root.gateways.length > 0 && match.gateways.some((gateway) => !root.gateways.includes(gateway)))
  );
}

function valuesConflict<T>(root: T | undefined, value: T | undefined): boolean {
  return root !== undefined && value !== undefined && !isDeepStrictEqual(root, value);
}

type Text = HttpMatch['headers'][string];

/** A delegate may narrow what the root says; regular expressions are not compared, so they stand alone. */
function textsConflict(root: Text | undefined, { exact, prefix, regex }: Text = {}): boolean {
  const says = exact !== undefined || prefix !== undefined || regex !== undefined;
  if (!root || !says) return false;
  if (root.regex !== undefined) return true;
  if (root.exact !== undefined) return exact !== root.exact;
  if (root.prefix !== undefined) return !(exact ?? prefix)?.startsWith(root.prefix);
  return false;
}

function mergedMatch(root: HttpMatch, match: HttpMatch): HttpMatch {
  const name = [root.name, match.name].filter(Boolean).join('-');
  return {
    ...root,
    ...match,
    ...Object.fromEntries(TABLES.map((field) => [field, { ...root[field], ...match[field] }])),
    sourceLabels: { ...root.sourceLabels, ...match.sourceLabels },
    gateways: match.gateways.length > 0 ? match.gateways : root.gateways,
    ...(name !== '' && { name }),
  };
}
