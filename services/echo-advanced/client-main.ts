import process from 'node:process';
import { runClient } from '#services/echo-advanced/client.ts';

const { argv, env, stdout, stderr } = process;
process.exitCode = await runClient(argv.slice(2), { env, stdout, stderr });
