/** Before a build: removes from `dist` what an earlier build made of sources that are gone, so that no package ships it. */
import { existsSync, readdirSync, rmSync } from 'node:fs';

for (const name of ['frill-audio', 'frill-lab']) {
  const dist = new URL(`../packages/${name}/dist/`, import.meta.url);
  if (!existsSync(dist)) continue;
  for (const path of readdirSync(dist, { recursive: true })) {
    const stem = /^(.*?)\.(?:d\.ts|js)(?:\.map)?$/.exec(path)?.[1];
    if (stem !== undefined && !existsSync(new URL(`../src/${stem}.ts`, dist))) rmSync(new URL(path, dist));
  }
}
