import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import { relabelled } from '#mesh/run/objects/overlay.ts';
import {
  initialSnapshot,
  merge,
  remove,
  type Snapshot,
  withObjectOverlay,
} from '#mesh/run/objects/snapshot.ts';

const configMap = (value: string, namespace = 'default') =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ${namespace}}, data: {key: ${value}}}`;

function apply(snapshot: Snapshot, text: string, mode: 'apply' | 'create' = 'apply') {
  const { documents } = loadManifest({ file: 'test.yaml', text });
  return merge(snapshot, { documents, namespace: 'default', mode });
}

const actions = ({ results }: ReturnType<typeof apply>) => results.map(({ action }) => action);

test('an object is created, left alone, and changed', () => {
  const created = apply(initialSnapshot(), configMap('a'));
  const same = apply(created.snapshot, configMap('a'));
  const changed = apply(same.snapshot, configMap('b'));
  expect([created, same, changed].map(actions)).toEqual([['created'], ['unchanged'], ['configured']]);
  const uids = [created, changed].map(({ snapshot }) => snapshot.objects.get('ConfigMap/default/c')?.uid);
  expect(uids[0]).toBe(uids[1]);
});

test('create refuses what exists, and a namespace must be there', () => {
  const { snapshot } = apply(initialSnapshot(), configMap('a'));
  expect(apply(snapshot, configMap('b'), 'create').diagnostics).toMatchObject([{ code: 'AlreadyExists' }]);
  expect(apply(snapshot, configMap('a', 'nowhere')).diagnostics).toMatchObject([
    { code: 'M101-NAMESPACE', severity: 'error', position: { file: 'test.yaml', line: 1 } },
  ]);
});

test('a namespace takes its objects with it', () => {
  const namespace = '{apiVersion: v1, kind: Namespace, metadata: {name: team}}';
  const { snapshot } = apply(initialSnapshot(), `${namespace}\n---\n${configMap('a', 'team')}`);
  const after = remove(snapshot, [{ kind: 'Namespace', name: 'team', namespace: '' }]).snapshot;
  expect([...after.objects.keys()].filter((key) => key.includes('team'))).toEqual([]);
});

test('a label set by a command survives a later apply that does not mention it', () => {
  const text = '{apiVersion: v1, kind: Namespace, metadata: {name: team, labels: {a: "1"}}}';
  const { snapshot } = apply(initialSnapshot(), text);
  const stored = snapshot.objects.get('Namespace//team');
  if (!stored) throw new Error('the namespace was not stored');
  const request = {
    kind: 'Namespace',
    name: 'team',
    namespace: '',
    set: { b: '2' },
    remove: ['a'],
    overwrite: false,
  };
  const labelled = withObjectOverlay(
    snapshot,
    stored,
    relabelled(stored.document.value, stored.overlay, request),
  );
  const labelsIn = ({ objects }: Snapshot) => objects.get('Namespace//team')?.resource?.metadata.labels;
  expect(labelsIn(labelled)).toEqual({ b: '2' });
  expect(labelsIn(apply(labelled, text.replace('a: "1"', 'c: "3"')).snapshot)).toEqual({ b: '2', c: '3' });
  const clash = () => relabelled(stored.document.value, stored.overlay, { ...request, set: { a: '9' } });
  expect(clash).toThrow("'a' already has a value (1)");
});

test('objects without effect are kept, with one warning for all of them', () => {
  const budget = (name: string) =>
    `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: ${name}}}`;
  const { results, diagnostics } = apply(initialSnapshot(), `${budget('a')}\n---\n${budget('b')}`);
  expect(results.map(({ name, action }) => `${name} ${action}`)).toEqual(['a created', 'b created']);
  expect(diagnostics).toMatchObject([
    { severity: 'warning', code: 'M101-without-effect', position: { line: 1 } },
  ]);
});
