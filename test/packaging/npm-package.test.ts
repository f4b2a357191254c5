import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONTEXT } from '#test/packaging/dockerfile.ts';
import { importedPackages, withPublishedNames } from '#test/packaging/npm-package.ts';

describe('a compiled program', () => {
  test.each([
    ["import { up } from '#mesh/cli/up.ts';", "import { up } from '#mesh/cli/up.js';"],
    ["new URL('daemon.ts', import.meta.url)", "new URL('daemon.js', import.meta.url)"],
    ['exec node "$root/services/load/main.ts" "$@"', 'exec node "$root/services/load/main.js" "$@"'],
    ['command: [node, services/chain/main.ts]', 'command: [node, services/chain/main.js]'],
    ["'start it with `make up`'", "'start it with `npx mesh101 up`'"],
    ["'end it with \\`make down\\`'", "'end it with \\`npx mesh101 down\\`'"],
    ['"$(bin/mesh shell --env)"', '"$(npx mesh101 shell --env)"'],
    ["'which clients make up'", "'which clients make up'"],
    ["'a.tsx'", "'a.tsx'"],
  ])('has %s as %s', (source, published) => expect(withPublishedNames(source)).toBe(published));

  test.each([
    ["import { z } from 'zod';", ['zod']],
    ["import 'reflect-metadata';", ['reflect-metadata']],
    ["const { a } = await import('@scope/name/deep.js');", ['@scope/name']],
    ["require('mysql2/promise')", ['mysql2']],
    ["require.resolve('@scope/name')", ['@scope/name']],
    ["createRequire(import.meta.url)('@marcbachmann/cel-js')", ['@marcbachmann/cel-js']],
    ["import { join } from 'node:path'; import { a } from '#mesh/a.js'; import b from './b.js';", []],
  ])('that says %s needs %j', (program, names) => expect(importedPackages(program)).toEqual(names));
});

test('the action gives each of its inputs to the shell as a variable, never as text of the script', () => {
  const { inputs, runs } = parse(readFileSync(join(CONTEXT, 'action.yml'), 'utf8'));
  const [, step] = runs.steps;
  const given = Object.values<string>(step.env).map(
    (value) => /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value)?.[1],
  );
  expect(given.sort()).toEqual(Object.keys(inputs).sort());
  expect(step.run).not.toContain('${{');
});

test('only a tag publishes', () => {
  const release = parse(readFileSync(join(CONTEXT, '.github/workflows/release.yaml'), 'utf8'));
  expect(Object.keys(release.on)).toEqual(['push']);
  expect(Object.keys(release.on.push)).toEqual(['tags']);
});
