import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type App, appsNamed, everyApp, parseApps } from '#mesh/cli/lifecycle/apps.ts';
import { firstAnswers } from '#mesh/cli/lifecycle/start-mesh.ts';
import { sendLine } from '#mesh/cli/run-program.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runUp } from '#mesh/cli/testing/interactions.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import { projectRoot } from '#mesh/project-root.ts';
import type { Overview } from '#mesh/run/api.ts';

const overview: Overview = {
  pods: [],
  urls: [
    { name: 'gateway port 80', url: 'http://localhost:8080' },
    { name: 'gateway port 31400', url: 'tcp://localhost:31400' },
  ],
  standIns: [],
  gatewayUrl: 'http://localhost:8080',
};

const app = (name: string): App => {
  const [found] = appsNamed([name]);
  if (!found) throw new Error(`no app ${name}`);
  return found;
};

describe('the apps', () => {
  it('are all, one, or several in an order of their own', () => {
    const names = (words: readonly string[]) => appsNamed(words).map(({ name }) => name);
    expect(names([])).toEqual(['chain']);
    expect(names(['chain', 'bookinfo'])).toEqual(['bookinfo', 'chain']);
    expect(names(['all'])).toEqual(['bookinfo', 'httpbin', 'tcp-echo', 'userapi', 'chain']);
  });

  it.each(everyApp())('$name has its files, services among them, and a walkthrough', (app) => {
    const files = [...app.services, ...app.start, ...app.others, `istio/${app.name}/README.md`];
    expect(files.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
    expect(app.services).not.toEqual([]);
    expect(app.start).not.toEqual([]);
  });

  it('have every manifest of k8s/, so that undeploy forgets none', () => {
    const files = everyApp().flatMap(({ services, others }) => [...services, ...others]);
    expect([...new Set(files)].sort()).toEqual(globSync('k8s/*.yaml', { cwd: projectRoot }).sort());
  });

  it('are lines of a table, in which only what is said counts', () => {
    const table = `# shop services no.yaml
shop  services  a.yaml   b.yaml

shop  first     line 7000 good day
shop  services  c.yaml
`;
    const services = ['a.yaml', 'b.yaml', 'c.yaml'];
    const first = { line: 'good day', port: 7000 };
    expect(parseApps(table)).toEqual([{ name: 'shop', services, start: [], first, others: [] }]);
    expect(() => parseApps('shop first hello')).toThrow('the first question of shop is none of');
  });

  it('are listed when a word is none of them, before anything has been started', async () => {
    const run = await runCli(['up', 'bookinfoo']);
    expect(run).toMatchObject({
      exitCode: 1,
      stderr:
        'error: there is no app "bookinfoo"\n(Did you mean bookinfo?)\nChoose one of bookinfo, httpbin, tcp-echo, userapi, chain, all.\n',
    });
  });

  it('are not mixed with files', async () => {
    const { stderr } = await runCli(['up', 'chain', '-f', '-']);
    expect(stderr).toBe('error: give either apps (chain) or files (-f)\n');
  });
});

describe('the first answer', () => {
  it("is the app's own: the title of a page, or a line", async () => {
    const page = '<html><title>Simple Bookstore App</title><body>…</body></html>';
    const client = fakeClient({ overview, events: [{ type: 'ready', milliseconds: 1 }] });
    const asked: string[] = [];
    const answer = async () => ({ status: 200, text: page });
    const { stdout } = await runUp(['bookinfo'], { client, answer });
    expect(stdout).toContain(
      '$ curl http://localhost:8080/productpage\n<title>Simple Bookstore App</title>\n',
    );
    const sent = async (port: number, line: string) => {
      asked.push(`${port} ${line}`);
      return `one ${line}`;
    };
    const context = { sendLine: sent } as unknown as Parameters<typeof firstAnswers>[0];
    expect(await firstAnswers(context, overview, [app('tcp-echo').first])).toBe(
      '$ echo hello | nc localhost 31400\none hello\n',
    );
    expect(asked).toEqual(['31400 hello']);
  });

  it('comes from a Gateway of the Gateway API where nothing listens at the usual one', async () => {
    const urls = [{ name: 'gateway shop port 80', url: 'http://127.70.1.2:80' }];
    const client = fakeClient({
      overview: { ...overview, urls },
      events: [{ type: 'ready', milliseconds: 1 }],
    });
    const { stdout } = await runUp(['chain'], {
      client,
      answer: async () => ({ status: 200, text: 'shop' }),
    });
    expect(stdout).toContain('$ curl http://127.70.1.2/\nshop\n');
  });

  it.each([
    [['--containers'], 'any'],
    [['--containers', 'podman'], 'podman'],
    [[], undefined],
  ])('%j: real images are run by %s', async (flags, containers) => {
    const client = fakeClient({ overview, events: [{ type: 'ready', milliseconds: 1 }] });
    const { started } = await runUp(['chain', ...flags], { client });
    expect(started[0]?.containers).toBe(containers);
  });

  it('is waited for as long as it may take, and missed when the server closes', async () => {
    const server = createServer((socket) => {
      socket.once('data', (data) =>
        String(data) === 'close\n' ? socket.end() : socket.write(`one ${data}`),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await sendLine({ port, line: 'hello', timeout: 5_000 })).toBe('one hello');
    await expect(sendLine({ port, line: 'close', timeout: 5_000 })).rejects.toThrow('closed');
    server.close();
  });
});
