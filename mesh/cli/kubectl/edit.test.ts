import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ProgramCall } from '#mesh/cli/context.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { object } from '#mesh/cli/testing/objects.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ApplyRequest } from '#mesh/run/api.ts';

const reviews = object('networking.istio.io/v1', 'VirtualService', {
  name: 'reviews',
  spec: { hosts: ['reviews'] },
});
const objects = [{ ...reviews, metadata: { ...reviews.metadata, resourceVersion: '7' } }];

interface Editing {
  readonly change: (text: string) => string;
  readonly diagnostics?: readonly Diagnostic[];
  readonly exitCode?: number;
}

/** Edits with a person who changes the text in this way. */
async function edit({ change, diagnostics = [], exitCode = 0 }: Editing) {
  const client = fakeClient({ objects, diagnostics });
  let call: ProgramCall | undefined;
  const runProgram = async (program: ProgramCall) => {
    call = program;
    const file = program.args.at(-1) ?? '';
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    return exitCode;
  };
  const overrides = { runProgram, env: { KUBE_EDITOR: 'ed -s' } };
  const run = await runCli(['edit', 'vs', 'reviews'], { client, overrides });
  const file = call?.args.at(-1) ?? '';
  const isKept = existsSync(file);
  rmSync(dirname(file), { recursive: true, force: true });
  const request = client.calls.find(([method]) => method === 'apply')?.[1] as ApplyRequest | undefined;
  return { ...run, call, isKept, file, request };
}

describe('kubectl edit', () => {
  it('applies what the editor leaves, and keeps no copy', async () => {
    const { stdout, call, isKept, request } = await edit({
      change: (text) => text.replace('- reviews', '- other'),
    });
    expect(stdout).toBe('virtualservice.networking.istio.io/reviews edited\n');
    expect(call?.args.slice(0, 2)).toEqual(['-c', 'ed -s "$1"']);
    expect(parse(request?.files[0]?.text ?? '').spec).toEqual({ hosts: ['other'] });
    expect(isKept).toBe(false);
  });

  it('changes nothing when the text stays as it is', async () => {
    const { stdout, request } = await edit({ change: (text) => text });
    expect([stdout, request]).toEqual(['Edit cancelled, no changes made.\n', undefined]);
  });

  it.each([
    ['what is no YAML', { change: () => 'a: [' }, 'is no YAML'],
    ['what is no object', { change: () => 'text' }, 'is no object'],
    [
      'another name',
      { change: (text: string) => text.replace('name: reviews', 'name: x') },
      'cannot be changed',
    ],
    [
      'an editor that fails',
      { change: (text: string) => text, exitCode: 1 },
      'problem with the editor "ed -s"',
    ],
    [
      'what the mesh refuses',
      {
        change: (text: string) => text.replace('- reviews', '- x'),
        diagnostics: [{ severity: 'error', code: 'IST0101', message: 'not found' }] as const,
      },
      'IST0101',
    ],
  ])('keeps a copy of %s', async (_, editing, message) => {
    const { exitCode, stderr, file, isKept } = await edit(editing);
    expect([exitCode, isKept]).toEqual([1, true]);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`A copy of your changes has been stored to "${file}"`);
  });
});
