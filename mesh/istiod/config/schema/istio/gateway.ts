import { z } from 'zod';
import { fields, labels, port, strings } from '#mesh/istiod/config/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const notServed = 'the gateway does not answer for this server';

const version = z.enum(['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3']).default('TLS_AUTO');
const file = z.string().exactOptional();

const tls = fields({
  supported: {
    mode: z
      .enum(['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL'])
      .exactOptional(),
    httpsRedirect: z.boolean().default(false),
    /** Secrets in the gateway's own namespace, the one of authorities too. */
    credentialName: z.string().exactOptional(),
    credentialNames: strings,
    caCertCredentialName: z.string().exactOptional(),
    /** Paths on the laptop. */
    serverCertificate: file,
    privateKey: file,
    caCertificates: file,
    caCrl: file,
    tlsCertificates: z
      .array(
        fields({
          supported: { serverCertificate: z.string(), privateKey: z.string() },
          harmless: { caCertificates: 'Istio ignores it as well: the one of `tls` holds' },
        }),
      )
      .default([]),
    subjectAltNames: strings,
    verifyCertificateSpki: strings,
    verifyCertificateHash: strings,
    insecureSkipVerify: z.boolean().default(false),
    minProtocolVersion: version,
    maxProtocolVersion: version,
    cipherSuites: strings,
  },
  unsupportedValues: { mode: { AUTO_PASSTHROUGH: notServed } },
  unsupported: {
    alpnProtocols: 'Istio’s control plane ignores it as well: HTTP/2 and HTTP/1.1 are offered',
    ecdhCurves: 'Istio’s control plane ignores it as well: Envoy’s own choice is used',
  },
});

/** In any case; the validation knows the names. */
const protocol = z.string().transform((name) => name.toUpperCase());

const server = fields({
  supported: {
    port: fields({
      supported: { number: port, name: z.string().min(1), protocol },
      harmless: { targetPort: 'Istio ignores it on a gateway as well' },
    }),
    hosts: z.array(z.string()).min(1),
    tls: tls.exactOptional(),
    name: z.string().exactOptional(),
    /** A loopback address: nobody outside the gateway's pod reaches it; any other one is as good as none. */
    bind: z.string().exactOptional(),
  },
  harmless: { defaultEndpoint: 'Istio ignores it on a gateway as well' },
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
