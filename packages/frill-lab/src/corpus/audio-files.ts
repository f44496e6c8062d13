/** Which files of a folder are audio, by their names. What is in them is found out when they are decoded. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { InputError } from 'frill-audio';

/** The most usual first. */
const EXTENSIONS = ['wav', 'flac', 'mp3', 'ogg', 'opus', 'm4a', 'aac', 'webm', 'oga', 'aiff', 'aif', 'caf'];
const AUDIO = new RegExp(`\\.(${EXTENSIONS.join('|')})$`, 'i');

/** Audio files below a folder, with `/` between the parts, sorted. Throws InputError when there is no such folder. */
export async function audioFiles(root: string): Promise<string[]> {
  const all = await readdir(root, { recursive: true }).catch((cause) => {
    throw new InputError({
      what: 'no such folder',
      where: root,
      remedy: 'Give a folder with audio files',
      cause,
    });
  });
  return all
    .map((path) => path.split(sep).join('/'))
    .filter((path) => AUDIO.test(path) && !basename(path).startsWith('.'))
    .sort();
}

/** The file of a stem with whatever audio extension it has; `preferred` as it is named. */
export function withAnyExtension(root: string, preferred: string): string | undefined {
  const stem = preferred.replace(AUDIO, '');
  const candidates = [preferred, ...EXTENSIONS.map((extension) => `${stem}.${extension}`)];
  return candidates.find((candidate) => existsSync(join(root, candidate)));
}
