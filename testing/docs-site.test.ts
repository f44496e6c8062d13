/** The documentation as a site: built without the network, every link leads somewhere, and the search finds a page in Chromium. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, servePages } from './package/browser.js';
import { describeInChromium } from './package/describe-in-chromium.js';

/** Whoever connects to anything ends the build. */
const OFFLINE = `import net from 'node:net'; net.Socket.prototype.connect = () => { throw new Error('the build asks the network'); };`;

let site: string;
beforeAll(async () => {
  site = await mkdtemp(join(tmpdir(), 'frill-docs-'));
  const vitepress = ['node_modules/vitepress/bin/vitepress.js', 'build', 'docs', '--outDir', site];
  const offline = `--import=data:text/javascript,${encodeURIComponent(OFFLINE)}`;
  await promisify(execFile)(process.execPath, [offline, ...vitepress], {
    env: { ...process.env, BASE: '/' },
  });
  // It takes 20 s where a core is free.
}, 600_000);
afterAll(() => rm(site, { recursive: true, force: true }));

it('has a page of every Markdown file, whose links lead somewhere', () => {
  const sources = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(?!\.vitepress).*\.md$/.test(file),
  );
  expect(sources.length).toBeGreaterThan(20);
  const broken: string[] = [];
  for (const source of sources) {
    const page = source.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html');
    const html = readFileSync(join(site, page), 'utf8');
    const links = [...html.matchAll(/\b(?:href|src)="([^"#:]+)(?:#[^"]*)?"/g)].map(([, link]) => link);
    expect(links.length, page).toBeGreaterThan(20);
    for (const link of links) {
      const path = link.startsWith('/') ? join(site, link) : join(site, dirname(page), link);
      if (!existsSync(path.endsWith('/') ? join(path, 'index.html') : path)) broken.push(`${page}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});

describeInChromium('in Chromium', () => {
  it('finds a page by a word, and asks no other server', async () => {
    const server = await servePages([site], { '/': readFileSync(join(site, 'index.html')) });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(100_000);
      const asked: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('pageerror', ({ message }) => errors.push(message));
      await page.goto(`${server.origin}/`);
      await page.getByRole('heading', { name: 'Documentation', level: 1 }).waitFor();
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('searchbox').fill('quantisation-aware');
      await page.getByRole('option').first().click();
      await page.waitForURL(({ pathname }) => pathname !== '/');
      await page
        .locator('main')
        .filter({ hasText: /quantisation-aware/i })
        .waitFor();
      expect(asked.filter((url) => !url.startsWith(server.origin) && !url.startsWith('data:'))).toEqual([]);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      server.close();
    }
  }, 300_000);
});
