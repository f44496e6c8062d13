/** Whether results can be written where they are to go, found out before the work and not after it. */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from 'frill-audio';
import { onDisk } from './disk-error.js';

/** Makes the folder of a file that is to be written. Throws InputError where that is a folder, DiskError where it cannot be written. */
export async function checkDestination(file: string): Promise<void> {
  const isFolder = await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder)
    throw new InputError({
      what: 'this is a folder, and a file is to be written',
      where: file,
      remedy: 'Name a file in it',
    });
  await checkWritable(dirname(resolve(file)));
}

/** The same of a folder that is to be filled. */
export async function checkFolderDestination(folder: string): Promise<void> {
  const isOther = await stat(folder).then(
    (found) => !found.isDirectory(),
    () => false,
  );
  if (isOther)
    throw new InputError({
      what: 'this is a file, and a folder is needed',
      where: folder,
      remedy: 'Give another name for the folder of the results',
    });
  await checkWritable(folder);
}

/** Makes the folder. Throws DiskError where nothing can be written in it. */
async function checkWritable(folder: string): Promise<void> {
  await onDisk(folder, async () => {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  });
}
