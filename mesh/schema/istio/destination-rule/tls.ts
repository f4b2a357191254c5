import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { strings } from '#mesh/schema/scalars.ts';

/** How clients connect; files are paths on the laptop. */
export const clientTls = fields({
  supported: {
    mode: z.enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']).default('DISABLE'),
    sni: z.string().exactOptional(),
    subjectAltNames: strings,
    caCertificates: z.string().exactOptional(),
    clientCertificate: z.string().exactOptional(),
    privateKey: z.string().exactOptional(),
    insecureSkipVerify: z.boolean().exactOptional(),
  },
  unsupported: {
    credentialName: 'the client presents no certificate from a Secret; use files',
    caCrl: 'revocation is not checked',
  },
});
