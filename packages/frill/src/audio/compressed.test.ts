import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { original } from '../../../../testing/audio/original.js';
import { decodeAudio, openDecoder, SNIFFED_BYTES } from './decode.js';
import { openAudioStream, readMono16k } from './file.js';

/** How each file of `testing/audio` was made, and how long a frame of its codec is, in samples. */
const FILES = [
  { name: 'voices.mp3', rate: 44_100, channels: 2, seconds: 1.2, frame: 1152 },
  { name: 'voices-vbr.mp3', rate: 22_050, channels: 1, seconds: 1.2, frame: 576 },
  { name: 'voices.ogg', rate: 22_050, channels: 2, seconds: 1.2, frame: 1024 },
  { name: 'voices.opus', rate: 48_000, channels: 2, seconds: 1.2, frame: 960 },
  { name: 'voices.webm', rate: 48_000, channels: 1, seconds: 1.2, frame: 960 },
  { name: 'voices.m4a', rate: 44_100, channels: 1, seconds: 1.2, frame: 1024 },
  { name: 'voices.aac', rate: 44_100, channels: 1, seconds: 1.2, frame: 1024 },
  { name: 'voices.flac', rate: 16_000, channels: 1, seconds: 0.8, frame: 0 },
  { name: 'voices.aiff', rate: 8_000, channels: 1, seconds: 0.8, frame: 0 },
] as const;

/** Samples by which a decoder may be early or late. */
const LAG = 5;

const pathOf = (name: string) => fileURLToPath(new URL(`../../../../testing/audio/${name}`, import.meta.url));

/** The best correlation of two signals that lie up to `LAG` samples apart. */
function likeness(a: Float32Array, b: Float32Array): number {
  const found = Array.from({ length: 2 * LAG + 1 }, (_, i) => {
    let [ab, aa, bb] = [0, 0, 0];
    for (let n = LAG; n < Math.min(a.length, b.length) - LAG; n++) {
      const other = b[n + i - LAG];
      ab += a[n] * other;
      aa += a[n] * a[n];
      bb += other * other;
    }
    return ab / Math.sqrt(aa * bb);
  });
  return Math.max(...found);
}

/** The first channel, decoded in pieces of so many bytes. */
async function inPieces(bytes: Uint8Array, size: number): Promise<Float32Array> {
  const decoder = await openDecoder(bytes.subarray(0, SNIFFED_BYTES));
  const values: number[] = [];
  for (let at = 0; at < bytes.length; at += size)
    for (const value of (await decoder.push(bytes.slice(at, at + size)))?.channels[0] ?? [])
      values.push(value);
  for (const value of (await decoder.finish())?.channels[0] ?? []) values.push(value);
  decoder.close();
  return Float32Array.from(values);
}

describe.each(FILES)('$name', ({ name, rate, channels, seconds, frame }) => {
  const file = readFile(pathOf(name));

  it('is what was encoded: rate, channels, length within a frame of the codec, and sound', async () => {
    const audio = await decodeAudio(await file, name);
    expect(audio.sampleRate).toBe(rate);
    expect(audio.channels).toHaveLength(channels);
    expect(Math.abs(audio.channels[0].length - Math.round(rate * seconds))).toBeLessThanOrEqual(frame);
    for (const [c, said] of original(rate, channels, seconds).entries())
      expect(likeness(said, audio.channels[c])).toBeGreaterThan(0.99);
  });

  it('is the same in pieces of any size', async () => {
    const [whole] = (await decodeAudio(await file)).channels;
    for (const size of [16, 61, 1000]) expect(await inPieces(await file, size)).toEqual(whole);
  });

  it('streams as 16 kHz mono what is read whole', async () => {
    const values: number[] = [];
    for await (const block of openAudioStream(pathOf(name))) for (const value of block) values.push(value);
    const whole = await readMono16k(pathOf(name));
    expect(values.length).toBe(whole.length);
    expect(Math.abs(whole.length - 16_000 * seconds)).toBeLessThanOrEqual(1 + (frame * 16_000) / rate);
    expect(Float32Array.from(values)).toEqual(whole);
  });
});
