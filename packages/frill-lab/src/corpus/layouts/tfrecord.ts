/**
 * TFRecord files of tf.Example as the original NOSS tools write them: `audio` (floats, or 16-bit integers), `label`,
 * `speaker_id`. The audio is taken out as WAV; which side a file is for is read off its name.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, SAMPLE_RATE } from 'frill-audio';
import { writeWhole } from '../../run/whole-file.js';
import type { Clip } from '../corpus.js';
import { decodeExample, type Feature, textOf } from '../tf-example.js';
import { unframeRecords } from '../tfrecord.js';
import { encodeWav } from '../wav-file.js';
import { BY_SPLIT_COLUMN, type DatasetLayout, notThisLayout } from './layout.js';

export const tfrecord: DatasetLayout = {
  name: 'tfrecord',
  title: 'TFRecord files of the original NOSS tools',
  obtain:
    'Made by the original tools: files named *train*, *validation* (or *dev*) and *test* with tf.Example records that have audio, label and perhaps speaker_id and sample_rate (16 kHz where absent). Needs --extract-to for the WAV files.',
  tasks: [{ name: 'tfrecord', title: 'Classes', label: 'label', speaker: 'speaker', split: BY_SPLIT_COLUMN }],
  async read(root, { extractTo } = {}) {
    if (extractTo === undefined)
      throw new InputError({
        what: 'the audio is inside the TFRecord files and must be extracted',
        where: root,
        remedy: 'Name a folder for it with --extract-to',
      });
    const files = (await readdir(root).catch(() => [])).filter((name) => /tfrecord/i.test(name)).sort();
    if (files.length === 0) throw notThisLayout(root, 'tfrecord', 'no file with tfrecord in its name');
    const clips: Clip[] = [];
    const notes: string[] = [];
    for (const file of files) {
      const split = sideOf(file);
      let number = 0;
      for (const record of unframeRecords(await readFile(join(root, file)), join(root, file))) {
        const example = decodeExample(record, `${join(root, file)}, record ${number}`);
        const samples = samplesOf(example.get('audio'));
        if (samples === undefined) notes.push(`${file}, record ${number}: no audio; left out`);
        else {
          const rate = example.get('sample_rate');
          const id = `${basename(file)}-${String(number).padStart(6, '0')}.wav`;
          const path = join(extractTo, id);
          await writeWhole(path, encodeWav(samples, rate?.kind === 'int64' ? rate.values[0] : SAMPLE_RATE));
          const labels = { label: textOf(example, 'label'), speaker: textOf(example, 'speaker_id'), split };
          clips.push({ id, path, labels });
        }
        number++;
      }
    }
    return { corpus: { name: 'tfrecord', clips }, missing: [], notes };
  },
};

/** Samples in [-1, 1]: floats as they are, integers as 16-bit. */
function samplesOf(feature: Feature | undefined): Float32Array | undefined {
  if (feature === undefined || feature.values.length === 0) return undefined;
  if (feature.kind === 'float') return feature.values;
  if (feature.kind === 'int64') return Float32Array.from(feature.values, (value) => value / 32_767);
  return undefined;
}

function sideOf(file: string): string {
  if (/valid|dev/i.test(file)) return 'validation';
  return /test|eval/i.test(file) ? 'test' : 'train';
}
