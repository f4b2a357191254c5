import { execFile } from 'node:child_process';
import { join } from 'node:path';

import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import { ROOT } from '#test/own-mesh.ts';

const run = promisify(execFile);
const walkthrough = (document: string) =>
  run(nodeExecutable, [join(ROOT, 'test/walkthrough/main.ts'), document], { cwd: ROOT });

it.each([
  ['nonsense.md', 'DOC=nonsense.md is not there\n'],
  ['docs', 'DOC=docs cannot be read (EISDIR)\n'],
  ['README.md', 'README.md has no commands to run: no block of ```console\n'],
])('%s is no walkthrough, and those that are get named', async (document, why) => {
  await expect(walkthrough(document)).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: `${why}The walkthroughs are: istio/bookinfo/README.md, istio/chain/GATEWAY-API.md, istio/chain/README.md, istio/chain/TRACING.md, istio/httpbin/README.md, istio/tcp-echo/README.md, istio/userapi/README.md.\n`,
  });
});
