import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAuthority } from '#mesh/istiod/ca/authority.ts';
import { startProcess } from '#platform/testing-process.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;
const STAND_IN = new URL('../google-books-standin/main.ts', import.meta.url).pathname;

/** The files of a stand-in for www.googleapis.com whose certificate is good, and of who vouches for it. */
async function certificateFiles() {
  const authority = await createAuthority('details test');
  const pair = await authority.issue({ commonName: 'stand-in', dnsNames: ['www.googleapis.com'] });
  const folder = temporaryDirectory();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const tls = { TLS_CERTIFICATE: file('crt', pair.certificate), TLS_KEY: file('key', pair.key) };
  return { tls, root: file('root', authority.root.certificate) };
}

/** A proxy like a sidecar's: whatever host is asked for by CONNECT, `port` plays it. */
async function tunnel(port: number) {
  const asked: string[] = [];
  const server = createServer().on('connect', (req, client) => {
    asked.push(req.url ?? '');
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [client, upstream])
      socket.on('error', () => [client, upstream].forEach((each) => void each.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('v2 asks by HTTPS, from end to end, and trusts nobody without a certificate', async () => {
  const { tls, root } = await certificateFiles();
  const standIn = await startProcess(STAND_IN, { TLS_PORT: '0', ...tls });
  await vi.waitFor(() => expect(standIn.log).toHaveLength(2), 10_000);
  const { asked, url } = await tunnel(Number(standIn.log[1]?.['port']));
  const env = { ENABLE_EXTERNAL_BOOK_SERVICE: 'true', HTTPS_PROXY: url };
  const [trusting, careful] = [
    await startProcess(MAIN, { ...env, NODE_EXTRA_CA_CERTS: root }),
    await startProcess(MAIN, env),
  ];
  const book = await fetch(`${trusting.url}details/0`);
  expect([book.status, await book.json()]).toMatchObject([200, { 'ISBN-13': '9780486424613' }]);
  expect(asked).toEqual(['www.googleapis.com:443']);
  const refused = await fetch(`${careful.url}details/0`);
  expect([refused.status, await refused.text()]).toMatchObject([502, expect.stringMatching(/certificate/)]);
});
