import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/** For the project `unit`: a test there starts no other process, so that `make check` stays quick on every machine. */
for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync', 'exec', 'execSync', 'fork'] as const) {
  childProcess[name] = ((command: string) => {
    throw new Error(`a unit test starts ${command}: name its file *.process.test.ts`);
  }) as never;
}
syncBuiltinESMExports();
