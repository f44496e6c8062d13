import { describe, expect, it } from 'vitest';
import { inPieces, isSame } from '../../../../../testing/in-pieces.js';
import { type WavChunk, type WavSpec, wavFile } from '../../../../../testing/wav.js';
import { AudioError } from '../../errors.js';
import { decodeAudio } from '../decode.js';

/** Full scale in both directions, zero, and something between. */
const VALUES = [0, 1, -1, 0.25, -0.6];

describe('sample encodings', () => {
  it.each<[WavSpec['encoding'], number]>([
    ['u8', 1 / 127],
    ['s16', 1 / 32_767],
    ['s24', 1 / 8_388_607],
    ['s32', 1e-7],
    ['f32', 1e-7],
    ['f64', 1e-7],
  ])('%s, plain and extensible, in three channels', async (encoding, step) => {
    const channels = [VALUES, VALUES.map((value) => -value), VALUES.map(() => 0.5)];
    for (const header of ['plain', 'extensible'] as const) {
      const audio = await decodeAudio(wavFile({ encoding, header, sampleRate: 48_000, channels }));
      expect(audio.sampleRate).toBe(48_000);
      expect(audio.channels.length).toBe(3);
      for (const [c, channel] of audio.channels.entries())
        for (const [i, value] of channel.entries())
          expect(Math.abs(value - channels[c][i])).toBeLessThanOrEqual(step);
    }
  });

  it.each([8_000, 44_100, 96_000, 192_000])('comes at its own rate, %i Hz', async (sampleRate) => {
    const { sampleRate: read, channels } = await decodeAudio(
      wavFile({ encoding: 's24', sampleRate, channels: [VALUES, VALUES] }),
    );
    expect(read).toBe(sampleRate);
    expect(channels.map(({ length }) => length)).toEqual([VALUES.length, VALUES.length]);
  });

  it('divides 16 bits by 32767, in float32', async () => {
    const bytes = wavFile({ encoding: 's16', sampleRate: 16_000, channels: [[1, -1, 100 / 32_767]] });
    new DataView(bytes.buffer).setInt16(bytes.length - 4, -32_768, true);
    const { channels } = await decodeAudio(bytes);
    expect([...channels[0]]).toEqual([1, Math.fround(-32_768 / 32_767), Math.fround(100 / 32_767)]);
  });
});

describe('oddities of RIFF', () => {
  const spec: WavSpec = { encoding: 's16', sampleRate: 8_000, channels: [VALUES] };
  const odd: WavChunk = { name: 'LIST', body: new Uint8Array(7) };
  const reference = wavFile(spec);

  it.each<[string, Uint8Array]>([
    [
      'chunks of odd length before the samples',
      wavFile({ ...spec, before: [odd, { name: 'JUNK', body: new Uint8Array(0) }] }),
    ],
    ['chunks after the samples', wavFile({ ...spec, after: [odd] })],
    [
      'a data size of 0xffffffff, from a pipe',
      wavFile({ ...spec, sizes: { riff: 0xffff_ffff, data: 0xffff_ffff } }),
    ],
    [
      'the data size that sox writes to a pipe',
      wavFile({ ...spec, sizes: { riff: 0x7fff_f024, data: 0x7fff_f000 } }),
    ],
    ['sizes of zero, from a recorder that was cut off', wavFile({ ...spec, sizes: { riff: 0, data: 0 } })],
    ['RF64 with its size in ds64', wavFile({ ...spec, container: 'RF64' })],
  ])('%s', async (_, bytes) => {
    expect(await decodeAudio(bytes)).toEqual(await decodeAudio(reference));
  });
});

it('decodes the same from pieces of any size', async () => {
  const bytes = wavFile({
    encoding: 's24',
    sampleRate: 44_100,
    channels: [VALUES, VALUES],
    before: [{ name: 'LIST', body: new Uint8Array(11) }],
  });
  const whole = await decodeAudio(bytes);
  for (const size of [1, 2, 3, 5, 13, 64])
    expect(isSame(await inPieces(bytes, size), whole.channels[0])).toBe(true);
});

it.each([
  ['block align twice the bytes of a sample', 1, 16, 4],
  ['block align half of them', 1, 16, 1],
  ['two channels in the room of one', 2, 16, 2],
  ['12 bits, which fill the upper end of two bytes', 1, 12, 2],
  ['no block align', 1, 16, 0],
])('%s: read by the bits, as libsndfile, sox and ffmpeg do', async (_, channels, bits, blockAlign) => {
  const bytes = wavFile({
    encoding: 's16',
    sampleRate: 16_000,
    channels: [Float32Array.from({ length: 24 }, (_, i) => i / 30)],
  });
  const view = new DataView(bytes.buffer);
  view.setUint16(22, channels, true);
  view.setUint16(32, blockAlign, true);
  view.setUint16(34, bits, true);
  const read = (await decodeAudio(bytes)).channels;
  const sampleBytes = Math.ceil(bits / 8);
  expect(read).toHaveLength(channels);
  expect(read[0]).toHaveLength(48 / sampleBytes / channels);
  const at = 44 + sampleBytes * channels;
  const second =
    sampleBytes === 2
      ? view.getInt16(at, true) / 32_767
      : ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_607;
  expect(read[0][1]).toBe(Math.fround(second));
});

describe('damaged files', () => {
  const spec: WavSpec = { encoding: 's16', sampleRate: 16_000, channels: [VALUES] };
  const good = wavFile(spec);
  const changed = (offset: number, value: number, bytes = 2, file = good) => {
    const copy = file.slice();
    const view = new DataView(copy.buffer);
    if (bytes === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    return copy;
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['cut in the samples', good.subarray(0, -3), /truncated: 3 bytes/],
    ['cut before the samples', good.subarray(0, 40), /before its samples begin/],
    ['cut in the header', good.subarray(0, 20), /before its samples begin/],
    ['no samples', wavFile({ ...spec, channels: [[]] }), /no samples/],
    ['no channels', changed(22, 0), /0 channels/],
    ['a rate of 0', changed(24, 0, 4), /0 Hz is impossible/],
    ['a rate of 4 GHz', changed(24, 4e9, 4), /4000000000 Hz is impossible/],
    [
      '24 bits in 32, which decoders read in two ways',
      changed(32, 4, 2, changed(34, 24)),
      /24 bits a sample and room for 32/,
    ],
    ['24 bits in 16', changed(34, 24), /24 bits a sample and room for 16/],
    ['16 bits in 24', changed(32, 3), /16 bits a sample and room for 24/],
    ['12 bits in 32', changed(32, 4, 2, changed(34, 12)), /12 bits a sample and room for 32/],
    ['A-law', changed(20, 6), /encoding 6/],
    ['samples before the format', wavFile({ ...spec, header: 'missing' }), /before any `fmt ` chunk/],
    ['NaN', wavFile({ ...spec, encoding: 'f32', channels: [[0, Number.NaN]] }), /sample 1 is NaN/],
    [
      'infinity',
      wavFile({ ...spec, encoding: 'f64', channels: [[0], [Number.NEGATIVE_INFINITY]] }),
      /sample 0 is -Infinity/,
    ],
  ])('%s', async (_, bytes, message) => {
    const refused = await decodeAudio(bytes, 'take 3.wav').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AudioError);
    expect(refused).toMatchObject({ where: 'take 3.wav', message: expect.stringMatching(message) });
  });
});
