import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureLengths, secondsOf } from './clip-seconds.js';
import { encodeWav } from './wav-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-seconds-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function clip(name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { id: name, path, labels: {} };
}

/** STREAMINFO of 44.1 kHz, 2 channels, 16 bits and so many samples. */
function flac(samples: number): Uint8Array {
  const bytes = Buffer.alloc(60);
  bytes.write('fLaC');
  bytes.writeUInt32BE(34, 4);
  bytes.writeUIntBE((44_100 << 4) | (1 << 1), 18, 3);
  bytes[21] = 0xf0;
  bytes.writeUInt32BE(samples, 22);
  return bytes;
}

/** The WAV file with a chunk of odd size ahead of its samples. */
function withNote(wav: Uint8Array): Uint8Array {
  const note = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
  return Buffer.concat([wav.subarray(0, 36), note, wav.subarray(36)]);
}

/** The WAV file with another size in the header of its samples. */
function withDataSize(wav: Uint8Array, size: number): Uint8Array {
  const changed = Buffer.from(wav);
  changed.writeUInt32LE(size, 40);
  if (size === 0) changed.writeUInt32LE(0, 4);
  return changed;
}

test('WAV and FLAC headers tell how long they are, other files do not', async () => {
  const wav = encodeWav(new Float32Array(24_000), 16_000);
  const plain = await clip('plain.wav', wav);
  const noted = await clip('noted.wav', withNote(wav));
  const lossless = await clip('whole.flac', flac(88_200));
  expect(await secondsOf(plain)).toBe(1.5);
  expect(await secondsOf(noted)).toBe(1.5);
  expect(await secondsOf(lossless)).toBe(2);
  expect(await secondsOf({ ...plain, span: { start: 0.5, seconds: 0.25 } })).toBe(0.25);
  const silent = [
    await clip('streamed.flac', flac(0)),
    await clip('empty.wav', new Uint8Array(0)),
    await clip('cut.wav', wav.subarray(0, 20)),
    await clip('short.wav', wav.subarray(0, 1000)),
    await clip('sox.wav', withDataSize(wav, 0x7fff_f000)),
    await clip('ffmpeg.wav', withDataSize(wav, 0xffff_ffff)),
    await clip('recorder.wav', withDataSize(wav, 0)),
    await clip('x.mp3', new Uint8Array(500).fill(255)),
    { id: 'absent', path: join(folder, 'absent.wav'), labels: {} },
  ];
  for (const one of silent) expect(await secondsOf(one)).toBeUndefined();
  expect(await measureLengths([plain, lossless, ...silent])).toEqual({
    hours: 3.5 / 3600,
    unknown: silent.length,
  });
});
