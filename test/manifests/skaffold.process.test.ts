import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Component, missing, needs } from '#test/components/component.ts';
import { skaffoldConfig } from '#test/manifests/skaffold-config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const command = process.env['SKAFFOLD'];

const skaffold: Component = {
  name: 'skaffold',
  isThere: command !== undefined && command !== '',
  // Neither npm nor pip nor Debian carries it.
  isOptional: true,
  fix: 'download it (https://skaffold.dev/docs/install/), and name the program in SKAFFOLD',
};

describe('the real skaffold', needs(skaffold), () => {
  const config = skaffoldConfig.parse(parse(readFileSync(join(ROOT, 'skaffold.yaml'), 'utf8')));

  it.each(config.profiles)('understands skaffold.yaml with profile $name', async ({ name }) => {
    if (!command) throw missing(skaffold);
    const args = ['diagnose', '--yaml-only', '--profile', name];
    const env = { ...process.env, SKAFFOLD_UPDATE_CHECK: 'false' };
    const { stdout } = await promisify(execFile)(command, args, { cwd: ROOT, env });
    expect(skaffoldConfig.shape.apiVersion.parse(parse(stdout).apiVersion)).toBe(config.apiVersion);
  });
});
