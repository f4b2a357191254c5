import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { contentSecurityPolicy, wholePage } from '#platform/page/page.ts';

const hashOf = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const parts = { title: 'T', style: 'p { margin: 0 }', body: '<p>b</p>' };

test('a page carries its style and script to the letter, as the policy hashes them', () => {
  const script = 'document.title = "1";';
  const policy = contentSecurityPolicy({ styles: [parts.style], scripts: [script] });
  const text = wholePage({ ...parts, script });
  expect(policy).toContain(`style-src ${hashOf(/<style>(.*)<\/style>/s.exec(text)?.[1])}`);
  expect(policy).toContain(`script-src ${hashOf(/<script type="module">(.*)<\/script>/s.exec(text)?.[1])}`);
});

test('a page without a script may run none and ask for nothing', () => {
  expect(wholePage(parts)).not.toContain('<script');
  expect(contentSecurityPolicy({ styles: [parts.style] })).not.toMatch(/script-src|connect-src/);
});
