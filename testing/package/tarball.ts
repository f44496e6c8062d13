/** A package as the registry would hand it out: packed, and unpacked into a folder's node_modules. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
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

/** The files of a tarball, as text, by their path in the package; unpacks them into `folder`. */
export async function packedFiles(tarball: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const to = join(folder, 'unpacked');
  await mkdir(to, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', to, '--strip-components=1']);
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (path) => [path.slice(to.length + 1), await readFile(path, 'utf8')] as const),
    ),
  );
}
