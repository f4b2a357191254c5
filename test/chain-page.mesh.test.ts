import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { laptopTarget } from '#test/walkthrough/laptop.ts';
import { Shell } from '#test/walkthrough/shell.ts';
import type { Target } from '#test/walkthrough/target.ts';

/** Chromium from `CHROMIUM` or PATH. CI must have one; a reader's machine need not. */
const executablePath = process.env['CHROMIUM'] ?? onPath('chromium') ?? onPath('google-chrome');
const required = process.env['REQUIRE_COMPONENTS'] !== undefined;

/** As root there is no sandbox; the rest keeps Chromium from calling its maker. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];

describe.skipIf(!executablePath && !required)("the chain's page in Chromium", () => {
  let target: Target;
  let shell: Shell;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    if (!executablePath) throw new Error('chromium is missing: install it, or name it in CHROMIUM');
    target = await laptopTarget();
    shell = new Shell(target);
    for (const file of ['ingress', 'egress', 'destinationrules', 'routing-3'])
      await shell.run(`kubectl apply -f istio/chain/${file}.yaml`);
    const { output } = await shell.run('echo $GATEWAY_URL');
    browser = await chromium.launch({ executablePath, args: ARGUMENTS });
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`http://${output.trim()}/`);
  });
  afterAll(async () => {
    await browser?.close();
    shell?.close();
    await target?.close();
  });

  const hops = () => page.locator('.hop h3').allTextContents();
  const tally = () => page.locator('#tally output');

  it('shows every hop', async () => {
    await expect
      .poll(hops)
      .toEqual(['frontend prod', 'middleware prod', 'backend prod', 'time.jsontest.com outside']);
    expect(complaints).toEqual([]);
  });

  it('reaches the canary with the right header', async () => {
    await page.locator('#user').fill('super-secret');
    await page.locator('#once').click();
    await expect.poll(hops).toContain('middleware canary');
  });

  it('marks the hop that failed, and counts', async () => {
    await page.locator('#fail').fill('1');
    await page.locator('#times').fill('5');
    await page.locator('#many').click();
    await expect.poll(() => tally().textContent()).toContain('6');
    await expect.poll(() => page.locator('.hop.blamed').count()).toBe(1);
  });
});

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
