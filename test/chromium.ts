import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Chromium from `CHROMIUM` or PATH. */
const executablePath = process.env['CHROMIUM'] ?? onPath('chromium') ?? onPath('google-chrome');

/** CI must have one; a reader's machine need not. */
export const withoutChromium: boolean =
  executablePath === undefined && process.env['REQUIRE_COMPONENTS'] === undefined;

/** As root there is no sandbox; the rest keeps Chromium from calling its maker. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];

export async function launchChromium(): Promise<Browser> {
  if (!executablePath) throw new Error('chromium is missing: install it, or name it in CHROMIUM');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A page that writes down whatever its console or its scripts complain about. */
export async function openPage(browser: Browser, complaints: string[]): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => complaints.push(message.text()));
  return page;
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
