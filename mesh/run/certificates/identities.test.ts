import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority } from '#mesh/run/certificates/authority.ts';
import { createIdentities } from '#mesh/run/certificates/identities.ts';

const hour = 60 * 60 * 1000;
const frontend = { namespace: 'default', serviceAccount: 'frontend' };

async function identities(now?: () => Date) {
  return createIdentities({ authority: await createAuthority('test', now), trustDomain: 'cluster.local' });
}

test('a service account has one certificate, with its SPIFFE identity, signed by the mesh', async () => {
  const issued = await identities();
  const pair = await issued.certificate(frontend);
  expect(await issued.certificate({ ...frontend })).toBe(pair);
  const certificate = new X509Certificate(pair.certificate);
  expect(certificate.subjectAltName).toBe('URI:spiffe://cluster.local/ns/default/sa/frontend');
  expect(certificate.verify(new X509Certificate(issued.root.certificate).publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(pair.notAfter.getTime() - Date.now()).toBeLessThanOrEqual(24 * hour);
});

test('two service accounts have different certificates', async () => {
  const issued = await identities();
  const [one, other] = [
    await issued.certificate(frontend),
    await issued.certificate({ ...frontend, serviceAccount: 'b' }),
  ];
  expect(one.serialNumber).not.toBe(other.serialNumber);
});

test('a certificate is renewed when half of its life is over', async () => {
  const issued = await identities();
  const before = await issued.certificate(frontend);
  expect(await issued.renew(new Date(Date.now() + 11 * hour))).toEqual([]);
  expect(await issued.renew(new Date(Date.now() + 13 * hour))).toEqual([frontend]);
  expect((await issued.certificate(frontend)).serialNumber).not.toBe(before.serialNumber);
});
