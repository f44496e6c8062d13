import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { wavFile } from '../../../../testing/wav.js';
import { AudioError } from '../errors.js';
import { decodeAudio } from './decode.js';
import { openAudioStream, readAudioFile, readMono16k } from './file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-audio-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function streamed(path: string): Promise<Float32Array> {
  const values: number[] = [];
  for await (const block of openAudioStream(path)) for (const value of block) values.push(value);
  return Float32Array.from(values);
}

function tone(rate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: rate * seconds },
    (_, n) => 0.5 * Math.sin((2 * Math.PI * 300 * n) / rate),
  );
}

it('mixes and resamples: 44.1 kHz stereo is the tone at 16 kHz mono', async () => {
  const left = tone(44_100, 1);
  const path = await written(
    'stereo.wav',
    wavFile({ encoding: 's24', sampleRate: 44_100, channels: [left, left.map((x) => x / 3)] }),
  );
  const mono = await readMono16k(path);
  const expected = tone(16_000, 1).map((x) => (x * 2) / 3);
  expect(mono.length).toBe(16_000);
  for (let i = 400; i < 15_600; i++) expect(Math.abs(mono[i] - expected[i])).toBeLessThan(2e-5);
});

it('streams what it reads whole', async () => {
  const path = await written(
    'long.wav',
    wavFile({ encoding: 'f32', sampleRate: 22_050, channels: [tone(22_050, 20)] }),
  );
  expect(await streamed(path)).toEqual(await readMono16k(path));
});

withShared('FLAC', 'data/emodb', () => {
  const path = sharedPath('data/emodb/wav/03a01Fa.flac');

  it('has 16-bit samples divided by 32767', async () => {
    const { sampleRate, channels } = await readAudioFile(path);
    expect(sampleRate).toBe(16_000);
    expect([...channels[0].subarray(1000, 1005)]).toEqual(
      [36, 43, 39, 42, 40].map((code) => Math.fround(code / 32_767)),
    );
  });

  it('streams what it reads whole', async () => {
    expect(await streamed(path)).toEqual(await readMono16k(path));
  });

  it('is recognised under any name, and a cut is noticed', async () => {
    const bytes = await readFile(path);
    const renamed = await written('really flac.wav', bytes);
    expect((await readMono16k(renamed)).length).toBe(32_000);
    const cut = await written('cut.flac', bytes.subarray(0, bytes.length / 2));
    await expect(readMono16k(cut)).rejects.toThrow(/cut\.flac: truncated: \d+ of 32000 samples/);
    await expect(streamed(cut)).rejects.toThrow(/truncated/);
    await expect(decodeAudio(bytes.subarray(0, 50))).rejects.toThrow(AudioError);
  });
});

withShared('FLAC longer than one read', 'data/speech_commands_subset', () => {
  it('streams what it reads whole', async () => {
    const path = sharedPath('data/speech_commands_subset/_background_noise_/white_noise.flac');
    const whole = await readMono16k(path);
    let at = 0;
    for await (const block of openAudioStream(path)) {
      expect(block).toEqual(whole.slice(at, at + block.length));
      at += block.length;
    }
    expect(at).toBe(whole.length);
  });
});

describe('what is not audio', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /empty/],
    ['text', new TextEncoder().encode('Dear diary, today I recorded nothing.'), /not audio/],
    ['zeros', new Uint8Array(5_000), /not audio/],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), /not audio/],
    ['one byte', Uint8Array.of(0xff), /not audio/],
    ['an MP3 header and nothing', Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0), /truncated/],
    ['an Ogg header and nothing', new TextEncoder().encode('OggS\0\0\0\0OpusHead'), /truncated/],
    ['a FLAC header and nothing', new TextEncoder().encode('fLaC'), /no samples|damaged|truncated/],
  ])('%s', async (name, bytes, message) => {
    const path = await written(`${name}.wav`, bytes);
    for (const read of [readMono16k, streamed]) {
      const refused = await read(path).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(AudioError);
      expect(refused).toMatchObject({ where: path, message: expect.stringMatching(message) });
    }
  });

  it('what is no path', async () => {
    for (const path of [undefined, {}])
      for (const read of [readAudioFile, readMono16k, streamed])
        await expect(Reflect.apply(read, undefined, [path])).rejects.toThrow(
          /^path: the path is (undefined|an object), not a string\. Give the path of an audio file/,
        );
  });

  it('a folder, and a path where nothing is', async () => {
    await expect(readAudioFile(folder)).rejects.toThrow(/this is a folder/);
    await expect(readAudioFile(join(folder, 'none.wav'))).rejects.toThrow(/no such file/);
    await expect(streamed(join(folder, 'none.wav'))).rejects.toThrow(/no such file/);
  });
});
