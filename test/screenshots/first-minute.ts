import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Shell } from '#mesh/console/walkthroughs/shell.ts';
import { MESH, ROOT } from '#test/own-mesh.ts';
import { film, type ShownLine } from '#test/screenshots/recording.ts';

/** What somebody types after `make up`, in `make shell`, and why. */
const COMMANDS = [
  ['# your own kubectl works', 'kubectl get pods'],
  ['# break something: a fault for one user', 'kubectl apply -f istio/chain/fault.yaml'],
  ['', "curl -s -H 'x-dev-user: super-secret' http://$GATEWAY_URL/"],
  [
    '# which rule decided?',
    "mesh explain http://backend/ --from middleware-prod -H 'x-dev-user: super-secret'",
  ],
] as const;

/** Pauses between two lines, in milliseconds: long ones are cut, and none is too short to be seen. */
const SHORTEST = 60;
const LONGEST = 700;
const BEFORE_TYPING = 1_600;
const AFTER_TYPING = 500;

/** The lines of the film, each so much later than the one before as it was in truth, within bounds. */
class Film {
  readonly lines: ShownLine[] = [];
  #at = 0;
  #real = Date.now();

  type(text: string, pause = BEFORE_TYPING): void {
    this.#at += pause;
    this.lines.push({ at: this.#at, text });
    this.#at += AFTER_TYPING;
    this.#real = Date.now();
  }

  show(text: string): void {
    const now = Date.now();
    this.#at += Math.min(LONGEST, Math.max(SHORTEST, now - this.#real));
    this.#real = now;
    // The key to a mesh that is gone tells nobody anything.
    this.lines.push({ at: this.#at, text: text.replace(/#token=\S+/, '#token=…') });
  }
}

/** `make up` and the first commands on a mesh of its own, as a film in docs/img. */
const home = await mkdtemp(join(tmpdir(), 'mesh101-'));
const env = { ...process.env, MESH_HOME: home, NO_COLOR: '1' };
const shown = new Film();
try {
  shown.type('$ make up', 300);
  const up = spawn('make', ['up'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface(up.stdout)) shown.show(line);
  if (up.exitCode === null) await once(up, 'exit');
  if (up.exitCode !== 0) throw new Error(`make up ended with ${up.exitCode}`);
  shown.type('$ make shell');
  const shell = new Shell({ shell: [MESH, 'shell', '-c', 'sh'], env, cwd: ROOT });
  for (const [why, command] of COMMANDS) {
    if (why) shown.type(why);
    shown.type(`$ ${command}`, why ? 0 : BEFORE_TYPING);
    const { output } = await shell.run(command);
    for (const line of output.trimEnd().split('\n')) shown.show(line);
  }
  shell.close();
  await writeFile(join(ROOT, 'docs/img/first-minute.svg'), film(shown.lines));
} finally {
  const down = spawn(MESH, ['down'], { env, stdio: 'ignore' });
  await once(down, 'exit');
  await rm(home, { recursive: true, force: true });
}
