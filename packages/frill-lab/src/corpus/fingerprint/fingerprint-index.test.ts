import { resample } from 'frill-audio';
import { readMono16k } from 'frill-audio/node';
import { expect, test } from 'vitest';
import { sharedPath, withShared } from '../../../../../testing/shared.js';
import { random } from '../../tensor/random.js';
import { readManifest } from '../manifest.js';
import { fingerprint, loadFingerprinter } from './fingerprint.js';
import { FingerprintIndex } from './fingerprint-index.js';

const frontend = await loadFingerprinter();

/** A second of something like a word: eight sounds, each a few partials, and breath. */
function word(seed: string): Float32Array {
  const chance = random(seed);
  const samples = Float32Array.from({ length: 16_000 }, () => chance.uniform(-0.03, 0.03));
  for (let start = 0; start < samples.length; start += 2_000)
    for (let partial = 0; partial < 6; partial++) {
      const step = (2 * Math.PI * chance.uniform(200, 3_400)) / 16_000;
      const turn = 2 * Math.cos(step);
      let before = 0;
      let now = chance.uniform(0.02, 0.15) * Math.sin(step);
      for (let i = start; i < start + 2_000; i++) {
        samples[i] += now;
        const next = turn * now - before;
        before = now;
        now = next;
      }
    }
  return samples;
}

/** What a careless copy is like: the beginning is gone, it is quieter, went over a telephone and has 12 bits. */
function copyOf(samples: Float32Array): Float32Array {
  const telephone = resample(resample(samples.subarray(1_234), 16_000, 8_000), 8_000, 16_000);
  return telephone.map((sample) => Math.round(0.3 * sample * 2047) / 2047);
}

test('a re-encoded, trimmed, quieter copy is found, with its place, among 1,000 others, and no other is', {
  timeout: 120_000,
}, () => {
  const index = new FingerprintIndex();
  for (let i = 0; i < 40; i++) index.add(`${i}`, fingerprint(word(`known ${i}`), frontend));
  for (let i = 0; i < 40; i++) {
    const match = index.find(fingerprint(copyOf(word(`known ${i}`)), frontend));
    expect(match?.name).toBe(`${i}`);
    expect(match?.start).toBeCloseTo(1_234 / 16_000, 1);
  }
  const cries = Array.from({ length: 1_000 }, (_, i) =>
    index.find(fingerprint(word(`other ${i}`), frontend)),
  );
  expect(cries.filter((cry) => cry !== undefined)).toEqual([]);
});

test('a piece is found in the whole, and the whole by its piece', () => {
  const whole = new Float32Array(64_000);
  for (let i = 0; i < 4; i++) whole.set(word(`part ${i}`), 16_000 * i);
  const piece = whole.slice(20_000, 36_000);
  const byWhole = new FingerprintIndex();
  byWhole.add('whole', fingerprint(whole, frontend));
  expect(byWhole.find(fingerprint(piece, frontend))).toMatchObject({ name: 'whole', start: 1.25 });
  const byPiece = new FingerprintIndex();
  byPiece.add('piece', fingerprint(piece, frontend));
  expect(byPiece.find(fingerprint(whole, frontend))).toMatchObject({ name: 'piece', start: -1.25 });
});

test('silence and scraps are like nothing', () => {
  const index = new FingerprintIndex();
  index.add('silence', fingerprint(new Float32Array(16_000), frontend));
  index.add('scrap', fingerprint(word('scrap').subarray(0, 3_000), frontend));
  expect(index.find(fingerprint(new Float32Array(32_000), frontend))).toBeUndefined();
  expect(index.find(fingerprint(word('scrap').subarray(0, 3_000), frontend))).toBeUndefined();
});

// The hardest others: the same words, said again by the same people into the same microphone.
withShared('real recordings', 'data/arabic_speech_commands_subset', () => {
  test('among takes of the same words by the same speakers, only the copy is found', {
    timeout: 120_000,
  }, async () => {
    const { corpus } = await readManifest(sharedPath('data/arabic_speech_commands_subset/metadata.csv'), {
      where: { official_split: 'testing', label: ['yes', 'no', 'stop', 'two'] },
    });
    const index = new FingerprintIndex();
    const known = corpus.clips.filter(({ labels }) => labels.round === '01');
    for (const { id, path } of known) index.add(id, fingerprint(await readMono16k(path), frontend));
    const found: string[] = [];
    for (const { path } of known) {
      const match = index.find(fingerprint(copyOf(await readMono16k(path)), frontend));
      if (match !== undefined) found.push(match.name);
    }
    const others = corpus.clips.filter(({ labels }) => labels.round !== '01');
    const cries: string[] = [];
    for (const { id, path } of others)
      if (index.find(fingerprint(await readMono16k(path), frontend))) cries.push(id);
    expect(found).toEqual(known.map(({ id }) => id));
    expect(cries).toEqual([]);
  });
});
