import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { started } from '#services/productpage/testing/started.ts';
import { json, reviewsWith, status } from '#services/productpage/testing/stub-backends.ts';
import { chromiumBrowser, launchChromium } from '#test/chromium.ts';
import { needs } from '#test/components/component.ts';

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };
const THEMES = ['light', 'dark'] as const;

describe("bookinfo's pages in Chromium", { ...needs(chromiumBrowser), timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  /** A window that writes down complaints, and counts what is asked of other hosts. */
  async function open(url: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: DESK, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(url).origin)) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(url);
    return { page, complaints };
  }

  /** For a look at the pages: SCREENSHOTS names a folder. */
  async function keep(page: Page, name: string): Promise<void> {
    const folder = process.env['SCREENSHOTS'];
    if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  it('logs in and out by keyboard, without JavaScript', async () => {
    const { origin } = await started();
    const { page, complaints } = await open(`${origin}/productpage`, { javaScriptEnabled: false });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('jason');
    await keep(page, 'signing-in');
    await page.keyboard.press('Enter');
    await page.getByText('Signed in as jason').waitFor();
    await keep(page, 'signed-in');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Sign in').first().waitFor();
    expect(page.url()).toBe(`${origin}/productpage`);
    expect(complaints).toEqual([]);
  });

  it('says in its place what is wrong with a user name', async () => {
    const { origin } = await started();
    const { page } = await open(`${origin}/productpage`, { javaScriptEnabled: false });
    await page.getByText('Sign in').first().click();
    await page.getByLabel('User name').fill('   ');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter a user name.').waitFor();
    expect(await page.getByLabel('User name').getAttribute('aria-invalid')).toBe('true');
    await keep(page, 'signing-in-failed');
  });

  it.each(THEMES)('%s: readable by everybody, with nothing loaded from elsewhere', async (colorScheme) => {
    const { origin, stubs } = await started();
    const { reviews } = stubs.answers;
    const black = { stars: 4, color: 'black' };
    const failed = { error: 'Ratings service is currently unavailable' };
    const { page, complaints } = await open(`${origin}/`, { colorScheme });
    const states = {
      red: () => {},
      black: () => {
        stubs.answers.reviews = json(reviewsWith({ ...black, stars: 5 }, black));
      },
      ratings: () => {
        stubs.answers.reviews = json(reviewsWith(failed, failed));
      },
      errors: () => {
        stubs.answers.reviews = status(503);
        stubs.answers.details = status(404);
      },
    };
    expect(await violations(page)).toEqual([]);
    await keep(page, `home-${colorScheme}`);
    for (const [name, change] of Object.entries(states)) {
      stubs.answers.reviews = reviews;
      change();
      await page.goto(`${origin}/productpage`);
      expect(await violations(page)).toEqual([]);
      await keep(page, `${name}-${colorScheme}`);
    }
    await page.locator('summary').click();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('fits a phone', async () => {
    const { origin, stubs } = await started();
    const { page } = await open(`${origin}/productpage`, { viewport: PHONE });
    await keep(page, 'phone');
    await page.locator('summary').click();
    await keep(page, 'phone-signing-in');
    await page
      .getByLabel('User name')
      .fill('a-user-with-a-name-that-is-far-too-long-for-one-line-of-a-phone');
    await page.getByRole('button', { name: 'Sign in' }).click();
    stubs.answers.details = status(500);
    await page.goto(`${origin}/productpage`);
    await keep(page, 'phone-errors');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    expect(await violations(page)).toEqual([]);
  });
});

/** What breaks the accessibility guidelines WCAG 2.2, levels A and AA, or good practice. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
