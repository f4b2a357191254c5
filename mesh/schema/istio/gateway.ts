import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/schema/istio/api-version.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { labels, port } from '#mesh/schema/scalars.ts';

const notServed = 'the gateway does not answer for this server';
const fromFiles = 'certificates come from the Secret that `credentialName` names';
const notVerified = 'any certificate that the CA signed is accepted';
const modernTls = "Envoy's own choice is used";

const tls = fields({
  supported: {
    mode: z
      .enum(['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL'])
      .exactOptional(),
    httpsRedirect: z.boolean().default(false),
    credentialName: z.string().exactOptional(),
  },
  unsupportedValues: {
    mode: {
      AUTO_PASSTHROUGH: notServed,
      ISTIO_MUTUAL: notServed,
      OPTIONAL_MUTUAL: notServed,
    },
  },
  unsupported: {
    caCertCredentialName: fromFiles,
    caCertificates: fromFiles,
    caCrl: 'revocation is not checked',
    cipherSuites: modernTls,
    credentialNames: 'one certificate per server: use `credentialName`',
    insecureSkipVerify: notVerified,
    maxProtocolVersion: modernTls,
    minProtocolVersion: modernTls,
    privateKey: fromFiles,
    serverCertificate: fromFiles,
    subjectAltNames: notVerified,
    tlsCertificates: fromFiles,
    verifyCertificateHash: notVerified,
    verifyCertificateSpki: notVerified,
  },
});

export const gatewayProtocols = ['HTTP', 'HTTPS', 'GRPC', 'HTTP2', 'MONGO', 'TCP', 'TLS'] as const;

const server = fields({
  supported: {
    port: fields({
      supported: { number: port, name: z.string().min(1), protocol: z.enum(gatewayProtocols) },
      harmless: { targetPort: 'Istio ignores it on a gateway as well' },
    }),
    hosts: z.array(z.string()).min(1),
    tls: tls.exactOptional(),
    name: z.string().exactOptional(),
  },
  unsupported: {
    bind: 'everything is bound to 127.0.0.1',
    defaultEndpoint: 'it is not used',
  },
});

/** https://istio.io/latest/docs/reference/config/networking/gateway/ */
export const gateway = fields({
  supported: {
    apiVersion: networkingVersion,
    kind: z.literal('Gateway'),
    metadata,
    spec: fields({ supported: { selector: labels, servers: z.array(server).min(1) } }),
  },
  harmless: writtenByIstio,
});
