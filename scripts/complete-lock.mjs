/**
 * A registry that does not carry every platform's binary leaves optional packages out of package-lock.json, and
 * `npm ci` then refuses the file. This adds the missing entries from their dependents' own declarations, so that the
 * lock holds on every platform. Run it after `npm install` has changed the lock: `node scripts/complete-lock.mjs`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPU = ['arm64', 'arm', 'x64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x'];

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
let added = 0;

for (const dependent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(dependent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (place in lock.packages || !/^\d/.test(version)) continue;
    const words = name.split(/[-/]/);
    lock.packages[place] = {
      version,
      ...(dependent.dev ? { dev: true } : {}),
      optional: true,
      ...one('os', OS, words),
      ...one('cpu', CPU, words),
      ...one(
        'libc',
        ['glibc', 'musl'],
        words.map((word) => word.replace(/^(gnu|musl)(eabi(hf)?)?$/, libc)),
      ),
    };
    added++;
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} optional packages added`);

function libc(_word, family) {
  return family === 'gnu' ? 'glibc' : 'musl';
}

/** `{ os: ['linux'] }` where the package's name says so. */
function one(field, known, words) {
  const found = known.find((value) => words.includes(value));
  return found ? { [field]: [found] } : {};
}
