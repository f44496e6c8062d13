/** Finished students by what a user calls them: the folder of a training, or the name of a released model. */
import { dirname, join } from 'node:path';
import { InputError } from 'frill-audio';
import { isReleasedName } from 'frill-audio/internals';
import { installedList, readReleasedList } from '../models/released-list.js';
import { sha256OfFile } from '../run/sha256.js';
import { WEIGHTS_FILE } from './network-folder.js';
import { type FinishedStudent, studentFolders } from './student-folder.js';

/**
 * The student of a folder, or of a released model such as `frill-m` or `frill-m-v1`, whose kernels are in float16. Throws InputError where
 * there is none, and where released weights are not those that were released.
 */
export async function openStudent(nameOrFolder: string, list = installedList()): Promise<FinishedStudent> {
  if (!isReleasedName(nameOrFolder)) return studentFolders.read(nameOrFolder);
  const released = await findReleasedWeights(nameOrFolder, list);
  if (!released)
    throw new InputError({
      what: 'frill-models holds no weights of this model',
      where: nameOrFolder,
      remedy: 'Name a model that has a weights.safetensors, or give the folder of a finished student',
    });
  const path = join(released.folder, WEIGHTS_FILE);
  const { sha256 } = await sha256OfFile(path);
  if (sha256 !== released.sha256)
    throw new InputError({
      what: `not the file that was released: its SHA-256 is ${sha256}, and ${released.sha256} was released`,
      where: path,
      remedy: 'Install frill-models again',
    });
  return studentFolders.read(released.folder);
}

/** Where the weights of a released model lie, if they were released; a name may pin the version. */
export async function findReleasedWeights(
  asked: string,
  list = installedList(),
): Promise<{ readonly folder: string; readonly sha256: string } | undefined> {
  const models = await readReleasedList(list);
  const found = models.find(({ name, version }) => asked === name || asked === `${name}-v${version}`);
  const weights = found?.files.find(({ file }) => file === WEIGHTS_FILE);
  return found && weights && { folder: join(dirname(list), found.name), sha256: weights.sha256 };
}
