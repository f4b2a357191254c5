import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Connection, createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { needs } from '#test/components/component.ts';
import { mariaDb } from '#test/components/mariadb.ts';
import { freePorts } from '#test/free-ports.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'bin/images/mariadb');

function run(env: Record<string, string>) {
  const child = spawn(PROGRAM, ['--skip-name-resolve'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // One group with its server, as the runner has it, so that nothing can be left behind.
    detached: true,
  });
  onTestFinished(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {}
  });
  return child;
}

describe('what plays the image mariadb', { ...needs(mariaDb), timeout: 30_000 }, () => {
  test('is a server with the rows and users that the manifest asks for, and leaves nothing behind', async () => {
    const [port = 0] = await freePorts(1);
    const folder = temporaryDirectory();
    // Of the three only the first is in the manifest; the others are what quoting has to survive.
    const [user, password, root] = ['ratings', `d'e\\mo"`, `'; DROP DATABASE test; -- `];
    const child = run({
      TMPDIR: folder,
      PORT_MAP: `80:1,3306:${port}`,
      MARIADB_DATABASE: 'test',
      MARIADB_USER: user,
      MARIADB_PASSWORD: password,
      MARIADB_ROOT_PASSWORD: root,
      INITDB_SQL: seed(),
    });
    child.stderr.resume();
    const connect = (name: string, secret: string): Promise<Connection> =>
      createConnection({ host: '127.0.0.1', port, user: name, password: secret, database: 'test' });
    const connection = await vi.waitFor(() => connect(user, password), { timeout: 20_000, interval: 100 });
    const [rows] = await connection.query('SELECT * FROM ratings ORDER BY ReviewID');
    expect(rows).toEqual([
      { ReviewID: 1, Rating: 5 },
      { ReviewID: 2, Rating: 4 },
    ]);
    connection.destroy();
    (await connect('root', root)).destroy();
    for (const secret of ['', 'wrong'])
      await expect(connect('root', secret)).rejects.toThrow(/Access denied/);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('statements that fail end it, with what the server said', async () => {
    const folder = temporaryDirectory();
    const child = run({ TMPDIR: folder, MARIADB_DATABASE: 'test', INITDB_SQL: 'CREATE TABEL ratings;' });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(said).toMatch(/near 'TABEL ratings/);
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('without MariaDB one line says what to install', async () => {
  const child = run({ MARIADB_INSTALL_DB: '', MARIADBD: '', PATH: temporaryDirectory() });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(said).toMatch(/^mariadb.* is missing: install MariaDB .*\n$/);
  expect(code).toBe(78);
});

function seed(): string {
  const documents = parseAllDocuments(readFileSync(join(ROOT, 'k8s/mysql.yaml'), 'utf8'));
  const configMap = documents.map((document) => document.toJS()).find(({ kind }) => kind === 'ConfigMap');
  return configMap.data['ratings.sql'];
}
