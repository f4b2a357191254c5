import { type Browser, chromium, type Page } from 'playwright-core';
import { type Component, missing, program } from '#test/components/component.ts';

const executablePath = program('chromium', 'CHROMIUM') ?? program('google-chrome', 'CHROMIUM');

export const chromiumBrowser: Component = {
  name: 'Chromium',
  isThere: executablePath !== undefined,
  fix: 'install it (Debian: apt install chromium; macOS: brew install --cask chromium), or name the program in CHROMIUM',
};

/** As root there is no sandbox; the rest keeps Chromium from calling its maker. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];

export async function launchChromium(): Promise<Browser> {
  if (!executablePath) throw missing(chromiumBrowser);
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A page that writes down whatever its console or its scripts complain about. */
export async function openPage(browser: Browser, complaints: string[]): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => complaints.push(message.text()));
  return page;
}
