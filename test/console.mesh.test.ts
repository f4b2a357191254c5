import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumBrowser, launchChromium, openPage } from '#test/chromium.ts';
import { needs } from '#test/components/component.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

/** Envoys and a browser on a machine that does other things, too. */
const patient = { timeout: 30_000 };

const SPLIT = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: middleware
  namespace: default
spec:
  hosts: [middleware]
  http:
    - route:
        - {destination: {host: middleware, subset: prod}, weight: 75}
        - {destination: {host: middleware, subset: canary}, weight: 25}
`;

describe('the console in Chromium', needs(chromiumBrowser), () => {
  let mesh: OwnMesh;
  let browser: Browser;
  let page: Page;
  let address: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    mesh = await startOwnMesh();
    address = (await mesh.cli('console')).trim();
    browser = await launchChromium();
    page = await openPage(browser, complaints);
    await page.goto(address);
  });
  afterAll(async () => {
    await browser?.close();
    await mesh?.close();
  });

  const way = (from: string, to: string) => page.locator(`.label[aria-label^="${from} to ${to}"]`);
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const open = async (view: string) => {
    await page.evaluate(`location.hash = '#/${view}'`);
  };
  const noticed = () => page.getByRole('status').last().textContent();
  const serious = async () => {
    const scripted = await page.evaluate(`window.axe === undefined`);
    if (scripted) await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run({resultTypes: ["violations"]})')) as axe.AxeResults;
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  };

  it('shows nothing without its key', async () => {
    const context = await browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(new URL(address).origin);
    await expect
      .poll(() => stranger.getByRole('heading', { level: 1 }).textContent())
      .toBe('This page needs its key');
    expect(await stranger.locator('.graph').count()).toBe(0);
    await context.close();
  });

  it('takes the key out of its address, and draws the mesh', async () => {
    await expect.poll(() => page.locator('.node.workload').count(), patient).toBe(4);
    expect(page.url()).not.toContain('token');
    expect(await page.locator('.node.gateway .name').textContent()).toBe('ingressgateway');
  });

  it('sends requests, and draws them as they pass', async () => {
    await button('Steadily').click();
    await expect
      .poll(() => way('frontend-prod', 'middleware-prod').getAttribute('aria-label'), patient)
      .toMatch(/: [\d.]+\/s p95/);
    await expect.poll(() => page.locator('.tally th').allTextContents(), patient).toContain('200');
    await expect
      .poll(() => way('middleware-prod', 'backend-prod').locator('.icon').count(), patient)
      .toBeGreaterThan(0);
    expect(await page.locator('.explained').textContent()).toContain('VirtualService frontend-ingress');
  });

  it('opens what is known of a way by the keyboard', async () => {
    await way('frontend-prod', 'middleware-canary').focus();
    await page.keyboard.press('Enter');
    const panel = page.getByRole('tabpanel');
    await expect.poll(() => panel.textContent()).toContain('x-dev-user is super-secret');
    await panel.getByRole('link', { name: /^VirtualService middleware/ }).click();
    await expect.poll(() => page.locator('.code').inputValue(), patient).toContain('subset: canary');
  });

  it('tells mistakes while one writes, and changes nothing', async () => {
    await page.locator('.code').fill(SPLIT.replace('weight: 25', 'weight: many'));
    await expect
      .poll(() => page.locator('.findings .error').allTextContents(), patient)
      .toEqual([expect.stringContaining('line 11')]);
    await button('Apply').click();
    await expect.poll(noticed).toContain('Nothing was changed');
    expect(await mesh.kubectl('get', 'vs', 'middleware', '-o', 'yaml')).toContain('super-secret');
  });

  it('offers what may stand at the cursor, by keyboard', async () => {
    const code = page.locator('.code');
    await code.fill(SPLIT);
    await code.press('Control+End');
    await code.pressSequentially('      ret');
    const offered = page.getByRole('option');
    await expect
      .poll(() => offered.allTextContents(), patient)
      .toContainEqual(expect.stringMatching(/^retries/));
    await code.press('Enter');
    await expect.poll(() => code.inputValue()).toMatch(/\n {6}retries:\n {8}$/);
    await code.press('Control+Space');
    await expect
      .poll(() => offered.allTextContents(), patient)
      .toContainEqual(expect.stringMatching(/^attempts/));
    expect(await serious()).toEqual([]);
    await code.press('Escape');
    await expect.poll(() => offered.count()).toBe(0);
  });

  it('applies a source, and the graph shows the new split within moments', async () => {
    await page.locator('.code').fill(SPLIT);
    await page.getByRole('region', { name: 'Source' }).getByRole('button', { name: 'Differences' }).click();
    await expect
      .poll(() => page.locator('.diff .new').allTextContents())
      .toContainEqual(expect.stringContaining('weight: 25'));
    await button('Apply').click();
    await expect.poll(noticed).toContain('configured');
    await open('graph');
    await expect
      .poll(() => way('frontend-prod', 'middleware-canary').getAttribute('aria-label'), { timeout: 3_000 })
      .toContain('ruled 25 %');
    await expect
      .poll(() => way('frontend-prod', 'middleware-canary').textContent(), patient)
      .toMatch(/ruled 25 % · is \d+ %/);
  });

  it('takes the change back', async () => {
    await open('policies');
    await page.locator('.changes').getByRole('button', { name: 'Undo' }).first().click();
    await expect.poll(noticed, patient).toContain('as it was before');
    expect(await mesh.kubectl('get', 'vs', 'middleware', '-o', 'yaml')).toContain('super-secret');
  });

  it('shows a pod, its log and its Envoy in words, and makes it sick and well', async () => {
    await open('pods');
    await page.getByRole('link', { name: /^backend-prod/ }).click();
    await expect.poll(() => page.locator('.log').textContent(), patient).toContain('listening');
    await expect
      .poll(() => page.locator('.words').first().textContent(), patient)
      .toContain('takes requests at 127.0.0.1');
    await button('Make sick').click();
    await expect
      .poll(() => page.locator('.objects [aria-current=true] .badge').textContent(), patient)
      .toContain('Paused');
    await button('Make well').click();
    await expect
      .poll(() => page.locator('.objects [aria-current=true] .badge').textContent(), patient)
      .toContain('Running');
  });

  it('kills a pod, which begins again, and replaces it by another', async () => {
    const current = page.locator('.objects [aria-current=true]');
    const name = (await current.locator('b').textContent()) as string;
    await button('Kill').click();
    await expect.poll(() => current.textContent(), patient).toContain('1 restart');
    await expect.poll(() => current.locator('.badge').textContent(), patient).toBe('Running 2/2');
    await button('Replace').click();
    await expect
      .poll(() => page.locator('.columns').textContent(), patient)
      .toContain(`Pod ${name}.default is gone`);
    const another = page.getByRole('link', { name: /^backend-prod/ });
    await expect.poll(() => another.textContent(), patient).toContain('Running 2/2');
    expect(await another.textContent()).not.toContain(name);
  });

  it('charts what comes in and goes out, as the dashboards of Istio do', async () => {
    await open('charts');
    await page.getByRole('combobox').selectOption({ label: 'middleware-prod' });
    const figures = page.getByRole('region', { name: 'What comes in' }).locator('figcaption');
    const shown = (title: string) => figures.filter({ hasText: title }).textContent();
    await expect.poll(() => shown('Requests by source'), patient).toMatch(/frontend-prod [\d.]+\/s/);
    await expect.poll(() => shown('Success'), patient).toMatch(/frontend-prod \d+ %/);
    await expect
      .poll(() => shown('Duration'), patient)
      .toMatch(/p50 [\d.]+ m?s p90 [\d.]+ m?s p95 [\d.]+ m?s p99 [\d.]+ m?s/);
    await expect.poll(() => shown('by status'), patient).toMatch(/200 [\d.]+\/s/);
    expect(await page.locator('.chart canvas').count()).toBeGreaterThanOrEqual(10);
    await page.getByRole('combobox').selectOption({ label: 'backend' });
    await expect.poll(() => page.getByRole('region').count()).toBe(1);
  });

  it('runs a walkthrough step by step, with the mesh beside it', async () => {
    await open('walkthroughs');
    await page.getByRole('link', { name: /^The chain: Istio/ }).click();
    await button('Run next').click();
    await expect
      .poll(() => page.locator('.result pre').first().textContent(), patient)
      .toContain('backend-prod');
    expect(await page.locator('.graph').count()).toBe(1);
  });

  it('stops sending when it is told to', async () => {
    await open('graph');
    await page.getByRole('tab', { name: 'Send' }).click();
    await button('Stop').click();
    await expect.poll(() => button('Send once').isVisible()).toBe(true);
  });

  it.each([
    'graph',
    'charts',
    'policies/VirtualService/default/middleware',
    'pods',
    'walkthroughs/chain%2FREADME.md',
  ])('is without a serious fault of accessibility at %s, light and dark', async (view) => {
    await open(view);
    await expect.poll(() => page.locator('main h1, main h2').count(), patient).toBeGreaterThan(0);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await serious()).toEqual([]);
    }
  });

  it('fits a telephone: nothing is wider than it', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const view of ['graph', 'charts', 'policies', 'policies/new', 'pods', 'walkthroughs']) {
      await open(view);
      await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('has the traces at its own port, named by what was asked for', async () => {
    await page.getByRole('link', { name: 'Traces', exact: true }).click();
    await expect.poll(() => page.locator('.traces .what').first().textContent(), patient).toBe('GET /');
    // Each proxy hands its spans over by itself.
    await expect
      .poll(() => page.locator('.traces .hops').allTextContents(), patient)
      .toContainEqual(expect.stringMatching(/^frontend → middleware → backend → time/));
    await page.locator('.traces a').first().click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('GET /');
    expect(new URL(page.url()).origin).toBe(new URL(address).origin);
    expect(await page.getByRole('link', { name: 'Ask again' }).getAttribute('href')).toBe(
      `${mesh.gatewayUrl}/`,
    );
    expect(await serious()).toEqual([]);
    await page.getByRole('link', { name: 'Graph' }).click();
    await expect.poll(() => page.locator('.node.workload').count(), patient).toBe(4);
  });

  it('had nothing to complain about', () => {
    expect(complaints).toEqual([]);
  });
});
