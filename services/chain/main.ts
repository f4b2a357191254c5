import { runAsProcess } from '#platform/process.ts';
import { chain } from '#services/chain/service.ts';

await runAsProcess(chain);
