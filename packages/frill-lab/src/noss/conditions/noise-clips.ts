/** Sounds for the conditions with noise: audio files of folders, or the clips of manifests. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from 'frill-audio';
import { audioFiles } from '../../corpus/audio-files.js';
import { fromSixteenBits, toSixteenBits } from '../../corpus/augment/sixteen-bits.js';
import { fileFingerprint, readClip } from '../../corpus/clip-audio.js';
import type { Clip } from '../../corpus/corpus.js';
import { readManifest } from '../../corpus/manifest.js';
import { contentName } from '../../run/content-name.js';
import type { NoiseClips } from './condition.js';

/**
 * Opens folders and manifests; of a manifest all clips, or with `MANIFEST.csv:COLUMN=VALUE` those with that value. Throws InputError
 * where there is nothing to hear.
 */
export async function openNoiseClips(sources: readonly string[]): Promise<NoiseClips> {
  const clips: Clip[] = [];
  for (const source of sources) {
    const found = await clipsOf(source);
    if (found.length === 0)
      throw new InputError({
        what: 'no sounds there',
        where: source,
        remedy: 'Give a folder of audio files, MANIFEST.csv, or MANIFEST.csv:COLUMN=VALUE',
      });
    clips.push(...found);
  }
  const files: (string | null)[] = [];
  for (const clip of clips) files.push((await fileFingerprint(clip)) ?? null);
  const decoded = new Map<number, Promise<Int16Array>>();
  return {
    count: clips.length,
    identity: contentName({ files, spans: clips.map(({ span }) => span ?? null) }),
    async read(index) {
      const sound = decoded.get(index) ?? readClip(clips[index]).then(toSixteenBits);
      decoded.set(index, sound);
      return fromSixteenBits(await sound);
    },
  };
}

async function clipsOf(source: string): Promise<Clip[]> {
  const [, manifest, column, value] = /^(.*\.csv)(?::([^=]+)=(.*))?$/i.exec(source) ?? [];
  if (manifest !== undefined) {
    const where = column === undefined ? {} : { [column]: value };
    return [...(await readManifest(manifest, { where, strict: true })).corpus.clips];
  }
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const paths = isFolder ? (await audioFiles(source)).map((path) => join(source, path)) : [source];
  return paths.map((path) => ({ id: path, path: resolve(path), labels: {} }));
}
