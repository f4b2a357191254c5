/**
 * A kind's validator as its package compiled it from the official schema: throws an `AjvErrors` when `this` does not fit.
 */
export type Validate = (this: object) => void;

/**
 * The validator of a kind: Kubernetes' from `kubernetes-models` (made of its OpenAPI document), Istio's from
 * `@kubernetes-models/istio` and Gateway API's from `@kubernetes-models/gateway-api` (made of their CustomResourceDefinitions).
 * `undefined` when no package knows the kind.
 */
export async function officialSchema(apiVersion: string, kind: string): Promise<Validate | undefined> {
  const [, carrier = 'kubernetes-models'] = carriers.find(([group]) => group.test(apiVersion)) ?? [];
  const model = (await load(`${carrier}/${apiVersion}/${kind}`))[kind];
  return isModel(model) ? model.prototype.validate : undefined;
}

const carriers: readonly (readonly [RegExp, string])[] = [
  [/\.istio\.io\//, '@kubernetes-models/istio'],
  [/^gateway\.networking\.k8s\.io\//, '@kubernetes-models/gateway-api'],
];

/** Each kind has a module of its own, so that a missing module is an unknown kind. */
async function load(module: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(module);
  } catch {
    return {};
  }
}

function isModel(value: unknown): value is { readonly prototype: { readonly validate: Validate } } {
  return typeof value === 'function' && 'validate' in value.prototype;
}
