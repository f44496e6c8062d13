/** A package as the registry would hand it out: packed, and unpacked into a folder's node_modules. */
import { execFile } from 'node:child_process';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Packs the built workspace `packages/<name>` into `folder`; returns the tarball's path. */
export async function pack(name: string, folder: string): Promise<string> {
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, '--workspace', `packages/${name}`],
    { cwd: ROOT },
  );
  const packed: unknown = JSON.parse(stdout);
  const [first] = Array.isArray(packed) ? packed : Object.values(Object(packed));
  return join(folder, String(first.filename));
}

/** Unpacks a tarball as `folder/node_modules/<name>`, and nothing it may depend on. */
export async function unpack(tarball: string, name: string, folder: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(modules, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', modules]);
  await rename(join(modules, 'package'), join(modules, name));
}
