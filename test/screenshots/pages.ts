import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '#test/chromium.ts';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';

/** What a page of the documentation may make a reader load for one picture, in bytes. */
const LARGEST = 200_000;

interface Picture {
  readonly name: string;
  readonly url: string;
  /** What a person does on the page first. */
  act?(page: Page): Promise<void>;
  /** Whether the page shows what the picture is for; rules and spans take a moment to arrive. */
  ready(page: Page): Promise<boolean>;
}

/**
 * The pages that the walkthroughs speak of, taken in Chromium from meshes of their own: docs/img/NAME.png, and NAME-dark.png.
 * An argument names the app whose pages are taken; without one, all are.
 */
const only = process.argv[2];
const browser = await launchChromium();
try {
  if (only !== 'chain') await bookinfo(browser);
  if (only !== 'bookinfo') await chain(browser);
} finally {
  await browser.close();
}

async function bookinfo(browser: Browser): Promise<void> {
  const mesh = await startOwnMesh('bookinfo');
  const url = `${mesh.gatewayUrl}/productpage`;
  const apply = (...files: string[]) =>
    mesh.kubectl('apply', ...files.flatMap((file) => ['-f', `istio/bookinfo/${file}.yaml`]));
  const shows = (text: string) => async (page: Page) => (await page.getByText(text).count()) > 0;
  try {
    await apply('destination-rule-all', 'virtual-service-all-v1', 'virtual-service-reviews-test-v2');
    await take(browser, { name: 'bookinfo-v2', url, act: signIn, ready: shows('reviews-v2') });
    await apply('virtual-service-ratings-test-delay');
    const error = shows('Error fetching product reviews!');
    await take(browser, { name: 'bookinfo-error', url, act: signIn, ready: error });
    await apply('virtual-service-all-v1', 'virtual-service-reviews-v3');
    await take(browser, { name: 'bookinfo-v3', url, ready: shows('reviews-v3') });
  } finally {
    await mesh.close();
  }
}

async function chain(browser: Browser): Promise<void> {
  const mesh = await startOwnMesh();
  try {
    await mesh.kubectl('apply', '-f', 'istio/chain/routing-1.yaml');
    await faults(browser, mesh);
    await retries(browser, mesh);
  } finally {
    await mesh.close();
  }
}

/** A hundred requests of which each hop fails three of ten, and one that failed at the last hop. */
async function faults(browser: Browser, { gatewayUrl }: OwnMesh): Promise<void> {
  const act = async (page: Page) => {
    await page.locator('#fail').fill('0.3');
    await page.locator('#times').fill('100');
    await page.locator('#many').click();
    await page.getByText('100 requests').waitFor({ timeout: 60_000 });
    while ((await page.locator('.hop.blamed', { hasText: 'backend' }).count()) === 0) {
      const answer = page.waitForResponse((response) => response.url().startsWith(gatewayUrl));
      await page.locator('#once').click();
      await answer;
    }
  };
  await take(browser, { name: 'chain-page', url: gatewayUrl, act, ready: async () => true });
}

/** One request that frontend answers with 500 at each of four attempts. */
async function retries(browser: Browser, mesh: OwnMesh): Promise<void> {
  await mesh.kubectl('apply', '-f', 'istio/chain/routing-3.yaml');
  const id = 'cafe0000000000000000000000000001';
  const headers = { fail: '1', 'x-b3-traceid': id, 'x-b3-spanid': '000000000000cafe', 'x-b3-sampled': '1' };
  await (await fetch(mesh.gatewayUrl, { headers })).text();
  const url = `${await tracesOf(mesh)}trace/${id}`;
  const ready = async (page: Page) => (await page.getByText('attempt 4 of 4').count()) > 0;
  await take(browser, { name: 'trace-retries', url, ready });
}

async function tracesOf({ client }: OwnMesh): Promise<string> {
  const page = (await client.overview()).traces?.page.url;
  if (!page) throw new Error('the mesh has no page for traces');
  return new URL('/', page).href;
}

async function take(browser: Browser, { name, url, act, ready }: Picture): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1000, height: 560 } });
    const page = await context.newPage();
    await page.goto(url);
    await act?.(page);
    const deadline = Date.now() + 60_000;
    while (!(await ready(page))) {
      if (Date.now() > deadline) throw new Error(`${name}: the page never showed what the picture is for`);
      await page.goto(url);
    }
    const path = join(ROOT, `docs/img/${name}${colorScheme === 'dark' ? '-dark' : ''}.png`);
    await page.screenshot({ path, fullPage: true });
    await context.close();
    const { size } = statSync(path);
    if (size > LARGEST) throw new Error(`${path} has ${size} bytes, more than ${LARGEST}`);
  }
}

async function signIn(page: Page): Promise<void> {
  await page.getByText('Sign in').first().click();
  await page.getByLabel('User name').fill('jason');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Signed in as jason').waitFor();
}
