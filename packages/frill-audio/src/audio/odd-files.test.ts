import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { original } from '../../../../testing/audio/original.js';
import { inPieces, isSame } from '../../../../testing/in-pieces.js';
import { wavFile } from '../../../../testing/wav.js';
import { AudioError } from '../errors.js';
import { toMono } from './audio.js';
import { decodeAudio } from './decode.js';
import { resample } from './resample/resample.js';

const fileOf = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../../../testing/audio/${name}`, import.meta.url)));
const cat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** An ID3v2 tag of so many bytes, full of what could be taken for frames. */
function id3(length: number): Uint8Array {
  const tag = Uint8Array.from({ length }, (_, i) => [0xff, 0xfb, 0x90, 0x64][i % 4]);
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, (length - 10) >> 7, (length - 10) & 127]);
  return tag;
}

const id3v1 = new Uint8Array(128).fill(0x20);
id3v1.set([0x54, 0x41, 0x47]);
const ape = new Uint8Array(64);
ape.set(new TextEncoder().encode('APETAGEX'));
ape[12] = 32;

describe.each([
  'voices.mp3',
  'voices.aac',
  'voices.ogg',
  'voices.opus',
  'voices.webm',
  'voices.m4a',
  'voices.flac',
  'voices.aiff',
  'formats/wav-s16.wav',
  'formats/caf-alac.caf',
  'formats/mka-mp3.mka',
  'formats/ogg-flac.oga',
])('%s', (name) => {
  const bytes = fileOf(name);
  it.each<[string, Uint8Array]>([
    ['an ID3v2 tag before it', cat(id3(3_000), bytes)],
    ['two ID3v2 tags before it', cat(id3(300), id3(700), bytes)],
    ['an APE tag before it', cat(ape, bytes)],
    ['an ID3v1 tag behind it', cat(bytes, id3v1)],
    ['an APE tag and an ID3v1 tag behind it', cat(bytes, ape, id3v1)],
    ['zeros behind it', cat(bytes, new Uint8Array(777))],
  ])('is the same with %s', async (_, tagged) => {
    const [whole] = (await decodeAudio(bytes)).channels;
    expect(isSame((await decodeAudio(tagged)).channels[0], whole)).toBe(true);
    expect(isSame(await inPieces(tagged, 61), whole)).toBe(true);
  });
});

/** Where the second of two joined files begins, the first being of 1.2 s or 0.2 s: the share of energy about it. */
describe('files joined into one', () => {
  it.each<[string, string, string, number]>([
    ['MP3s of other rates and channels', 'voices.mp3', 'formats/mpeg2.5-layer3.mp3', 1.4],
    [
      'an MP3 and one without a count of frames',
      'voices.mp3',
      'formats/mpeg2-layer3-bare.mp3',
      1.2 + 5760 / 22_050,
    ],
    [
      'ADTS of other rates and channels',
      'voices.aac',
      'formats/adts-16k.aac',
      (52_224 + 4096 * (44_100 / 16_000)) / 44_100,
    ],
    ['Vorbis of other rates', 'voices.ogg', 'formats/ogg-vorbis.ogg', 1.4],
    ['Vorbis twice the same', 'voices.ogg', 'voices.ogg', 2.4],
    ['Opus of two channels and one', 'voices.opus', 'formats/ogg-opus.opus', 1.4],
    ['Opus and FLAC in Ogg', 'voices.opus', 'formats/ogg-flac.oga', 1.4],
    ['WebMs of other codecs', 'voices.webm', 'formats/webm-vorbis.webm', 1.4],
    ['FLACs of other rates', 'voices.flac', 'formats/flac-s16.flac', 1.0],
    ['FLACs twice the same', 'voices.flac', 'voices.flac', 1.6],
    ['WAVs of other encodings', 'formats/wav-s16.wav', 'formats/wav-ima.wav', 0.4],
    ['a WAV and an AIFF', 'formats/wav-s16.wav', 'formats/aiff-s24.aiff', 0.4],
    ['AIFFs of other rates', 'voices.aiff', 'formats/aiff-s8.aiff', 1.0],
    ['an AIFF and a FLAC', 'formats/aiff-s8.aiff', 'formats/flac-s24.flac', 0.4],
  ])('%s play one after the other, at their own speeds', async (_, first, second, seconds) => {
    const bytes = cat(fileOf(first), fileOf(second));
    const { sampleRate, channels } = await decodeAudio(bytes);
    const head = await decodeAudio(fileOf(first));
    expect(sampleRate).toBe(head.sampleRate);
    expect(channels).toHaveLength(head.channels.length);
    expect(Math.abs(channels[0].length / sampleRate - seconds)).toBeLessThan(0.03);
    expect(
      isSame(channels[0].subarray(0, head.channels[0].length - 2), head.channels[0].subarray(0, -2)),
    ).toBe(true);
    expect(isSame(await inPieces(bytes, 61), channels[0])).toBe(true);
  });

  it('the second voice of a chain begins where the first ends', async () => {
    const { sampleRate, channels } = await decodeAudio(cat(fileOf('voices.ogg'), fileOf('voices.ogg')));
    const start = Math.round(1.2 * sampleRate);
    const [said] = original(sampleRate, 1, 1.2);
    let [error, energy] = [0, 0];
    for (let i = 0; i < said.length; i++) {
      error += (channels[0][start + i] - said[i]) ** 2;
      energy += said[i] ** 2;
    }
    expect(10 * Math.log10(energy / error)).toBeGreaterThan(15);
  });
});

describe('before the first whole frame of an MP3', () => {
  const bytes = fileOf('voices.mp3');
  it.each<[string, Uint8Array]>([
    ['zeros', new Uint8Array(2_000)],
    ['junk', Uint8Array.from({ length: 999 }, (_, i) => (i * 31 + 7) & 255)],
    ['a frame that was cut', fileOf('formats/mpeg2-layer3-bare.mp3').subarray(40, 180)],
  ])('%s is passed over', async (_, front) => {
    expect(
      isSame((await decodeAudio(cat(front, bytes))).channels[0], (await decodeAudio(bytes)).channels[0]),
    ).toBe(true);
  });
});

describe('sizes that say: unknown', () => {
  const spec = { encoding: 's16', sampleRate: 8_000, channels: [original(8_000, 1, 0.1)[0]] } as const;
  const reference = decodeAudio(wavFile(spec));
  it.each<[string, number, number]>([
    ['arecord', 0x8000_0024, 0x8000_0000],
    ['sox', 0x7fff_f024, 0x7fff_f000],
    ['ffmpeg', 0xffff_ffff, 0xffff_ffff],
    ['zeros', 0, 0],
    ['a header that was never finished', 36, 0],
    ['a header of which only the file size was finished', 1_636, 0],
    ['sox, as in AIFF', 0x7f00_0024, 0x7f00_0000],
  ])('%s', async (_, riff, data) => {
    expect(await decodeAudio(wavFile({ ...spec, sizes: { riff, data } }))).toEqual(await reference);
  });

  it('RF64 with sizes of all ones', async () => {
    const bytes = wavFile({ ...spec, container: 'RF64', sizes: { riff: 0xffff_ffff, data: 0xffff_ffff } });
    bytes.fill(0xff, 20, 44);
    expect(await decodeAudio(bytes)).toEqual(await reference);
  });

  it.each([0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])('RF64 with a size of %d in 64 bits', async (size) => {
    const bytes = wavFile({ ...spec, container: 'RF64', sizes: { riff: 0xffff_ffff, data: 0xffff_ffff } });
    new DataView(bytes.buffer).setBigUint64(28, BigInt(size), true);
    expect(await decodeAudio(bytes)).toEqual(await reference);
  });

  it.each([-1n, 0n])('CAF with %d', async (size) => {
    const bytes = fileOf('formats/caf-s16be.caf').slice();
    const data = Buffer.from(bytes).indexOf('data');
    const whole = await decodeAudio(bytes);
    new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(data + 4, size);
    expect(await decodeAudio(bytes)).toEqual(whole);
  });

  it('AIFF, in every place', async () => {
    const bytes = fileOf('voices.aiff').slice();
    const sound = Buffer.from(bytes).indexOf('SSND');
    for (const [form, size] of [
      [0, 0],
      [0x7f00_0050, 0x7f00_0008],
      [0xffff_ffff, 0xffff_ffff],
      [0, 8],
      [sound + 8, 8],
    ]) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      view.setUint32(4, form);
      view.setUint32(sound + 4, size);
      expect((await decodeAudio(bytes)).channels[0]).toHaveLength(6_400);
    }
  });
});

it('what lies behind the sound is let go as it comes: held, it would be copied with every piece, for minutes', async () => {
  const bytes = fileOf('formats/wav-s16.wav');
  const all = cat(bytes, new Uint8Array(64 << 20));
  expect(isSame(await inPieces(all, 1 << 14), (await decodeAudio(bytes)).channels[0])).toBe(true);
});

it('the sound chunk of an AIFF counts, not its number of frames, and chunks behind it are no sound', async () => {
  const bytes = fileOf('voices.aiff').slice();
  const common = Buffer.from(bytes).indexOf('COMM');
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(common + 10, 3_000);
  const chunk = new Uint8Array(8 + 4_000).fill(0x55);
  chunk.set([...new TextEncoder().encode('APPL'), 0, 0, 0x0f, 0xa0]);
  const all = cat(bytes, chunk);
  expect((await decodeAudio(all)).channels[0]).toHaveLength(6_400);
  expect(await inPieces(all, 61)).toHaveLength(6_400);
});

it('an edit list that begins within the first AAC frame loses nothing of it', async () => {
  const bytes = fileOf('voices.m4a').slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const whole = (await decodeAudio(bytes)).channels[0];
  // media_time, the second field of the only entry.
  view.setUint32(Buffer.from(bytes).indexOf('elst') + 16, 512);
  const early = (await decodeAudio(bytes)).channels[0];
  expect(isSame(early.subarray(512, 20_000), whole.subarray(0, 20_000 - 512))).toBe(true);
});

describe('a codec that cannot be decoded is named, with a command', () => {
  const wav = (tag: number, bits: number) => {
    const bytes = wavFile({ encoding: 's16', sampleRate: 8_000, channels: [[0, 0.1]] });
    const view = new DataView(bytes.buffer);
    view.setUint16(20, tag, true);
    view.setUint16(34, bits, true);
    return bytes;
  };
  /** An MP4 whose AAC is of another audio object type. */
  const aac = (...config: number[]) => {
    const bytes = Buffer.from(fileOf('voices.m4a'));
    bytes.set(config, bytes.indexOf(Buffer.of(5, 0x80, 0x80, 0x80), bytes.indexOf('esds')) + 5);
    return new Uint8Array(bytes);
  };
  const speex = fileOf('voices.opus').slice();
  speex.set(new TextEncoder().encode('Speex   '), 28);
  const mp4 = (type: string) => {
    const bytes = fileOf('voices.m4a').slice();
    bytes.set(new TextEncoder().encode(type), Buffer.from(bytes).indexOf('mp4a'));
    return bytes;
  };
  /** Windows Media whose sound is of another codec. */
  const asf = (code: number) => {
    const bytes = Buffer.from(fileOf('formats/wma2.wma'));
    const media = Buffer.from('409e69f84d5bcf11a8fd00805f5c442b', 'hex');
    bytes.writeUInt16LE(code, bytes.indexOf(media) + 54);
    return new Uint8Array(bytes);
  };
  /** A second description of the sound, of another codec, as joining without coding again leaves. */
  const changing = () => {
    const bytes = Buffer.from(fileOf('formats/mov-s16le.mov'));
    const at = bytes.indexOf('stsd') - 4;
    const entry = Buffer.from(bytes.subarray(at + 16, at + bytes.readUInt32BE(at)));
    entry.write('alaw', 4);
    const grown = Buffer.concat([bytes.subarray(0, at + 16), entry, bytes.subarray(at + 16)]);
    for (const type of ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']) {
      const box = grown.indexOf(type) - 4;
      grown.writeUInt32BE(grown.readUInt32BE(box) + entry.length, box);
    }
    return new Uint8Array(grown);
  };
  it.each<[string, Uint8Array]>([
    ['PCM in Windows Media', asf(1)],
    ['MP3 in Windows Media', asf(0x55)],
    ['Windows Media Audio Professional in Windows Media', asf(0x162)],
    ['a track that changes its codec on the way', changing()],
    ['AAC-ELD', aac(0xf8, 0xe8)],
    ['xHE-AAC', aac(0xf9, 0x48)],
    ['IRCAM sound', Uint8Array.from({ length: 64 }, (_, i) => [0x64, 0xa3, 1, 0][i] ?? 0)],
    ['Microsoft ADPCM', wav(2, 4)],
    ['GSM 6.10', wav(0x31, 0)],
    ['Speex', speex],
    ['AC-3', mp4('ac-3')],
    ['an MPEG transport stream', Uint8Array.from({ length: 564 }, (_, i) => (i % 188 === 0 ? 0x47 : 0))],
    ['WavPack', new TextEncoder().encode('wvpk and so on and on')],
  ])('%s', async (codec, bytes) => {
    const refused = await decodeAudio(bytes, "the boss's call.x").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AudioError);
    expect(String(refused)).toContain(`${codec} cannot be decoded here`);
    expect(String(refused)).toContain(
      "ffmpeg -i 'the boss'\\''s call.x' 'the boss'\\''s call-converted.wav'",
    );
    expect(String(refused)).not.toMatch(/again/);
  });
});

it('the command is of a program that reads the format, where ffmpeg does not', async () => {
  const refused = decodeAudio(new TextEncoder().encode('RIFX and so on and on'), 'my OUT.wav');
  await expect(refused).rejects.toThrow(
    "big-endian WAV (RIFX) cannot be decoded here; the file may well be whole. Convert it: sox 'my OUT.wav' 'my OUT-converted.wav'",
  );
});

it.each(['enca', 'drms'])('no program converts encrypted sound (%s)', async (type) => {
  const bytes = fileOf('voices.m4a').slice();
  bytes.set(new TextEncoder().encode(type), Buffer.from(bytes).indexOf('mp4a'));
  await expect(decodeAudio(bytes)).rejects.toThrow(/encrypted sound cannot be decoded here.*has its key/);
});

it('packets of a CAF that contradict its bits are refused, also where two frames make one', async () => {
  const bytes = fileOf('formats/caf-s16be.caf').slice();
  const whole = await decodeAudio(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset + Buffer.from(bytes).indexOf('desc') + 12);
  const { length } = whole.channels;
  view.setUint32(16, 4 * length);
  view.setUint32(20, 2);
  expect(await decodeAudio(bytes)).toEqual(whole);
  view.setUint32(20, 1);
  await expect(decodeAudio(bytes)).rejects.toThrow(/16 bits a sample and room for 32/);
});

describe('what decodeAudio is given', () => {
  it('may be an ArrayBuffer', async () => {
    const bytes = fileOf('formats/wav-s16.wav');
    expect(await decodeAudio(new Uint8Array(bytes).buffer)).toEqual(await decodeAudio(bytes));
  });

  it.each([
    ['samples', new Int16Array(100)],
    ['float samples', new Float32Array(100)],
    ['a list', [1, 2, 3]],
    ['nothing', undefined],
    ['an object', { getChannelData: () => new Float32Array(1) }],
  ])('must not be %s', async (_, value) => {
    const refused = await Reflect.apply(decodeAudio, undefined, [value]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AudioError);
    expect(String(refused)).toMatch(/bytes of an audio file are needed.*Samples are decoded already/);
  });

  it.each([undefined, null, {}, { channels: [] }, new Float32Array(9), [new Float32Array(9)]])(
    'toMono needs channels: %j',
    (value) => {
      expect(() => Reflect.apply(toMono, undefined, [value])).toThrow(/there are no channels.*decodeAudio/);
    },
  );

  it('a rate that is missing cannot be converted from or to', () => {
    const samples = new Float32Array(9);
    expect(() => Reflect.apply(resample, undefined, [samples])).toThrow(/the sample rate is missing/);
    expect(() => resample(samples, 0, 0)).toThrow(/0 Hz is impossible/);
  });

  it('channels of different length cannot be averaged', () => {
    const channels = [new Float32Array(3), new Float32Array(4)];
    expect(() => toMono({ channels })).toThrow(/channel 2 has 4 samples, and channel 1 has 3/);
  });
});

describe('what decoders have to say', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is not printed: an error has it', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    const bytes = fileOf('voices.mp3').slice();
    for (let i = 3_000; i < bytes.length; i += 97) bytes[i] ^= 0xff;
    await decodeAudio(bytes).catch(() => {});
    const flac = fileOf('voices.flac').slice();
    for (let i = 3_000; i < flac.length; i += 997) flac[i] ^= 0xff;
    await decodeAudio(flac).catch(() => {});
    expect(printed).not.toHaveBeenCalled();
  });

  it('of the scale of floats is said once a file', async () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const loud = original(8_000, 1, 20)[0].map((x) => x * 32_767);
    await decodeAudio(wavFile({ encoding: 'f32', sampleRate: 8_000, channels: [loud] }), 'loud.wav');
    expect(said).toHaveBeenCalledTimes(1);
    expect(said.mock.calls[0][0]).toMatch(
      /loud\.wav: its samples reach \d{5}, and full scale is 1.*divide them by 32768/,
    );
    await decodeAudio(
      wavFile({ encoding: 'f32', sampleRate: 8_000, channels: [loud.map((x) => x / 20_000)] }),
    );
    expect(said).toHaveBeenCalledTimes(1);
  });
});
