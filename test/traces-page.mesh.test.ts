import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumBrowser, launchChromium, openPage } from '#test/chromium.ts';
import { needs } from '#test/components/component.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

/** Envoys hand their spans over every few seconds. */
const arrival = { timeout: 30_000 };

describe('the traces of a mesh in Chromium', needs(chromiumBrowser), () => {
  let mesh: OwnMesh;
  let browser: Browser;
  let page: Page;
  let home: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    mesh = await startOwnMesh();
    home = (await mesh.client.overview()).traces?.page.url ?? '';
    browser = await launchChromium();
    page = await openPage(browser, complaints);
    await page.goto(home);
  });
  afterAll(async () => {
    await browser?.close();
    await mesh?.close();
  });

  const send = async (count: number, headers: Record<string, string> = {}) => {
    for (let sent = 0; sent < count; sent += 1) await (await fetch(mesh.gatewayUrl, { headers })).text();
  };
  const rows = () => page.locator('.traces li');
  const focused = () =>
    page.evaluate("document.activeElement.closest('li')?.dataset.trace") as Promise<string | undefined>;

  it('has the URL of the start-up table', async () => {
    expect(await mesh.cli('status')).toMatch(new RegExp(`^traces +${home}$`, 'm'));
  });

  it('lists traces as they arrive, without losing the place', async () => {
    await send(1);
    await expect.poll(() => rows().count(), arrival).toBeGreaterThan(0);
    await rows().first().locator('a').focus();
    const before = await focused();
    const count = await rows().count();
    await send(3);
    await expect.poll(() => rows().count(), arrival).toBeGreaterThanOrEqual(count + 3);
    expect(before).toBeDefined();
    expect(await focused()).toBe(before);
  });

  it('finds the retries of a request, and shows each attempt', async () => {
    await send(20, { fail: '0.4' });
    await page.locator('#status').selectOption('error');
    await page.locator('#tag').fill('retry.count=1');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => rows().count(), arrival).toBeGreaterThan(0);
    await rows().first().locator('a').press('Enter');
    await expect.poll(() => page.url()).toContain('/trace/');
    // Each proxy hands its spans over by itself, so the trace may still grow.
    const attempts = async () => {
      await page.reload();
      const texts = [page.getByText(/^attempt 1 of \d$/), page.getByText(/^✖ 500$/)];
      return Promise.all(texts.map(async (text) => (await text.count()) > 0));
    };
    await expect.poll(attempts, arrival).toEqual([true, true]);
  });

  it('opens a span by the keyboard, with its tags', async () => {
    const span = page.locator('details').first();
    expect(await span.getByText('upstream_cluster.name').isVisible()).toBe(false);
    await span.locator('summary').press('Enter');
    await expect.poll(() => span.getByText('upstream_cluster.name').isVisible()).toBe(true);
    // The address follows when the browser has told the page.
    await expect.poll(() => page.url()).toMatch(/\/trace\/[0-9a-f]{16,32}#span-[0-9a-f]{16}/);
  });

  it('has an address that opens the same again', async () => {
    const other = await openPage(browser, complaints);
    await other.goto(page.url());
    const opened = (where: Page) =>
      where.locator('details[open]').evaluateAll((spans) => spans.map(({ id }) => id));
    await expect.poll(() => opened(other)).toHaveLength(1);
    expect(await opened(other)).toEqual(await opened(page));
  });

  it('is also there in the terminal', async () => {
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect(await mesh.cli('traces', '--error', '--limit', '100')).toContain(id);
    expect(await mesh.cli('traces', id)).toMatch(/✖ 500 attempt 1\/\d/);
  });

  it('had nothing to complain about', () => {
    expect(complaints).toEqual([]);
  });
});
