import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { portHolder } from '#mesh/cli/lifecycle/port-holder.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

/** A table as Linux writes it: port 8080 (1F90) listens, port 8081 is one end of a connection. */
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4343 1 0000000000000000 20 4 30 10 -1
`;

function machine(): string {
  const proc = temporaryDirectory();
  mkdirSync(join(proc, 'net'));
  writeFileSync(join(proc, 'net/tcp'), table);
  return proc;
}

it('names the process and its command', () => {
  const proc = machine();
  mkdirSync(join(proc, '4711/fd'), { recursive: true });
  symlinkSync('socket:[4242]', join(proc, '4711/fd/3'));
  writeFileSync(join(proc, '4711/cmdline'), '/usr/bin/python3\0-m\0http.server\x008080\0');
  expect(portHolder(8080, proc)).toBe('process 4711 (python3 -m http.server 8080)');
});

it('names the user of a process that is closed to this one', () => {
  expect(portHolder(8080, machine())).toBe('a program of user 1000');
});

it('says nothing of a port at which nobody listens, and where there is no table', () => {
  expect(portHolder(8081, machine())).toBeUndefined();
  expect(portHolder(8080, temporaryDirectory())).toBeUndefined();
});

it.runIf(process.platform === 'linux')('finds this very process', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  expect(portHolder((server.address() as AddressInfo).port)).toContain(`process ${process.pid} (`);
  server.close();
});
