import { expect, test } from 'vitest';
import type { Clip } from './corpus.js';
import { splitClips } from './splits.js';
import type { SplitRule } from './tasks-file.js';

const clip = (labels: Record<string, string>, index: number): Clip => ({
  id: `${index}.wav`,
  path: `/audio/${index}.wav`,
  labels,
});
const byGroup = (fractions: { train: number; validation: number; test: number }, seed = '0'): SplitRule => ({
  by: 'group',
  group: 'speaker',
  fractions,
  seed,
});
const usual = { train: 0.7, validation: 0.1, test: 0.2 };
const question = { label: 'emotion', speaker: 'speaker' };

/** Every speaker with every emotion. */
function emotional(speakers: number): Clip[] {
  return Array.from({ length: speakers * 3 }, (_unused, i) =>
    clip({ speaker: `s${i % speakers}`, emotion: ['anger', 'joy', 'fear'][Math.floor(i / speakers)] }, i),
  );
}

function speakersOn(clips: readonly Clip[], side: readonly number[]): string[] {
  return [...new Set(side.map((index) => clips[index].labels.speaker))].sort();
}

test('a group split keeps speakers apart in the given shares, and a seed names it', () => {
  const clips = emotional(20);
  const [fold] = splitClips(clips, byGroup(usual), question).folds;
  const sides = [fold.train, fold.validation, fold.test].map((side) => speakersOn(clips, side));
  expect(sides.map((side) => side.length)).toEqual([14, 2, 4]);
  expect(new Set(sides.flat()).size).toBe(20);
  expect(splitClips(clips, byGroup(usual), question).folds).toEqual([fold]);
  expect(splitClips(clips, byGroup(usual, '1'), question).folds).not.toEqual([fold]);
});

test('the order of the clips does not change who is on which side', () => {
  const clips = emotional(10);
  const reversed = [...clips].reverse();
  const [fold] = splitClips(clips, byGroup(usual), question).folds;
  const [other] = splitClips(reversed, byGroup(usual), question).folds;
  expect(speakersOn(reversed, other.test)).toEqual(speakersOn(clips, fold.test));
});

test('few groups still reach every side', () => {
  const clips = emotional(4);
  const [fold] = splitClips(clips, byGroup({ train: 2, validation: 1, test: 1 }), question).folds;
  expect([fold.train, fold.validation, fold.test].map((side) => side.length)).toEqual([6, 3, 3]);
  const three = emotional(3);
  const [tight] = splitClips(three, byGroup({ train: 0.9, validation: 0.05, test: 0.05 }), question).folds;
  expect([tight.train, tight.validation, tight.test].map((side) => side.length)).toEqual([3, 3, 3]);
});

/** Languages, each with its own speakers: `counts[language]` of them, two clips each. */
function languages(counts: Record<string, number>): Clip[] {
  return Object.entries(counts)
    .flatMap(([language, count]) =>
      Array.from({ length: count * 2 }, (_unused, i) => ({ language, speaker: `${language}${i % count}` })),
    )
    .map(clip);
}

test('where a speaker has one class, every class is split by itself', () => {
  const clips = languages({ en: 10, fr: 4, de: 2 });
  const { folds, classes } = splitClips(clips, byGroup(usual), { label: 'language', speaker: 'speaker' });
  expect(classes).toEqual(['de', 'en', 'fr']);
  const count = (side: readonly number[], language: string) =>
    speakersOn(clips, side).filter((name) => name.startsWith(language)).length;
  const [fold] = folds;
  expect([count(fold.train, 'en'), count(fold.validation, 'en'), count(fold.test, 'en')]).toEqual([7, 1, 2]);
  expect([count(fold.train, 'de'), count(fold.validation, 'de'), count(fold.test, 'de')]).toEqual([1, 0, 1]);
});

test('a class with one speaker is left out with a warning, or refused', () => {
  const clips = languages({ en: 5, fr: 5, it: 1 });
  const asked = { label: 'language', speaker: 'speaker', where: "task 'language'" };
  const { classes, warnings, folds } = splitClips(clips, byGroup(usual), asked);
  expect(classes).toEqual(['en', 'fr']);
  expect(warnings).toEqual([
    "class 'it' is left out: it has no clips in test (all 2 are of one speaker, 'it0')",
  ]);
  expect(folds[0].train.every((index) => clips[index].labels.language !== 'it')).toBe(true);
  expect(() => splitClips(clips, byGroup(usual), { ...asked, strict: true })).toThrow(
    "task 'language': class 'it' is left out",
  );
});

const official = (index: number): Record<string, string> => ({
  word: index % 2 ? 'yes' : 'no',
  speaker: `s${index}`,
  set: ['training', 'training', 'dev', 'dev', 'testing', 'testing', 'unused', ''][index % 8],
});
const column: SplitRule = {
  by: 'column',
  column: 'set',
  values: { train: ['training'], validation: ['dev'], test: ['testing'] },
};

test('an official split is taken by its words; other rows are left out', () => {
  const clips = Array.from({ length: 16 }, (_unused, i) => clip(official(i), i));
  const { folds } = splitClips(clips, column, { label: 'word', speaker: 'speaker' });
  expect(folds).toEqual([
    { name: 'official', train: [0, 1, 8, 9], validation: [2, 3, 10, 11], test: [4, 5, 12, 13] },
  ]);
});

test('a side that no word of the column means is refused, and the words are named', () => {
  const clips = Array.from({ length: 16 }, (_unused, i) => clip(official(i), i));
  const mistyped = { ...column, values: { ...column.values, test: ['Testing'] } };
  expect(() => splitClips(clips, mistyped, { label: 'word' })).toThrow(
    "no labelled clip is in test: column 'set' has 'training', 'dev', 'testing', 'unused', '', none of which is 'Testing'",
  );
});

test('a speaker on two sides is refused unless that is meant', () => {
  const clips = Array.from({ length: 8 }, (_unused, i) => clip({ ...official(i), speaker: `s${i % 5}` }, i));
  const asked = { label: 'word', speaker: 'speaker' };
  expect(() => splitClips(clips, column, asked)).toThrow("speaker 's0' is in train and in test");
  expect(splitClips(clips, column, { ...asked, sharedSpeakers: true }).folds).toHaveLength(1);
});

test('in cross-validation each clip is tested once and never trained on in that fold', () => {
  const clips = Array.from({ length: 30 }, (_unused, i) =>
    clip({ label: i % 2 ? 'dog' : 'cat', fold: String(1 + (Math.floor(i / 2) % 5)) }, i),
  );
  const { folds } = splitClips(clips, { by: 'folds', column: 'fold' }, { label: 'label' });
  expect(folds.flatMap(({ test: side }) => side).sort((a, b) => a - b)).toEqual(clips.map((_clip, i) => i));
  for (const { train, validation, test: tested } of folds)
    expect(new Set([...train, ...validation, ...tested]).size).toBe(30);
  expect(() => splitClips(clips.slice(0, 4), { by: 'folds', column: 'fold' }, { label: 'label' })).toThrow(
    "column 'fold' has 2",
  );
});

test('unlabelled clips, clips without a group and a task of one class are named', () => {
  const clips = [...emotional(5), clip({ speaker: 's1', emotion: '' }, 99)];
  expect(splitClips(clips, byGroup(usual), question).warnings).toEqual([
    "1 clips without 'emotion' are left out",
  ]);
  const anonymous = [...emotional(5), clip({ emotion: 'joy' }, 99)];
  expect(() => splitClips(anonymous, byGroup(usual), question)).toThrow("'99.wav' has no 'speaker'");
  const single = emotional(5).map(({ labels, ...rest }) => ({
    ...rest,
    labels: { ...labels, emotion: 'joy' },
  }));
  expect(() => splitClips(single, byGroup(usual), question)).toThrow("only 'joy' has them");
});

test('folds of whole groups test every clip once, and no speaker on two sides', () => {
  const clips = emotional(10);
  const rule: SplitRule = { by: 'group-folds', group: 'speaker', folds: 5, seed: '0' };
  const { folds } = splitClips(clips, rule, question);
  expect(folds.map(({ test: side }) => speakersOn(clips, side).length)).toEqual([2, 2, 2, 2, 2]);
  expect(folds.flatMap(({ test: side }) => side).sort((a, b) => a - b)).toEqual(clips.map((_, i) => i));
  for (const { train, validation, test: side } of folds)
    expect([train, validation, side].flatMap((part) => speakersOn(clips, part))).toHaveLength(10);
  expect(() => splitClips(emotional(4), rule, question)).toThrow('5 folds need as many groups');
});

test('folds of groups with one class each deal every class out to as many folds as it can fill', () => {
  const clips = languages({ de: 6, en: 3, fr: 5 });
  const { folds, classes } = splitClips(
    clips,
    { by: 'group-folds', group: 'speaker', folds: 3, seed: '0' },
    { label: 'language', speaker: 'speaker' },
  );
  expect(classes).toEqual(['de', 'en', 'fr']);
  for (const fold of folds)
    expect(new Set(fold.test.map((index) => clips[index].labels.language)).size).toBe(3);
});
