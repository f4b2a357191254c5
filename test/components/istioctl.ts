import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Component, missing, program } from '#test/components/component.ts';

const ROOT = join(import.meta.dirname, '../..');

const command = program('istioctl', 'ISTIOCTL');

export const istioctl: Component = {
  name: 'istioctl',
  isThere: command !== undefined,
  fix: 'put it on PATH, or run `make download-istio` and name .cache/istio-VERSION/bin/istioctl in ISTIOCTL',
};

/** What the real istioctl prints, both outputs; it runs in the project's folder. Rejects when it refuses. */
export async function askIstioctl(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  if (!command) throw missing(istioctl);
  return promisify(execFile)(command, args, { cwd: ROOT, maxBuffer: 64 << 20 });
}
