import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type Connection, createConnection } from 'mysql2/promise';
import { onPath } from '#mesh/kubelet/binary/on-path.ts';
import { type Component, missing, program } from '#test/components/component.ts';
import { freePorts } from '#test/free-ports.ts';

// Debian keeps servers where users do not look for programs.
const server = program('mariadbd', 'MARIADBD') ?? onPath('mariadbd', '/usr/sbin');
const installer = program('mariadb-install-db', 'MARIADB_INSTALL_DB');
const run = promisify(execFile);

export const mariaDb: Component = {
  name: 'MariaDB',
  isThere: server !== undefined && installer !== undefined,
  fix: 'install it (Debian, Ubuntu: apt install mariadb-server; macOS: brew install mariadb), or name mariadbd and mariadb-install-db in MARIADBD and MARIADB_INSTALL_DB',
};

export const PASSWORD = 'password of a test';

/** A real MariaDB server on the loopback, with its data in a folder of its own. */
export interface MariaDb {
  readonly port: number;
  /** Starts the server, again where it was killed; resolves when it accepts connections. */
  start(): Promise<void>;
  /** Ends it at once, as a lost machine would. */
  kill(): Promise<void>;
  /** Leaves its connections open and answers nothing, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** A connection of root's, which may send several statements at once. */
  connect(): Promise<Connection>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** As root it would refuse to run. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export async function createMariaDb(): Promise<MariaDb> {
  const folder = await installedFolder();
  const [port = 0] = await freePorts(1);
  let child: ChildProcess | undefined;
  const connect = (password: string) =>
    createConnection({ host: '127.0.0.1', port, user: 'root', password, multipleStatements: true });
  const kill = async () => {
    if (!child) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    child = undefined;
  };
  const start = async () => {
    child = await startServer(folder, port);
  };
  await start();
  const connection = await connect('');
  await connection.query('ALTER USER root@localhost IDENTIFIED BY ?', [PASSWORD]);
  connection.destroy();
  return {
    port,
    start,
    kill,
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    connect: () => connect(PASSWORD),
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An empty database system, whose root has no password yet. */
async function installedFolder(): Promise<string> {
  if (installer === undefined) throw missing(mariaDb);
  const folder = mkdtempSync(join(tmpdir(), 'mesh101-mariadb-'));
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
  const options = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
  await run(installer, ['--no-defaults', `--datadir=${folder}/data`, ...options], nobody);
  return folder;
}

async function startServer(folder: string, port: number): Promise<ChildProcess> {
  if (server === undefined) throw missing(mariaDb);
  const args = [
    '--no-defaults',
    `--datadir=${folder}/data`,
    `--socket=${folder}/socket`,
    `--pid-file=${folder}/pid`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--innodb-buffer-pool-size=16M',
    '--innodb-flush-log-at-trx-commit=2',
  ];
  const child = spawn(server, args, { ...nobody, stdio: ['ignore', 'ignore', 'pipe'] });
  const log: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(child.stderr).on('line', (line) => {
    log.push(line);
    if (line.includes('ready for connections')) ready.resolve();
  });
  child.once('error', ready.reject);
  child.once('exit', () => ready.reject(new Error(`mariadbd did not get ready:\n${log.join('\n')}`)));
  await ready.promise;
  return child;
}
