import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority } from '#mesh/istiod/ca/authority.ts';
import { createIdentities } from '#mesh/istiod/ca/identities.ts';

const hour = 60 * 60 * 1000;
const frontend = { namespace: 'default', serviceAccount: 'frontend' };

async function identities(now?: () => Date) {
  const authority = await createAuthority('test', now);
  return createIdentities({ authority, trustDomain: 'cluster.local', ...(now && { now }) });
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
  const clock = { now: Date.now() };
  const issued = await identities(() => new Date(clock.now));
  const before = await issued.certificate(frontend);
  clock.now += 11 * hour;
  expect(await issued.renew()).toEqual([]);
  clock.now += 2 * hour;
  expect(await issued.renew()).toEqual([frontend]);
  expect(await issued.renew()).toEqual([]);
  expect((await issued.certificate(frontend)).serialNumber).not.toBe(before.serialNumber);
});

test('after a sleep of days nobody is handed an expired one, and the others hear of the new one', async () => {
  const clock = { now: Date.now() };
  const issued = await identities(() => new Date(clock.now));
  const before = await issued.certificate(frontend);
  clock.now += 72 * hour;
  const [one, other] = await Promise.all([issued.certificate(frontend), issued.certificate(frontend)]);
  expect(one.serialNumber).not.toBe(before.serialNumber);
  expect(other).toBe(one);
  expect(one.notAfter.getTime()).toBeGreaterThan(clock.now);
  expect(await issued.renew()).toEqual([frontend]);
});

test('a clock that was set back makes a certificate useless, too', async () => {
  const clock = { now: Date.now() };
  const issued = await identities(() => new Date(clock.now));
  await issued.certificate(frontend);
  clock.now -= 5 * hour;
  expect((await issued.certificate(frontend)).notBefore.getTime()).toBeLessThan(clock.now);
});
