import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));

// downstream.ts takes undici's own modules, which undici may move in any version: a new one is tried by hand first.
it('undici is the version whose modules are known', () => {
  expect(manifest.dependencies.undici).toBe('8.12.4');
  expect(require('undici/package.json').version).toBe('8.12.4');
});

it.each([
  ['undici/lib/dispatcher/agent.js', 'Agent'],
  ['undici/lib/dispatcher/env-http-proxy-agent.js', 'EnvHttpProxyAgent'],
  ['undici/lib/dispatcher/dispatcher.js', 'Dispatcher'],
  ['undici/lib/api/api-connect.js', 'connect'],
])('%s holds %s', (module, name) => {
  expect(require(module).name).toBe(name);
});
