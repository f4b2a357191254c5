import type { ProxyDump } from '#mesh/run/api.ts';

const header = ['RESOURCE NAME', 'TYPE', 'STATUS', 'VALID CERT', 'SERIAL NUMBER', 'NOT AFTER', 'NOT BEFORE'];

/** `istioctl proxy-config secrets`. */
export function secretRows(secrets: ProxyDump['secrets'], now = Date.now()): readonly (readonly string[])[] {
  const rows = secrets.map(({ name, type, serialNumber, notAfter, notBefore }) => {
    const valid = Date.parse(notBefore) <= now && now < Date.parse(notAfter);
    return [name, type, 'ACTIVE', String(valid), serialNumber, notAfter, notBefore];
  });
  return [header, ...rows];
}
