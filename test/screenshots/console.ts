import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
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

/** The console, taken in Chromium from a mesh of its own that is being asked: docs/img/console-NAME.png, and console-NAME-dark.png. */
const browser = await launchChromium();
const mesh = await startOwnMesh('bookinfo');
try {
  await takeConsole(browser, mesh);
} finally {
  await browser.close();
  await mesh.close();
}

async function takeConsole(chromium: Browser, { client, gatewayUrl, cli }: OwnMesh): Promise<void> {
  await client.apply({ files: [{ file: 'reviews.yaml', text: SPLIT }], namespace: 'default' });
  const address = (await cli('console')).trim();
  const page = await chromium.newPage({ viewport: { width: 1360, height: 800 } });
  await page.goto(address);
  await page.getByRole('textbox', { name: 'URL' }).fill(`${gatewayUrl}/productpage`);
  await page.getByRole('button', { name: 'Steadily' }).click();
  const way = page.locator('.label[aria-label^="productpage-v1 to reviews-v3"]');
  await until(async () => /is \d\d %/.test((await way.textContent()) ?? ''));
  // A line of a chart has some length.
  await until(async () => Number(await page.locator('.outcome h3').textContent().then(first)) > 100);
  await take(page, 'graph');
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

async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The next look at the Envoys draws the charts in these colours.
    await page.waitForResponse(() => true, { timeout: 1_500 }).catch(() => undefined);
    const path = join(ROOT, `docs/img/console-${name}${colorScheme === 'dark' ? '-dark' : ''}.png`);
    await page.screenshot({ path });
    const { size } = statSync(path);
    if (size > LARGEST) throw new Error(`${path} has ${size} bytes, more than ${LARGEST}`);
  }
}
