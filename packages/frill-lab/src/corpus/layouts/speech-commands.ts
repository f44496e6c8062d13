/**
 * Speech Commands v0.02 (Warden, arXiv 1804.03209) as TensorFlow Datasets makes its 12 classes: ten words, everything
 * else `_unknown_`, and `_silence_` out of the background noise, cut to one second every half second
 * (running_tap.wav is validation). Folders with fewer than ten of the words keep their own words as classes.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SAMPLE_RATE } from 'frill-audio';
import { readMono16k } from 'frill-audio/node';
import { audioFiles } from '../audio-files.js';
import type { Clip } from '../corpus.js';
import { BY_SPLIT_COLUMN, clipAt, type DatasetLayout, type Found, orNotThisLayout } from './layout.js';

const WORDS = ['down', 'go', 'left', 'no', 'off', 'on', 'right', 'stop', 'up', 'yes'];
const NOISE = '_background_noise_';
/** Where the separate test archive may lie; its `_silence_` is the test set's. */
const TEST_FOLDERS = ['speech_commands_test_set_v0.02', 'test'];

export const speechCommands: DatasetLayout = {
  name: 'speech-commands',
  title: 'Speech Commands v0.02, 12 keywords',
  obtain:
    'speech_commands_v0.02.tar.gz (2.4 GB) and speech_commands_test_set_v0.02.tar.gz (0.1 GB) from download.tensorflow.org/data; CC BY 4.0. Unpack the first into the folder and the second into speech_commands_test_set_v0.02 below it.',
  tasks: [
    {
      name: 'speech-commands',
      title: 'Keyword (Speech Commands)',
      label: 'label',
      speaker: 'speaker',
      // The noise recordings and the test archive have no speakers; the official lists keep those of the words apart.
      split: BY_SPLIT_COLUMN,
    },
  ],
  async read(root) {
    const files = await audioFiles(root);
    const testFolder = TEST_FOLDERS.find((folder) => files.some((file) => file.startsWith(`${folder}/`)));
    const own = files.filter((file) => file.split('/').length === 2 && !file.startsWith(`${testFolder}/`));
    const words = new Set(own.map(wordOf).filter((word) => !word.startsWith('_')));
    const isTwelve = WORDS.every((word) => words.has(word));
    const lists = {
      validation: await readList(root, 'validation_list.txt'),
      test: await readList(root, 'testing_list.txt'),
    };
    const notes = [
      ...(lists.validation && lists.test
        ? []
        : ['no validation_list.txt and testing_list.txt: sides by the official hash rule']),
      ...(isTwelve
        ? []
        : [`not all of ${WORDS.join(', ')} are there: each of the ${words.size} words is a class`]),
    ];
    const labelOf = (word: string) => (!isTwelve || WORDS.includes(word) ? word : '_unknown_');
    const stemless = (path: string) => path.replace(/\.\w+$/, '');
    const spoken = own
      .filter((file) => !wordOf(file).startsWith('_'))
      .map((file): Clip => {
        const split =
          lists.validation && lists.test
            ? lists.test.has(stemless(file))
              ? 'test'
              : lists.validation.has(stemless(file))
                ? 'validation'
                : 'train'
            : whichSide(file);
        const word = wordOf(file);
        return clipAt(root, file, { label: labelOf(word), word, speaker: speakerOf(file), split });
      })
      .filter(({ labels }) => testFolder === undefined || labels.split !== 'test');
    const tested = files
      .filter((file) => testFolder !== undefined && file.startsWith(`${testFolder}/`))
      .map((file): Clip => {
        const word = wordOf(file);
        const label = word === '_silence_' || word === '_unknown_' ? word : labelOf(word);
        return clipAt(root, file, {
          label,
          word,
          speaker: word === '_silence_' ? '' : speakerOf(file),
          split: 'test',
        });
      });
    const noise = isTwelve ? await cutNoise(root, own, testFolder !== undefined) : [];
    if (isTwelve && testFolder === undefined)
      notes.push('no test archive: the second half of each noise recording is the test side of _silence_');
    const present = new Set(own.map(stemless));
    const found: Found = {
      corpus: { name: 'speech-commands', clips: [...spoken, ...noise, ...tested] },
      missing: [...(lists.test ?? []), ...(lists.validation ?? [])].filter((stem) => !present.has(stem)),
      notes,
    };
    return orNotThisLayout(found, root, '<word>/<speaker>_nohash_<take>.wav');
  },
};

async function readList(root: string, name: string): Promise<Set<string> | undefined> {
  const text = await readFile(join(root, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return new Set(
    text
      .split('\n')
      .map((line) => line.trim().replace(/\.\w+$/, ''))
      .filter((line) => line !== ''),
  );
}

/** One second every half second, the last full second left out as TensorFlow Datasets does. */
async function cutNoise(root: string, files: readonly string[], hasTestArchive: boolean): Promise<Clip[]> {
  const clips: Clip[] = [];
  for (const file of files.filter((name) => wordOf(name) === NOISE)) {
    const { length } = await readMono16k(join(root, file));
    const isValidation = basename(file).startsWith('running_tap');
    for (let start = 0; start < length - SAMPLE_RATE; start += SAMPLE_RATE / 2) {
      // Without the test archive the halves must not overlap: the second that straddles the middle is left out.
      const isTest = !hasTestArchive && !isValidation && start >= length / 2;
      if (!hasTestArchive && !isValidation && !isTest && start + SAMPLE_RATE > length / 2) continue;
      const split = isValidation ? 'validation' : isTest ? 'test' : 'train';
      clips.push({
        id: `${file}#${start / SAMPLE_RATE}`,
        path: join(root, file),
        span: { start: start / SAMPLE_RATE, seconds: 1 },
        labels: { label: '_silence_', word: NOISE, speaker: '', split },
      });
    }
  }
  return clips;
}

function wordOf(file: string): string {
  return file.split('/').at(-2) ?? '';
}

function speakerOf(file: string): string {
  return basename(file).split('_nohash_')[0];
}

/** `which_set` of the data set's README: a stable hash of the speaker, 10 % validation, 10 % test. */
export function whichSide(file: string): 'train' | 'validation' | 'test' {
  const digest = createHash('sha1').update(speakerOf(file)).digest('hex');
  const most = 2n ** 27n - 1n;
  const percentage = Number(BigInt(`0x${digest}`) % (most + 1n)) * (100 / Number(most));
  return percentage < 10 ? 'validation' : percentage < 20 ? 'test' : 'train';
}
