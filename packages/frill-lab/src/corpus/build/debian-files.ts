/**
 * The files of a Debian package, and of the archives inside it that games keep their sounds in (`archive.zip!/path`). The
 * package's checksum is held against the declared one. Needs `dpkg-deb` and `unzip`.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from 'frill-audio';
import { sha256OfFile } from '../../run/sha256.js';
import type { DebianPackage } from './declaration.js';
import type { SourceFile, SourceFiles } from './source-files.js';

const run = promisify(execFile);
const ARCHIVE = /\.(pk3|wz|zip)$/i;

/** Opens `folder/NAME_VERSION_*.deb`, unpacked below `scratch`. Throws InputError when it is not there or not that one. */
export async function openDebianFiles(
  folder: string,
  { package: name, version, sha256 }: DebianPackage,
  scratch: string,
): Promise<SourceFiles> {
  // apt-get writes a version's colon as %3a.
  const beginning = `${name}_${version.replaceAll(':', '%3a')}_`;
  const archive = (await readdir(folder).catch(() => [])).find(
    (file) => file.startsWith(beginning) && file.endsWith('.deb'),
  );
  if (archive === undefined)
    throw new InputError({
      what: `no ${beginning}*.deb`,
      where: folder,
      remedy: `There, run: apt-get download ${name}=${version}`,
    });
  const path = join(folder, archive);
  const { sha256: found } = await sha256OfFile(path);
  if (found !== sha256)
    throw new InputError({
      what: `this file has changed: its SHA-256 is ${found}, the declared one is ${sha256}`,
      where: path,
      remedy: 'Download the declared version again',
    });
  const unpacked = await mkdtemp(join(scratch, `${name}-`));
  await run('dpkg-deb', ['-x', path, unpacked]);
  const files = await filesBelow(unpacked);
  // Its exit code 1 is a warning; a file of that name that is no archive gives nothing.
  for (const below of files.filter((file) => ARCHIVE.test(file)))
    await run('unzip', ['-q', '-o', join(unpacked, below), '-d', join(unpacked, `${below}!`)]).catch(
      () => {},
    );
  return {
    files: (await filesBelow(unpacked)).map((path): SourceFile => ({ path, checksum: sha256 })),
    read: ({ path }) => readFile(join(unpacked, path)),
    close: () => rm(unpacked, { recursive: true, force: true }),
  };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}
