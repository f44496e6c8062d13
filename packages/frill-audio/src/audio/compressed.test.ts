import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { original } from '../../../../testing/audio/original.js';
import { inPieces, isSame, streamed } from '../../../../testing/in-pieces.js';
import { decodeAudio } from './decode.js';
import { readMono16k } from './file.js';

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
    for (const size of [16, 61, 1000]) expect(isSame(await inPieces(await file, size), whole)).toBe(true);
  });

  it('streams as 16 kHz mono what is read whole', async () => {
    const whole = await readMono16k(pathOf(name));
    expect(Math.abs(whole.length - 16_000 * seconds)).toBeLessThanOrEqual(1 + (frame * 16_000) / rate);
    expect(isSame(await streamed(pathOf(name)), whole)).toBe(true);
  });
});

const AAC = 'voices.aac';

describe.each(FILES.filter(({ name }) => name !== AAC))('$name cut off', ({ name }) => {
  it.each([0.1, 0.6, 0.999])('at %f of its bytes is refused', async (share) => {
    const bytes = await readFile(pathOf(name));
    const cut = bytes.subarray(0, Math.floor(bytes.length * share));
    const refusal = { name: 'AudioError', message: expect.stringMatching(/truncated: /) };
    await expect(decodeAudio(cut, name)).rejects.toMatchObject(refusal);
    await expect(inPieces(cut, 61)).rejects.toMatchObject(refusal);
  });
});

describe('cut off', () => {
  it('a live WebM, which does not know its length, is refused where a block ends early', async () => {
    const bytes = new Uint8Array(await readFile(pathOf('voices.webm')));
    const after = (id: number[]) => Buffer.from(bytes).indexOf(Uint8Array.from(id)) + id.length;
    bytes.set([0x01, ...new Array(7).fill(0xff)], after([0x18, 0x53, 0x80, 0x67])); // of the segment, 8 bytes
    bytes.set([0x7f, 0xff], after([0x1f, 0x43, 0xb6, 0x75])); // of its cluster, 2 bytes
    expect((await decodeAudio(bytes)).channels[0].length).toBe(57_600);
    await expect(decodeAudio(bytes.subarray(0, 5_000))).rejects.toThrow(/truncated: \d+ bytes/);
  });

  it('a CAF file is refused', async () => {
    const bytes = coreAudioFile(Int16Array.from({ length: 500 }, (_, n) => 1000 * Math.sin(n / 9)));
    expect((await decodeAudio(bytes)).channels[0].length).toBe(500);
    await expect(decodeAudio(bytes.subarray(0, 600))).rejects.toThrow(/truncated: \d+ bytes/);
  });

  it('behind an ID3 tag, an MP3 is refused as without', async () => {
    const tagged = Buffer.concat([id3(3_000), await readFile(pathOf('voices.mp3'))]);
    expect((await decodeAudio(tagged)).channels[0].length).toBe(52_920);
    await expect(decodeAudio(tagged.subarray(0, -500))).rejects.toThrow(/truncated: 2 of 47 frames/);
  });

  it('what does not say how long it is comes out shorter: bare AAC, and MP3 without a tag', async () => {
    const INFO_FRAME = 313;
    for (const [name, from] of [
      [AAC, 0],
      ['voices.mp3', INFO_FRAME],
    ] as const) {
      const bytes = (await readFile(pathOf(name))).subarray(from);
      const whole = (await decodeAudio(bytes)).channels[0];
      const cut = (await decodeAudio(bytes.subarray(0, bytes.length * 0.6))).channels[0];
      expect(cut.length).toBeLessThan(0.7 * whole.length);
    }
  });
});

/** 16-bit mono at 8 kHz. */
function coreAudioFile(samples: Int16Array): Uint8Array {
  const bytes = Buffer.alloc(8 + 12 + 32 + 12 + 4 + 2 * samples.length);
  bytes.write('caff', 0);
  bytes.writeUInt16BE(1, 4);
  bytes.write('desc', 8);
  bytes.writeBigInt64BE(32n, 12);
  bytes.writeDoubleBE(8_000, 20);
  bytes.write('lpcm', 28);
  for (const [i, value] of [0, 2, 1, 1, 16].entries()) bytes.writeUInt32BE(value, 32 + 4 * i);
  bytes.write('data', 52);
  bytes.writeBigInt64BE(BigInt(4 + 2 * samples.length), 56);
  for (const [i, sample] of samples.entries()) bytes.writeInt16BE(sample, 68 + 2 * i);
  return bytes;
}

/** An empty tag of so many bytes. */
function id3(length: number): Uint8Array {
  const tag = new Uint8Array(length);
  const size = length - 10;
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, size >> 7, size & 127]);
  return tag;
}
