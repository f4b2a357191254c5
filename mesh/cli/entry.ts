import process from 'node:process';
import { interrupted } from '#mesh/cli/context.ts';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import { endWithReader } from '#platform/process.ts';

endWithReader();
// bin/mesh has set it for this process alone.
if (process.env['NODE_COMPILE_CACHE'] === compileCache) delete process.env['NODE_COMPILE_CACHE'];
if (process.argv[2] === 'up' && !process.argv.some((word) => word === '--help' || word === '-h')) {
  // Loading the rest takes a while. The user should see at once that this runs, and be able to stop it.
  void interrupted();
  process.stdout.write('… reading the manifests\n');
}
const [{ main }, { processContext }] = await Promise.all([
  import('#mesh/cli/main.ts'),
  import('#mesh/cli/process-context.ts'),
]);
const exitCode = await main(process.argv.slice(2), processContext());
// After Ctrl-C, wait for nothing, not even standard input.
if (exitCode === 130) process.exit(exitCode);
process.exitCode = exitCode;
