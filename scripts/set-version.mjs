/**
 * `node scripts/set-version.mjs 0.2.0`: the one place for the version is the workspace's package.json; this writes it there and
 * carries it to the packages and to their dependencies on each other. Then `npm install` and
 * `node scripts/complete-lock.mjs`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const [version] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? '')) {
  process.stderr.write('Give a version, e.g. 0.2.0\n');
  process.exit(2);
}
for (const path of [
  'package.json',
  'packages/frill-audio/package.json',
  'packages/frill-lab/package.json',
  'packages/frill-models/package.json',
]) {
  const file = new URL(`../${path}`, import.meta.url);
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  manifest.version = version;
  for (const name of ['frill-audio', 'frill-models'])
    if (manifest.dependencies?.[name]) manifest.dependencies[name] = version;
  if (manifest.peerDependencies?.['frill-models']) manifest.peerDependencies['frill-models'] = version;
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
