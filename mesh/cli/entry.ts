import { enableCompileCache } from 'node:module';
import process from 'node:process';
import { compileCache } from '#mesh/run/process/node-executable.ts';

// Stripping the types of some sixty files takes longer than everything that `mesh get` does. It has to be on before
// they are imported.
enableCompileCache(compileCache);
const [{ main }, { processContext }] = await Promise.all([
  import('#mesh/cli/main.ts'),
  import('#mesh/cli/process-context.ts'),
]);
// `mesh get pods | head -1` is no error: end as a program that SIGPIPE ends.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1));
process.exitCode = await main(process.argv.slice(2), processContext());
