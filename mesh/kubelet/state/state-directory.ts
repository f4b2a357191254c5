import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { holderOf } from '#mesh/kubelet/state/claim-file.ts';
import { privateDirectory } from '#mesh/kubelet/state/private-directory.ts';

/** Where one mesh keeps what it needs while it runs. Every path is absolute. */
export interface StateDirectory {
  readonly root: string;
  /** The runner's control socket; outside `root` when its path would be too long for one. */
  readonly socket: string;
  /** Where the Envoys ask for their configuration, beside `socket`. */
  readonly xdsSocket: string;
  /** A socket for each Envoy's admin interface, beside `socket`. */
  readonly adminSockets: string;
  readonly pidFile: string;
  readonly log: string;
  /** The kubeconfig by which clients reach the mesh; only while it runs. */
  readonly kubeconfig: string;
  readonly certificates: string;
  /** A folder for each Envoy. */
  readonly proxies: string;
  /** A folder for each pod's logs. */
  readonly pods: string;
  /** A folder for each PersistentVolumeClaim; only deleting the claim clears it. */
  readonly volumes: string;
}

/** The longest of the names below a folder of sockets. */
const longestSocketName = join('admin', adminSocketName(''));

/** sun_path holds 104 bytes on macOS and 108 on Linux, the final NUL included. */
const longestSocketPath = 103;

/** The state directory of the project in `cwd`: `.mesh`, or what the variable MESH_HOME says. */
export function stateDirectory(env: NodeJS.ProcessEnv, cwd: string): StateDirectory {
  const root = resolve(cwd, env['MESH_HOME'] || '.mesh');
  const socket = socketPath(root);
  return {
    root,
    socket,
    xdsSocket: join(dirname(socket), 'xds.sock'),
    adminSockets: join(dirname(socket), 'admin'),
    pidFile: join(root, 'mesh.pid'),
    log: join(root, 'mesh.log'),
    kubeconfig: join(root, 'kubeconfig'),
    certificates: join(root, 'certificates'),
    proxies: join(root, 'envoy'),
    pods: join(root, 'pods'),
    volumes: join(root, 'volumes'),
  };
}

/** Derived from the path alone, so that every client finds the same socket without asking. */
function socketPath(root: string): string {
  if (Buffer.byteLength(join(root, longestSocketName)) <= longestSocketPath) {
    return join(root, 'mesh.sock');
  }
  const digest = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(tmpdir(), `mesh101-${userInfo().uid}-${digest}`, 'mesh.sock');
}

/** Where the Envoy of this name (`pod.namespace`) is asked. Names are longer than a socket's path may be. */
export function adminSocket({ adminSockets }: StateDirectory, name: string): string {
  return join(adminSockets, adminSocketName(name));
}

function adminSocketName(name: string): string {
  return `${createHash('sha256').update(name).digest('hex').slice(0, 12)}.sock`;
}

/**
 * Creates the directories, closed to other users: keys and the control socket are in them.
 * @throws UnsafeDirectoryError
 */
export function prepareStateDirectory(state: StateDirectory): void {
  if (dirname(state.socket) !== state.root) {
    privateDirectory(dirname(state.socket));
  }
  for (const directory of [
    state.root,
    state.adminSockets,
    state.certificates,
    state.proxies,
    state.pods,
    state.volumes,
  ]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
  }
  leavePointer(state);
}

/** For a person who looks for the socket in `.mesh` when it is elsewhere. */
function leavePointer({ root, socket }: StateDirectory): void {
  const pointer = join(root, 'mesh.sock.path');
  if (dirname(socket) !== root) {
    writeFileSync(pointer, `${socket}\n`, { mode: 0o600 });
  }
}

/** The living runner of the directory, also one that is still starting. */
export function runnerOf({ pidFile }: StateDirectory): number | undefined {
  return holderOf(pidFile)?.pid;
}

/** Removes what an earlier run left behind; with `claim`, also the file by which the runner holds the directory. */
export function clearState(state: StateDirectory, { claim = false } = {}): void {
  for (const file of [state.socket, state.xdsSocket, state.kubeconfig]) {
    rmSync(file, { force: true });
  }
  for (const directory of [
    state.proxies,
    state.adminSockets,
    state.certificates,
    ...(claim ? [] : [state.pods]),
  ]) {
    // Somebody may have removed it all.
    for (const entry of existsSync(directory) ? readdirSync(directory) : []) {
      rmSync(join(directory, entry), { recursive: true, force: true });
    }
  }
  if (claim) {
    rmSync(state.pidFile, { force: true });
  }
}
