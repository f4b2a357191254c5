import { z } from 'zod';
import { fields } from '#mesh/istiod/config/schema/fields.ts';
import {
  container,
  fieldRef,
  initContainer,
  resourceFieldRef,
} from '#mesh/istiod/config/schema/kubernetes/container.ts';

const notMounted = 'it is not mounted on the laptop';

const claim = fields({
  supported: { claimName: z.string().min(1) },
  harmless: { readOnly: 'nothing keeps a process from writing' },
});

const items = z
  .array(
    fields({
      supported: { key: z.string(), path: z.string() },
      harmless: { mode: 'files are readable by their owner only' },
    }),
  )
  .exactOptional();

const ownerOnly = {
  defaultMode: 'files are readable by their owner only',
  optional: 'a pod waits for what is not optional',
};
const secretFiles = fields({ supported: { secretName: z.string(), items }, harmless: ownerOnly });
const configFiles = fields({ supported: { name: z.string(), items }, harmless: ownerOnly });

const downwardFiles = fields({
  supported: {
    items: z
      .array(
        fields({
          supported: {
            path: z.string(),
            fieldRef: fieldRef.exactOptional(),
            resourceFieldRef: resourceFieldRef.exactOptional(),
          },
          harmless: { mode: 'files are readable by their owner only' },
        }),
      )
      .default([]),
  },
  harmless: { defaultMode: 'files are readable by their owner only' },
});

const { optional } = ownerOnly;
const source = fields({
  supported: {
    configMap: fields({ supported: { name: z.string(), items }, harmless: { optional } }).exactOptional(),
    secret: fields({ supported: { name: z.string(), items }, harmless: { optional } }).exactOptional(),
    downwardAPI: downwardFiles.exactOptional(),
  },
  harmless: { serviceAccountToken: 'no token is written; `kubectl create token` makes one' },
  unsupported: { clusterTrustBundle: notMounted, podCertificate: notMounted },
});

/**
 * Volumes: a claim is a folder of the mesh, an emptyDir one of the pod's; ConfigMaps, Secrets and the pod's own fields are files in a folder
 * that a program learns. Other ways to bring files into a pod are not carried out.
 */
const volume = fields({
  supported: {
    name: z.string(),
    persistentVolumeClaim: claim.exactOptional(),
    configMap: configFiles.exactOptional(),
    secret: secretFiles.exactOptional(),
    emptyDir: fields({
      supported: {},
      harmless: {
        medium: "it is a folder of the mesh's own",
        sizeLimit: 'the folder grows as far as the disk does',
      },
    }).exactOptional(),
    downwardAPI: downwardFiles.exactOptional(),
    projected: fields({
      supported: { sources: z.array(source).default([]) },
      harmless: { defaultMode: ownerOnly.defaultMode },
    }).exactOptional(),
  },
  unsupported: Object.fromEntries(
    [
      'awsElasticBlockStore',
      'azureDisk',
      'azureFile',
      'cephfs',
      'cinder',
      'csi',
      'ephemeral',
      'fc',
      'flexVolume',
      'flocker',
      'gcePersistentDisk',
      'gitRepo',
      'glusterfs',
      'hostPath',
      'image',
      'iscsi',
      'nfs',
      'photonPersistentDisk',
      'portworxVolume',
      'quobyte',
      'rbd',
      'scaleIO',
      'storageos',
      'vsphereVolume',
    ].map((name) => [name, notMounted]),
  ),
});

const oneNode = 'the laptop is the only node';
const oneKernel = "the laptop's own operating system is used";
const noPods = 'processes on the laptop have no namespaces of their own';
const dns = "names are resolved by the mesh's proxies";

/** What a Deployment's pods are made of. */
export const podSpec = fields({
  supported: {
    containers: z.array(container).min(1),
    initContainers: z.array(initContainer).default([]),
    activeDeadlineSeconds: z.int().min(1).exactOptional(),
    serviceAccountName: z.string().exactOptional(),
    serviceAccount: z.string().exactOptional(),
    enableServiceLinks: z.boolean().default(true),
    restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).default('Always'),
    terminationGracePeriodSeconds: z.int().min(0).default(30),
    volumes: z.array(volume).default([]),
  },
  deprecated: { serviceAccount: '`serviceAccountName`' },
  harmless: {
    affinity: oneNode,
    automountServiceAccountToken: 'there is no API server to present a token to',
    dnsConfig: dns,
    dnsPolicy: dns,
    hostIPC: noPods,
    hostPID: noPods,
    hostUsers: noPods,
    hostname: noPods,
    hostnameOverride: noPods,
    imagePullSecrets: 'images are not pulled',
    nodeName: oneNode,
    nodeSelector: oneNode,
    os: oneKernel,
    overhead: oneKernel,
    preemptionPolicy: oneNode,
    priority: oneNode,
    priorityClassName: oneNode,
    resources: 'nothing limits a process',
    runtimeClassName: oneKernel,
    schedulerName: oneNode,
    schedulingGroup: oneNode,
    securityContext: 'the processes run as you do',
    setHostnameAsFQDN: noPods,
    shareProcessNamespace: noPods,
    subdomain: dns,
    tolerations: oneNode,
    topologySpreadConstraints: oneNode,
  },
  unsupported: {
    ephemeralContainers: 'they are not started',
    hostAliases: 'the names are not added',
    hostNetwork: 'every port is bound to 127.0.0.1, at a free local port',
    readinessGates: 'the readiness probe alone decides',
    resourceClaims: 'there are no devices to claim',
    schedulingGates: 'pods start at once',
  },
});
