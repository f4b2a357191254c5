import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type MeshProcess, meshProcesses } from '#mesh/kubelet/process/mesh-processes.ts';

/** The processes of one mesh by what they are: found from outside, as the one who kills them does. Linux only. */
export class Processes {
  readonly #root: string;

  /** @param root the mesh's state folder */
  constructor(root: string) {
    this.#root = root;
  }

  get all(): readonly MeshProcess[] {
    return meshProcesses(this.#root);
  }

  get runner(): number | undefined {
    return this.all.find(({ isRunner }) => isRunner)?.pid;
  }

  /** The program of the pods whose name begins so. */
  program(pod: string): number | undefined {
    return this.#find((pid) => variables(pid).some((text) => text.startsWith(`HOSTNAME=${pod}`)));
  }

  /** The Envoy of the pod whose name begins so: its folder is where it runs. */
  envoy(pod: string): number | undefined {
    return this.#find(
      (pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').includes('envoy') && folderOf(pid).startsWith(pod),
    );
  }

  get collector(): number | undefined {
    return this.#find((pid) => variables(pid).some((text) => text.startsWith('TRACE_COLLECTOR=')));
  }

  /** It is in no group of the mesh, but the runner's child: a test that has a mesh watches over it by a guardian of its own. */
  get guardian(): number | undefined {
    const { runner } = this;
    const said = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' });
    const lines = said.split('\n').map((line) => line.trim().split(/\s+/));
    const line = lines.find(([, parent, ...command]) => {
      return parent === `${runner}` && command.join(' ').endsWith(`guardian.sh ${runner}`);
    });
    return line && Number(line[0]);
  }

  #find(is: (pid: number) => boolean): number | undefined {
    return this.all.find(({ pid }) => {
      try {
        return is(pid);
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })?.pid;
  }
}

function variables(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
}

function folderOf(pid: number): string {
  return basename(readlinkSync(`/proc/${pid}/cwd`));
}
