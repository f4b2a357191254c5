import { describePod } from '#mesh/cli/kubectl/describe-pod.ts';
import { formatFields, indented } from '#mesh/cli/kubectl/described-fields.ts';
import {
  field,
  formatLabels,
  listField,
  numberField,
  recordField,
  textField,
} from '#mesh/cli/kubectl/object-fields.ts';
import { formatYaml } from '#mesh/cli/output/data.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

/** What `describe` shows of a kind below the names and labels; of kinds without a view of their own, the spec. */
export async function describeKind(object: KubernetesObject): Promise<string> {
  const describe = describers[object.kind];
  return describe ? describe(object) : describeSpec(object);
}

const describers: Readonly<Record<string, (object: KubernetesObject) => string>> = {
  Pod: describePod,
  Service: describeService,
  Deployment: describeDeployment,
  ReplicaSet: describeDeployment,
  Namespace: (object) => formatFields([['Status', textField(object, 'status', 'phase') || 'Active']]),
  ConfigMap: (object) => `\nData\n====\n${describeData(object)}`,
  Secret: (object) =>
    formatFields([
      ['Type', textField(object, 'type') || 'Opaque'],
      ['Keys', keysOf(object)],
    ]),
};

async function describeSpec(object: KubernetesObject): Promise<string> {
  const { apiVersion, kind, metadata: _, ...content } = object;
  const head = formatFields([
    ['API Version', apiVersion],
    ['Kind', kind],
  ]);
  return Object.keys(content).length > 0 ? `${head}${await formatYaml(content)}` : head;
}

function describeService(service: KubernetesObject): string {
  return formatFields([
    ['Selector', formatLabels(recordField(service, 'spec', 'selector'))],
    ['Type', textField(service, 'spec', 'type') || 'ClusterIP'],
    ['IP', textField(service, 'spec', 'clusterIP') || '<none>'],
    ...listField(service, 'spec', 'ports').flatMap((port) => [
      [
        'Port',
        `${textField(port, 'name') || '<unset>'}  ${textField(port, 'port')}/${textField(port, 'protocol') || 'TCP'}`,
      ] as const,
      ['TargetPort', textField(port, 'targetPort') || textField(port, 'port')] as const,
    ]),
  ]);
}

function describeDeployment(deployment: KubernetesObject): string {
  const count = (key: string) => `${numberField(deployment, 'status', key)}`;
  const wanted = textField(deployment, 'spec', 'replicas') || '1';
  const replicas = `${wanted} desired | ${count('updatedReplicas')} updated | ${count('replicas')} total | ${count('availableReplicas')} available`;
  const selector = formatLabels(recordField(deployment, 'spec', 'selector', 'matchLabels'));
  const template = field(deployment, 'spec', 'template');
  const labels = formatLabels(recordField(template, 'metadata', 'labels')).split(',');
  return `${formatFields([
    ['Selector', selector],
    ['Replicas', replicas],
  ])}Pod Template:\n${indented(`${formatFields([['Labels', labels]], '')}Containers:\n${containers(template)}`)}`;
}

function containers(template: unknown): string {
  const texts = listField(template, 'spec', 'containers').map((container) => {
    const fields = formatFields(
      [
        ['Image', textField(container, 'image')],
        [
          'Ports',
          listField(container, 'ports')
            .map((port) => `${textField(port, 'containerPort')}/TCP`)
            .join(', ') || '<none>',
        ],
      ],
      '  ',
    );
    return `${textField(container, 'name')}:\n${fields}`;
  });
  return indented(texts.join(''));
}

function describeData(object: KubernetesObject): string {
  const entries = Object.entries(recordField(object, 'data'));
  return entries.map(([key, value]) => `${key}:\n----\n${value}\n\n`).join('') || '<none>\n';
}

/** A Secret's values stay hidden. */
function keysOf(object: KubernetesObject): readonly string[] {
  const keys = Object.entries(recordField(object, 'data')).map(
    ([key, value]) => `${key}: ${value.length} characters`,
  );
  return keys.length > 0 ? keys : ['<none>'];
}
