import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sharedPath, withShared } from '../../../../../testing/shared.js';
import { importLayout } from '../import-layout.js';
import { loadTasks } from '../tasks.js';
import { encodeExample, type Feature } from '../tf-example.js';
import { frameRecord } from '../tfrecord.js';
import { encodeWav } from '../wav-file.js';
import { audioset } from './audioset.js';
import { cremaD } from './crema-d.js';
import { csv } from './csv.js';
import { dementiabank } from './dementiabank.js';
import { esc50 } from './esc50.js';
import { folderPerClass } from './folder-per-class.js';
import { LAYOUTS } from './index.js';
import type { DatasetLayout } from './layout.js';
import { masc } from './masc.js';
import { savee } from './savee.js';
import { speechCommands, whichSide } from './speech-commands.js';
import { tfrecord } from './tfrecord.js';
import { voxceleb1 } from './voxceleb1.js';
import { voxforge } from './voxforge.js';

let base: string;
let root: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'frill-layouts-'));
});
beforeEach(async () => {
  root = await mkdtemp(join(base, 'root-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Makes files; a bare path is an empty one. */
async function plant(...files: (string | [path: string, content: string | Uint8Array])[]): Promise<void> {
  for (const file of files) {
    const [path, content] = typeof file === 'string' ? [file, ''] : file;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** Labels by id. */
async function read(layout: DatasetLayout) {
  const { corpus, missing, notes } = await layout.read(root);
  return { clips: Object.fromEntries(corpus.clips.map(({ id, labels }) => [id, labels])), missing, notes };
}

test('voxceleb1: sides by iden_split.txt, clips in wav or in dev and test', async () => {
  await plant(
    [
      'iden_split.txt',
      '1 id10001/a/00001.wav\n2 id10001/b/00001.wav\n3 id10002/c/00001.wav\n1 id10002/d/00001.wav\n',
    ],
    'dev/wav/id10001/a/00001.wav',
    'dev/wav/id10001/b/00001.wav',
    'test/wav/id10002/c/00001.wav',
  );
  expect(await read(voxceleb1)).toEqual({
    clips: {
      'dev/wav/id10001/a/00001.wav': { speaker: 'id10001', video: 'a', split: 'train' },
      'dev/wav/id10001/b/00001.wav': { speaker: 'id10001', video: 'b', split: 'validation' },
      'test/wav/id10002/c/00001.wav': { speaker: 'id10002', video: 'c', split: 'test' },
    },
    missing: ['id10002/d/00001.wav'],
    notes: [],
  });
});

test('voxforge: a speaker may send in twice; each anonymous submission is a speaker of its own', async () => {
  await plant(
    'en/Aaron-20080318-kdl/wav/a0001.wav',
    'en/Aaron-20090101-xyz/wav/b0001.wav',
    'de/anonymous-20080723-akl/wav/de1.wav',
    'German/anonymous-20080801-bcd/flac/de2.flac',
    'pl/Ewa-20080101-abc/wav/p1.wav',
  );
  const { clips, notes } = await read(voxforge);
  expect(Object.values(clips).map(({ language, speaker }) => [language, speaker])).toEqual([
    ['de', 'de-anonymous-20080801-bcd'],
    ['de', 'de-anonymous-20080723-akl'],
    ['en', 'en-aaron'],
    ['en', 'en-aaron'],
  ]);
  expect(notes).toEqual(["'pl' is not a language of the task; left out"]);
});

const TEN = ['down', 'go', 'left', 'no', 'off', 'on', 'right', 'stop', 'up', 'yes'];
const noise = encodeWav(new Float32Array(3 * 16_000).fill(0.1));

test('speech-commands: ten words, _unknown_, and _silence_ cut out of the noise as TensorFlow Datasets does', async () => {
  await plant(
    ...TEN.map((word) => `${word}/aaaa_nohash_0.wav`),
    'yes/bbbb_nohash_0.wav',
    'no/cccc_nohash_1.wav',
    'marvin/aaaa_nohash_0.wav',
    ['_background_noise_/pink_noise.wav', noise],
    ['_background_noise_/running_tap.wav', noise],
    ['validation_list.txt', 'yes/bbbb_nohash_0.wav\n'],
    ['testing_list.txt', 'no/cccc_nohash_1.wav\nup/gone_nohash_0.wav\n'],
    'speech_commands_test_set_v0.02/_silence_/1.wav',
    'speech_commands_test_set_v0.02/_unknown_/dddd_nohash_0.wav',
    'speech_commands_test_set_v0.02/no/cccc_nohash_1.wav',
  );
  const { clips, missing, notes } = await read(speechCommands);
  expect(clips['marvin/aaaa_nohash_0.wav']).toEqual({
    label: '_unknown_',
    word: 'marvin',
    speaker: 'aaaa',
    split: 'train',
  });
  expect(clips['yes/bbbb_nohash_0.wav'].split).toBe('validation');
  expect(clips['no/cccc_nohash_1.wav']).toBeUndefined();
  const tested = Object.entries(clips).filter(([, { split }]) => split === 'test');
  expect(tested.map(([, { label }]) => label)).toEqual(['_silence_', '_unknown_', 'no']);
  const silence = Object.entries(clips).filter(([, { word }]) => word === '_background_noise_');
  expect(silence.map(([id, { split }]) => [id.split('/')[1], split])).toEqual(
    ['pink_noise.wav', 'running_tap.wav'].flatMap((file) =>
      [0, 0.5, 1, 1.5].map((start) => [`${file}#${start}`, file.startsWith('pink') ? 'train' : 'validation']),
    ),
  );
  expect(missing).toEqual(['up/gone_nohash_0']);
  expect(notes).toEqual([]);
});

test('speech-commands: without the test archive no second of noise is on two sides', async () => {
  await plant(
    ...TEN.map((word) => `${word}/aaaa_nohash_0.wav`),
    ['_background_noise_/pink_noise.wav', noise],
    ['validation_list.txt', ''],
    ['testing_list.txt', 'no/aaaa_nohash_0.wav\n'],
  );
  const { clips, notes } = await read(speechCommands);
  const silence = Object.entries(clips).filter(([, { label }]) => label === '_silence_');
  expect(silence.map(([id, { split }]) => [id.split('#')[1], split])).toEqual([
    ['0', 'train'],
    ['0.5', 'train'],
    ['1.5', 'test'],
  ]);
  expect(notes[0]).toContain('no test archive');
});

test('crema-d: actor, sentence and emotion are in the name', async () => {
  await plant('AudioWAV/1001_DFA_ANG_XX.wav', 'AudioWAV/1091_WSI_SAD_HI.wav', 'AudioWAV/readme.wav');
  const { clips, notes } = await read(cremaD);
  expect(clips).toEqual({
    'AudioWAV/1001_DFA_ANG_XX.wav': { emotion: 'anger', speaker: '1001', sentence: 'DFA', intensity: 'XX' },
    'AudioWAV/1091_WSI_SAD_HI.wav': { emotion: 'sadness', speaker: '1091', sentence: 'WSI', intensity: 'HI' },
  });
  expect(notes).toHaveLength(1);
});

test('savee: in folders of speakers or all in one', async () => {
  await plant('AudioData/DC/sa03.wav', 'AudioData/JE/a01.wav', 'ALL/KL_su15.wav', 'AudioData/XX/a01.wav');
  const { clips } = await read(savee);
  expect(Object.values(clips)).toEqual([
    { emotion: 'surprise', speaker: 'KL', sentence: '15' },
    { emotion: 'sadness', speaker: 'DC', sentence: '03' },
    { emotion: 'anger', speaker: 'JE', sentence: '01' },
  ]);
});

test('masc: sides by the file name, unknown test labels stay empty', async () => {
  await plant(
    [
      'lab/labels.csv',
      'file_name,label\ntrain_00001.wav,clear\ndevel_00001.wav,mask\ntest_00001.wav,?\ntest_00002.wav,?\n',
    ],
    'wav/train_00001.wav',
    'wav/devel_00001.wav',
    'wav/test_00001.wav',
  );
  const { clips, missing, notes } = await read(masc);
  expect(Object.values(clips)).toEqual([
    { label: 'clear', split: 'train' },
    { label: 'mask', split: 'validation' },
    { label: '', split: 'test' },
  ]);
  expect(missing).toEqual(['wav/test_00002.wav']);
  expect(notes).toEqual(['1 clips have no label ("?")']);
});

test('esc50: folds and categories by the listing, audio in any format', async () => {
  await plant(
    [
      'meta/esc50.csv',
      'filename,fold,target,category,esc10,src_file,take\n1-1-A-0.wav,1,0,dog,True,1,A\n2-1-A-21.wav,2,21,sneezing,True,1,A\n3-1-A-20.wav,3,20,crying_baby,True,1,A\n',
    ],
    'audio/1-1-A-0.wav',
    'audio/2-1-A-21.flac',
  );
  expect(await read(esc50)).toEqual({
    clips: {
      'audio/1-1-A-0.wav': { category: 'dog', fold: '1' },
      'audio/2-1-A-21.flac': { category: 'sneezing', fold: '2' },
    },
    missing: ['audio/3-1-A-20.wav'],
    notes: [],
  });
});

test('dementiabank: group by folder, participant by name', async () => {
  await plant('Pitt/Control/cookie/002-0.mp3', 'Pitt/Dementia/cookie/001-2.mp3', 'Pitt/Dementia/notes.mp3');
  const { clips, notes } = await read(dementiabank);
  expect(Object.values(clips)).toEqual([
    { label: 'healthy', speaker: '002', exercise: 'cookie' },
    { label: 'AD', speaker: '001', exercise: 'cookie' },
  ]);
  expect(notes).toHaveLength(1);
});

test('audioset: segments with labels, whatever the downloader called the files', async () => {
  await plant(
    [
      'balanced_train_segments.csv',
      '# Segments csv created\n# YTID, start_seconds, end_seconds, positive_labels\n-0abc, 30.000, 40.000, "/m/09x0r,/t/dd00088"\n--xyz, 5.000, 15.000, "/m/04rlf"\n',
    ],
    ['eval_segments.csv', 'gone1, 0.000, 10.000, "/m/09x0r"\nhere2, 0.000, 10.000, "/m/09x0r"\n'],
    ['class_labels_indices.csv', 'index,mid,display_name\n0,/m/09x0r,"Speech"\n137,/m/04rlf,"Music"\n'],
    'balanced_train/-0abc_30.wav',
    'balanced_train/--xyz_5000_15000.flac',
    'eval/Yhere2.wav',
  );
  const { clips, missing } = await read(audioset);
  expect(clips).toEqual({
    'balanced_train/-0abc_30.wav': { classes: 'Speech;/t/dd00088', speech: 'yes', split: 'train' },
    'balanced_train/--xyz_5000_15000.flac': { classes: 'Music', speech: 'no', split: 'train' },
    'eval/Yhere2.wav': { classes: 'Speech', speech: 'yes', split: 'test' },
  });
  expect(missing).toEqual(['gone1 (eval_segments.csv)']);
});

test('tfrecord: audio as floats or as 16-bit integers is taken out as WAV', async () => {
  const text = (value: string): Feature => ({ kind: 'bytes', values: [new TextEncoder().encode(value)] });
  const record = (audio: Feature | undefined, label: string) =>
    frameRecord(
      encodeExample(
        new Map([
          ...(audio ? [['audio', audio] as const] : []),
          ['label', text(label)],
          ['speaker_id', text('s1')],
        ]),
      ),
    );
  const floats = record({ kind: 'float', values: Float32Array.of(0, 0.5, -1) }, 'yes');
  const words = record({ kind: 'int64', values: [0, -32_767, 16_384] }, 'no');
  await plant([
    'set.train.tfrecord-00000-of-00001',
    Buffer.concat([floats, words, record(undefined, 'none')]),
  ]);
  const extractTo = join(root, 'out');
  const { corpus, notes } = await tfrecord.read(root, { extractTo });
  expect(corpus.clips.map(({ labels }) => labels)).toEqual([
    { label: 'yes', speaker: 's1', split: 'train' },
    { label: 'no', speaker: 's1', split: 'train' },
  ]);
  expect(notes).toEqual(['set.train.tfrecord-00000-of-00001, record 2: no audio; left out']);
  await expect(tfrecord.read(root)).rejects.toThrow('--extract-to');
  await plant(['broken.tfrecord', floats.subarray(0, 30)]);
  await expect(tfrecord.read(root, { extractTo })).rejects.toThrow('broken.tfrecord: truncated record');
});

test('folder-per-class: with an official split, and with speakers', async () => {
  await plant('train/yes/1.wav', 'valid/no/2.wav', 'test/yes/3.wav');
  expect(Object.values((await read(folderPerClass)).clips)).toEqual([
    { label: 'yes', speaker: '', split: 'test' },
    { label: 'yes', speaker: '', split: 'train' },
    { label: 'no', speaker: '', split: 'validation' },
  ]);
  root = await mkdtemp(join(base, 'root-'));
  await plant(
    ...Array.from({ length: 40 }, (_unused, i) => `${i % 2 ? 'cat' : 'dog'}/s${i % 20}/${i}.wav`),
    'loose.wav',
  );
  const { clips, notes } = await read(folderPerClass);
  const sides = new Map<string, Set<string>>();
  for (const { speaker, split } of Object.values(clips))
    sides.set(speaker, (sides.get(speaker) ?? new Set()).add(split));
  expect([...sides.values()].map(({ size }) => size)).toEqual(Array(20).fill(1));
  expect(notes).toContain("'loose.wav' is in no class's folder; left out");
});

test('csv: what metadata.csv says', async () => {
  await plant(['metadata.csv', 'path,label\na.wav,x\nb.wav,y\n'], 'a.wav');
  expect(await read(csv)).toEqual({ clips: { 'a.wav': { label: 'x' } }, missing: ['b.wav'], notes: [] });
});

test.each(LAYOUTS.map((layout) => [layout.name, layout] as const))(
  '%s: a foreign folder is refused, and the reader tells how to obtain the data',
  async (_name, layout) => {
    await plant('something.txt');
    await expect(layout.read(root, { extractTo: root })).rejects.toThrow(`not the layout of ${layout.name}`);
    expect(layout.obtain.length).toBeGreaterThan(40);
  },
);

test('an imported data set is a tasks file that loads', async () => {
  await plant(
    ...Array.from(
      { length: 60 },
      (_unused, i) =>
        `AudioWAV/10${String(i % 12).padStart(2, '0')}_DFA_${['ANG', 'SAD', 'NEU'][i % 3]}_X${String.fromCharCode(65 + (i % 25))}.wav`,
    ),
  );
  const imported = await importLayout(cremaD, root, join(root, 'lists', 'crema.csv'));
  expect(imported).toMatchObject({
    speakers: 12,
    lengths: { hours: 0, unknown: imported.clips },
    classes: { 'crema-d': { label: 'emotion', counts: { anger: imported.clips / 3 } } },
  });
  const { tasksFile = '' } = imported;
  const { tasks, warnings } = await loadTasks(tasksFile);
  expect(tasks[0].splitting.classes).toEqual(['anger', 'neutral', 'sadness']);
  expect(warnings).toEqual([]);
});

test.each([
  ['f0ebef1b', 'train'],
  ['1657c9fa', 'validation'],
  ['105a0eea', 'test'],
])('speech-commands: the official hash rule puts speaker %s into %s', (speaker, side) => {
  expect(whichSide(`bed/${speaker}_nohash_0.wav`)).toBe(side);
});

withShared('real copies', 'data', () => {
  test('ESC-10 in the layout of ESC-50', async () => {
    const { corpus, missing } = await esc50.read(sharedPath('data/esc10'));
    expect(corpus.clips).toHaveLength(400);
    expect(missing).toEqual([]);
  });

  test('the subset of Speech Commands: the hash rule gives its official sides', async () => {
    const { corpus } = await speechCommands.read(sharedPath('data/speech_commands_subset'));
    const listed = await csv.read(sharedPath('data/speech_commands_subset'));
    const official = new Map(listed.corpus.clips.map(({ id, labels }) => [id, labels.official_split]));
    const words: Record<string, string> = { training: 'train', validation: 'validation', testing: 'test' };
    expect(corpus.clips).toHaveLength(1_680);
    for (const { id, labels } of corpus.clips) expect(labels.split).toBe(words[official.get(id) ?? '']);
  });
});
