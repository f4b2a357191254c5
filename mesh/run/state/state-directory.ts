import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where one mesh keeps what it needs while it runs. Every path is absolute. */
export interface StateDirectory {
  readonly root: string;
  /** The runner's control socket; outside `root` when its path would be too long for one. */
  readonly socket: string;
  /** Where the Envoys ask for their configuration, beside `socket`. */
  readonly xdsSocket: string;
  readonly pidFile: string;
  readonly log: string;
  readonly certificates: string;
  /** A folder for each Envoy. */
  readonly proxies: string;
  /** A folder for each pod's logs. */
  readonly pods: string;
  /** A folder for each PersistentVolumeClaim, which nothing clears but the claim's end. */
  readonly volumes: string;
}

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
    pidFile: join(root, 'mesh.pid'),
    log: join(root, 'mesh.log'),
    certificates: join(root, 'certificates'),
    proxies: join(root, 'envoy'),
    pods: join(root, 'pods'),
    volumes: join(root, 'volumes'),
  };
}

/** Derived from the path alone, so that every client finds the same socket without asking. */
function socketPath(root: string): string {
  const direct = join(root, 'mesh.sock');
  if (Buffer.byteLength(direct) <= longestSocketPath) {
    return direct;
  }
  const digest = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(tmpdir(), `mesh101-${userInfo().uid}-${digest}`, 'mesh.sock');
}

/** Creates the directories, closed to other users: keys and the control socket are in them. */
export function prepareStateDirectory(state: StateDirectory): void {
  for (const directory of [
    state.root,
    dirname(state.socket),
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
    writeFileSync(pointer, `${socket}\n`);
  }
}

export function readPid({ pidFile }: StateDirectory): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Removes what an earlier run left behind; with `claim`, also the file by which the runner holds the directory. */
export function clearState(state: StateDirectory, { claim = false } = {}): void {
  for (const socket of [state.socket, state.xdsSocket]) {
    rmSync(socket, { force: true });
  }
  for (const directory of [state.proxies, state.certificates, ...(claim ? [] : [state.pods])]) {
    for (const entry of readdirSync(directory)) {
      rmSync(join(directory, entry), { recursive: true, force: true });
    }
  }
  if (claim) {
    rmSync(state.pidFile, { force: true });
  }
}
