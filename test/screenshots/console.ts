import { statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Locator, Page } from 'playwright-core';
import { launchChromium } from '#test/chromium.ts';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';

/** What a page of the documentation may make a reader load for one picture, in bytes. */
const LARGEST = 200_000;

/** Reviews go to v1 and v3, and one user's are slow. */
const SPLIT = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - match: [{headers: {end-user: {exact: jason}}}]
      fault: {delay: {percentage: {value: 20}, fixedDelay: 2s}}
      timeout: 3s
      route: [{destination: {host: reviews, subset: v2}}]
    - route:
        - {destination: {host: reviews, subset: v1}, weight: 70}
        - {destination: {host: reviews, subset: v3}, weight: 30}
`;

/**
 * The console, taken in Chromium from meshes of their own that are being asked: docs/img/console-NAME.png, and console-NAME-dark.png.
 * An argument names the app whose pictures are taken; without one, all are.
 */
const PICTURES = { bookinfo: takeBookinfo, chain: takeSplit, httpbin: takeBreaker };
const only = process.argv[2];
const browser = await launchChromium();
try {
  for (const [app, takeAll] of Object.entries(PICTURES)) {
    if (only !== undefined && only !== app) continue;
    const mesh = await startOwnMesh(app);
    const page = await browser.newPage({ viewport: { width: 1360, height: 800 } });
    try {
      await page.goto((await mesh.cli('console')).trim());
      await takeAll(page, mesh);
    } finally {
      await page.close();
      await mesh.close();
    }
  }
} finally {
  await browser.close();
}

async function takeBookinfo(page: Page, { client, gatewayUrl, kubectl }: OwnMesh): Promise<void> {
  const apply = (name: string) => kubectl('apply', '-f', `istio/bookinfo/virtual-service-${name}.yaml`);
  const v3 = wayOf(page, 'productpage-v1', 'reviews-v3');
  await apply('all-v1');
  await sendSteadily(page, `${gatewayUrl}/productpage`);
  await until(async () => /ruled 100 %|\/s/.test(await spoken(wayOf(page, 'productpage-v1', 'reviews-v1'))));
  // `mesh up` has asked once, perhaps of v3.
  await until(async () => !(await spoken(v3)).includes('/s'));
  await takeGraph(page, 'bookinfo-before');
  await apply('reviews-50-v3');
  await until(async () => /ruled 50 % · is \d\d %/.test(await spoken(v3)));
  await takeGraph(page, 'bookinfo-after');
  await client.apply({ files: [{ file: 'reviews.yaml', text: SPLIT }], namespace: 'default' });
  // A line of a chart has some length.
  await until(async () => Number(await page.locator('.outcome h3').textContent().then(first)) > 150);
  // Right after a change chance has not evened out yet.
  await until(async () => /ruled 30 % · is (2[5-9]|3[0-5]) %/.test(await spoken(v3)));
  await take(page, 'graph');
  await page.evaluate(`location.hash = '#/charts/workload/productpage-v1.default'`);
  await page.locator('.dashboard').first().waitFor();
  await take(page, 'charts');
  await page.evaluate(`location.hash = '#/policies/VirtualService/default/reviews'`);
  const code = page.locator('.code');
  await until(async () => (await code.inputValue()).includes('weight: 70'));
  await code.fill((await code.inputValue()).replace('subset: v3', 'subset: v9'));
  await page.locator('.findings').waitFor();
  await take(page, 'policies');
  await page.evaluate(`location.hash = '#/walkthroughs/bookinfo%2FREADME.md'`);
  await page.getByRole('button', { name: 'Run next' }).click();
  await page.locator('.result').first().waitFor();
  await take(page, 'walkthrough');
}

/** The canary release of the chain's walkthrough: only those who know the word, then a fifth of everybody. */
async function takeSplit(page: Page, { gatewayUrl, kubectl }: OwnMesh): Promise<void> {
  const canary = wayOf(page, 'frontend-prod', 'middleware-canary');
  await kubectl('apply', '-f', 'istio/chain/routing-3.yaml');
  await sendSteadily(page, `${gatewayUrl}/`);
  await until(async () => /on condition/.test(await spoken(canary)));
  await until(async () => /\/s/.test(await spoken(wayOf(page, 'middleware-prod', 'backend-prod'))));
  await takeGraph(page, 'split-before');
  await kubectl('apply', '-f', 'istio/chain/split-80-20.yaml');
  await until(async () => /ruled 20 % · is \d\d %/.test(await spoken(canary)));
  await takeGraph(page, 'split-after');
}

/** Four clients at once, where one connection and one waiting request are allowed. */
async function takeBreaker(page: Page, { kubectl }: OwnMesh): Promise<void> {
  const rules = ['virtual-service-all-v1', 'circuit-breaker'].flatMap((name) => [
    '-f',
    `istio/httpbin/${name}.yaml`,
  ]);
  await kubectl('apply', ...rules);
  const asked = 'load -c 4 -qps 60 -t 60s -quiet http://httpbin:8000/get';
  const load = kubectl('exec', 'deploy/load', '-c', 'load', '--', ...asked.split(' ')).catch(() => undefined);
  const way = wayOf(page, 'load', 'httpbin-v1');
  await until(async () => (await spoken(way)).includes('circuit breaker is open'));
  await way.click();
  await until(async () => Number(await page.locator('.numbers').textContent().then(inAll)) > 600);
  await take(page, 'breaker');
  // The mesh must not end before those who ask it.
  await load;
}

async function sendSteadily(page: Page, url: string): Promise<void> {
  await page.getByRole('textbox', { name: 'URL' }).fill(url);
  await page.getByRole('spinbutton').fill('10');
  await page.getByRole('button', { name: 'Steadily' }).click();
}

function wayOf(page: Page, from: string, to: string): Locator {
  return page.locator(`.label[aria-label^="${from} to ${to}:"]`);
}

async function spoken(way: Locator): Promise<string> {
  return (await way.count()) > 0 ? ((await way.getAttribute('aria-label')) ?? '') : '';
}

function inAll(text: string | null): string {
  return (/in all\s*([\d,]+)/.exec(text ?? '')?.[1] ?? '0').replaceAll(',', '');
}

function first(text: string | null): string {
  return /^\d+/.exec(text ?? '')?.[0] ?? '0';
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('the console never showed what the picture is for');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The drawing alone. */
async function takeGraph(page: Page, name: string): Promise<void> {
  await take(page, name, page.locator('svg.graph'));
}

async function take(page: Page, name: string, part: Page | Locator = page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The next look at the Envoys draws the charts in these colours.
    await page.waitForResponse(() => true, { timeout: 1_500 }).catch(() => undefined);
    const path = join(ROOT, `docs/img/console-${name}${colorScheme === 'dark' ? '-dark' : ''}.png`);
    await part.screenshot({ path });
    const { size } = statSync(path);
    if (size > LARGEST) throw new Error(`${path} has ${size} bytes, more than ${LARGEST}`);
  }
}
