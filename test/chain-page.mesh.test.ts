import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Shell } from '#mesh/console/walkthroughs/shell.ts';
import { chromiumBrowser, launchChromium, openPage } from '#test/chromium.ts';
import { needs } from '#test/components/component.ts';
import { laptopTarget } from '#test/walkthrough/laptop.ts';
import type { Target } from '#test/walkthrough/target.ts';

describe("the chain's page in Chromium", needs(chromiumBrowser), () => {
  let target: Target;
  let shell: Shell;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    target = await laptopTarget('istio/chain/README.md');
    shell = new Shell(target);
    for (const file of ['ingress', 'egress', 'destinationrules', 'routing-3'])
      await shell.run(`kubectl apply -f istio/chain/${file}.yaml`);
    const { output } = await shell.run('echo $GATEWAY_URL');
    browser = await launchChromium();
    page = await openPage(browser, complaints);
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

  it('leads to the trace of the answer', async () => {
    const url = (await page.locator('#trace').getAttribute('href')) ?? '';
    // Envoys hand their spans over every few seconds.
    const title = async () => /<h1>(.*?)<\/h1>/.exec(await (await fetch(url)).text())?.[1];
    await expect.poll(title, { timeout: 30_000 }).toBe('GET /');
  });

  it('keeps the hops that were not reached, greyed', async () => {
    await expect
      .poll(() => page.locator('.hop.unreached h3').allTextContents())
      .toEqual(['middleware', 'backend', 'time.jsontest.com']);
  });
});
