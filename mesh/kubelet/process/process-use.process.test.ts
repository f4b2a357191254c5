import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { processUses, withDescendants } from '#mesh/kubelet/process/process-use.ts';

test.each(['linux', 'any other'])(
  'a process is known with what it uses, and with what it has started (%s)',
  async (platform) => {
    if (platform === 'linux' && process.platform !== 'linux') return;
    const shell = spawn('sh', ['-c', 'sleep 60 & echo started; wait'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await once(shell.stdout, 'data');
      const uses = await processUses(platform);
      const own = uses.get(process.pid);
      expect(own?.parent).toBe(process.ppid);
      // Node takes some tens of megabytes, and has needed time to come here.
      expect(own?.memory).toBeGreaterThan(20 * 1024 * 1024);
      const { user, system } = process.cpuUsage();
      expect(own?.processor).toBeLessThanOrEqual((user + system) / 1000 + 1_000);
      expect(own?.processor).toBeGreaterThan((user + system) / 1000 - 3_000);
      expect(Math.abs((own?.age ?? 0) - process.uptime() * 1000)).toBeLessThan(5_000);
      expect(withDescendants(shell.pid ?? 0, uses)).toHaveLength(2);
      expect(withDescendants(process.pid, uses).length).toBeGreaterThanOrEqual(3);
      expect(withDescendants(2 ** 22 + 1, uses)).toEqual([]);
    } finally {
      for (const { pid } of withDescendants(shell.pid ?? 0, await processUses())) process.kill(pid);
    }
  },
);
