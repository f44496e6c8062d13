/** A service worker that keeps every file of the build, so that the pages work offline after the first visit. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Writes `sw.js` beside the build: the names of all files, and the few lines that serve them. */
export function offline(): Plugin {
  let publicFolder = '';
  return {
    name: 'frill-offline',
    apply: 'build',
    configResolved({ publicDir }) {
      publicFolder = publicDir;
    },
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.endsWith('.map'));
      const hash = createHash('sha256');
      for (const name of files) {
        const part = bundle[name];
        hash.update(name).update(part.type === 'chunk' ? part.code : part.source);
      }
      const others = filesBelow(publicFolder);
      for (const name of others) hash.update(name).update(readFileSync(join(publicFolder, name)));
      const version = hash.digest('hex').slice(0, 12);
      this.emitFile({
        type: 'asset',
        fileName: 'sw.js',
        source: serviceWorker(version, [...files, ...others]),
      });
    },
  };
}

/** What is copied as it is: the sounds, and a model of one's own. */
function filesBelow(folder: string): string[] {
  if (folder === '' || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(folder.length)
        .replace(/^[\\/]/, '')
        .replaceAll('\\', '/'),
    )
    .sort();
}

function serviceWorker(version: string, files: readonly string[]): string {
  return `const CACHE = 'frill-${version}';
const FILES = ${JSON.stringify(['./', ...files.map((name) => `./${name}`)])};
addEventListener('install', (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith('frill-') && name !== CACHE).map((name) => caches.delete(name)))).then(() => clients.claim())));
addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET' || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((kept) => kept ?? fetch(event.request)));
});
`;
}
