import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type WavSpec, wavFile } from '../../../../testing/wav.js';
import { decodeAudio } from './decode.js';
import { decodeWav } from './decode-wav.js';

const channels = [Float32Array.from({ length: 500 }, (_, n) => 0.4 * Math.sin(n / 7))];
const file = wavFile({ encoding: 's16', sampleRate: 22_050, channels });

describe('WAV alone', () => {
  it.each<WavSpec['encoding']>(['u8', 's16', 's24', 's32', 'f32', 'f64'])(
    'is what all formats make of it: %s',
    async (encoding) => {
      const bytes = wavFile({ encoding, sampleRate: 44_100, channels: [...channels, ...channels] });
      expect(await decodeWav(bytes)).toEqual(await decodeAudio(bytes));
    },
  );

  it('is taken from whatever holds the bytes', async () => {
    const expected = await decodeAudio(file);
    expect(expected.channels[0].length).toBe(500);
    for (const held of [file, file.buffer, Buffer.from(file), new Blob([file]), new Response(file)])
      expect(await decodeWav(held)).toEqual(expected);
  });

  it('sends other formats to where they are read, and raw samples too', async () => {
    const flac = await readFile(new URL('../../../../testing/audio/voices.flac', import.meta.url));
    for (const bytes of [flac, new Uint8Array(Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9).buffer)])
      await expect(decodeWav(bytes, 'a.flac')).rejects.toThrow(
        /a\.flac: these bytes are no WAV file\. decodeAudio of frill-audio\/decode .* Int16Array/,
      );
  });

  it.each([undefined, null, 7, 'x.wav'])('refuses %s by name', async (given) => {
    await expect(Reflect.apply(decodeWav, undefined, [given])).rejects.toThrow(
      /the bytes of an audio file are needed/,
    );
  });

  it('refuses what is cut off or empty', async () => {
    await expect(decodeWav(file.subarray(0, 700))).rejects.toThrow(/truncated: \d+ bytes of samples/);
    await expect(decodeWav(new Uint8Array(0))).rejects.toThrow(/empty/);
  });
});
