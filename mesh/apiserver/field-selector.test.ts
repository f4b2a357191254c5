import { describe, expect, it } from 'vitest';
import { parseFieldSelector } from '#mesh/apiserver/field-selector.ts';
import { builtInTypes, typeOfDefinition } from '#mesh/apiserver/kinds/built-in-types.ts';
import { type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';

const builtIn = new Map(builtInTypes().map((type) => [resourceKey(type), type]));

function typeOf(key: string): ResourceType {
  const type = builtIn.get(key);
  if (!type) throw new Error(`no resource ${key}`);
  return type;
}

function definedType(scope: 'Namespaced' | 'Cluster'): ResourceType {
  const version = { served: true, storage: true };
  return typeOfDefinition({
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: { name: 'gadgets.example.test' },
    spec: {
      ...{ group: 'example.test', scope, names: { plural: 'gadgets', kind: 'Gadget' } },
      versions: [
        { name: 'v1', ...version, selectableFields: [{ jsonPath: '.spec.colour' }] },
        { name: 'v2', ...version, storage: false },
      ],
    },
  });
}

const metadata = { name: 'a', namespace: 'b', uid: '', resourceVersion: '', creationTimestamp: '' };

describe('a field selector', () => {
  it.each([
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name!=a', false],
    ['status.phase=Running,metadata.namespace=b', true],
    ['status.phase=Running,,metadata.name=x', false],
    ['spec.nodeName=', true],
    ['spec.hostNetwork=false', true],
    ['spec.schedulerName=a\\,b', true],
    ['status.podIPs=', true],
    ['=', true],
  ])('%s of a pod is %s', (text, expected) => {
    const pod = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { schedulerName: 'a,b' } },
      status: { phase: 'Running', podIPs: [{ ip: '127.0.0.1' }] },
    };
    expect(parseFieldSelector(text, typeOf('pods'))(pod)).toBe(expected);
  });

  it.each([
    ['events', 'source=kubelet', { source: { component: 'kubelet' } }],
    ['events', 'source=job-controller', { reportingComponent: 'job-controller' }],
    ['events', 'involvedObject.kind=Pod,type!=Warning', { involvedObject: { kind: 'Pod' }, type: 'Normal' }],
    ['nodes', 'spec.unschedulable=false', { spec: {} }],
    ['secrets', 'type=Opaque', { type: 'Opaque' }],
    ['services', 'spec.type=ClusterIP', { spec: { type: 'ClusterIP' } }],
    ['jobs.batch', 'status.successful=2', { status: { succeeded: 2 } }],
    ['replicationcontrollers', 'status.replicas=0', { status: {} }],
  ])('of %s: %s', (key, text, fields) => {
    expect(parseFieldSelector(text, typeOf(key))({ apiVersion: '', kind: '', metadata, ...fields })).toBe(
      true,
    );
  });

  it.each([
    ['pods', 'spec.containers=x', 'field label not supported: spec.containers'],
    ['pods', 'constructor.name=Object', 'field label not supported: constructor.name'],
    ['namespaces', 'metadata.namespace=x', 'field label not supported: metadata.namespace'],
    ['jobs.batch', 'status.active=1', 'field label "status.active" not supported for Job'],
    [
      'deployments.apps',
      'spec.replicas=1',
      '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['virtualservices.networking.istio.io', 'spec.hosts=x', 'field label not supported: spec.hosts'],
    ['pods', 'metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['pods', 'metadata.name = a', 'field label not supported: metadata.name '],
  ])('of %s: %s is refused as Kubernetes does it', (key, text, message) => {
    expect(() => parseFieldSelector(text, typeOf(key))).toThrow(message);
  });

  it('knows what a CustomResourceDefinition makes selectable', () => {
    const gadget = { apiVersion: 'example.test/v1', kind: 'Gadget', metadata, spec: { colour: 'red' } };
    const type = definedType('Namespaced');
    expect(parseFieldSelector('spec.colour=red,metadata.namespace=b', type)(gadget)).toBe(true);
    expect(() => parseFieldSelector('spec.size=1', type)).toThrow('field label not supported: spec.size');
    expect(() => parseFieldSelector('metadata.namespace=b', definedType('Cluster'))).toThrow(
      'field label not supported: metadata.namespace',
    );
  });
});
