import type { Diagnostic } from '#mesh/diagnostic.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { type PodOwner, podOwners } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean, nearest } from '#mesh/nearest.ts';

/** M101-missing-config: a variable comes from a ConfigMap or Secret, or a key of one, that does not exist. */
export const configReference: Rule = (analysis) =>
  podOwners(analysis.resources).flatMap((owner) =>
    owner.spec.template.spec.containers.flatMap((container, index) =>
      referencesOf(container, ['spec', 'template', 'spec', 'containers', index]).flatMap((reference) =>
        check({ analysis, owner, reference }),
      ),
    ),
  );

interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key?: string;
  readonly optional: boolean;
  readonly path: YamlPath;
}

function referencesOf(container: Container, path: YamlPath): readonly Reference[] {
  const keys = container.env.flatMap(({ valueFrom }, index) => {
    const here = [...path, 'env', index, 'valueFrom'];
    return [
      ...toReferences({
        kind: 'ConfigMap',
        ref: valueFrom?.configMapKeyRef,
        path: [...here, 'configMapKeyRef'],
      }),
      ...toReferences({ kind: 'Secret', ref: valueFrom?.secretKeyRef, path: [...here, 'secretKeyRef'] }),
    ];
  });
  const wholes = container.envFrom.flatMap(({ configMapRef, secretRef }, index) => {
    const here = [...path, 'envFrom', index];
    return [
      ...toReferences({ kind: 'ConfigMap', ref: configMapRef, path: [...here, 'configMapRef'] }),
      ...toReferences({ kind: 'Secret', ref: secretRef, path: [...here, 'secretRef'] }),
    ];
  });
  return [...keys, ...wholes];
}

function toReferences(found: {
  kind: Reference['kind'];
  ref: { name: string; key?: string; optional: boolean } | undefined;
  path: YamlPath;
}): readonly Reference[] {
  return found.ref ? [{ kind: found.kind, path: found.path, ...found.ref }] : [];
}

interface Check {
  readonly analysis: Analysis;
  readonly owner: PodOwner;
  readonly reference: Reference;
}

function check({ analysis, owner, reference }: Check): readonly Diagnostic[] {
  const { kind, name, key, optional, path } = reference;
  const { namespace } = owner.metadata;
  if (optional) return [];
  const keys = keysOf(analysis, { kind, name, namespace });
  if (!keys) {
    const own = analysis.within(kind, namespace);
    const match = nearest(
      name,
      own.map(({ metadata }) => metadata.name),
    );
    const message = `${kind} \`${name}\` not found in namespace \`${namespace}\``;
    const fix = match === undefined ? `add a ${kind} \`${name}\`` : `did you mean \`${match}\`?`;
    return [diagnose(owner, [...path, 'name'], { code: 'M101-missing-config', message, fix })];
  }
  if (key === undefined || keys.includes(key)) return [];
  const message = `${kind} \`${name}\` has no key \`${key}\``;
  const fix = keys.length === 0 ? `add the key to ${kind} \`${name}\`` : didYouMean(key, keys);
  return [diagnose(owner, [...path, 'key'], { code: 'M101-missing-config', message, fix })];
}

function keysOf(
  analysis: Analysis,
  { kind, name, namespace }: { kind: Reference['kind']; name: string; namespace: string },
): readonly string[] | undefined {
  if (kind === 'ConfigMap') {
    const configMap = analysis.get('ConfigMap', { name, namespace });
    return configMap && Object.keys(configMap.data);
  }
  const secret = analysis.get('Secret', { name, namespace });
  return secret && [...Object.keys(secret.data), ...Object.keys(secret.stringData)];
}
