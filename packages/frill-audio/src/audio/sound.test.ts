import { describe, expect, it } from 'vitest';
import { AudioError } from '../errors.js';
import { resample } from './resample/resample.js';
import { monoSamples, monoSound, type Sound } from './sound.js';

const RATE = { sampleRate: 16_000 };
const half = Float32Array.of(0.5, -0.5);

describe('is taken as', () => {
  it.each<[string, Sound]>([
    ['a Float32Array', half],
    ['a Float64Array', Float64Array.from(half)],
    ['numbers', [0.5, -0.5]],
    ['16-bit integers, as a file of them', Int16Array.of(16_383.5, -16_383.5)],
    ['channels, averaged', [Float32Array.of(1, 0), Float32Array.of(0, -1)]],
    [
      'channels of numbers',
      [
        [1, 0],
        [0, -1],
      ],
    ],
    ['decoded audio', { sampleRate: 16_000, channels: [half] }],
    [
      'an AudioBuffer',
      {
        sampleRate: 16_000,
        numberOfChannels: 2,
        getChannelData: (c: number) => half.map((x) => x + c - 0.5),
      },
    ],
  ])('%s', (_, sound) => {
    const { mono, sampleRate } = monoSound(sound, RATE);
    expect(sampleRate).toBe(16_000);
    expect(mono).toBeInstanceOf(Float32Array);
    for (const [i, value] of half.entries()) expect(mono[i]).toBeCloseTo(value, 4);
  });

  it('its own rate, where it has one', () => {
    expect(monoSound({ sampleRate: 44_100, channels: [half] }).sampleRate).toBe(44_100);
  });
});

/** As JavaScript without types would call it. */
const given = (sound: unknown, options?: object) => () =>
  Reflect.apply(monoSound, undefined, [sound, options ?? RATE]);

describe('is refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['bytes of a file', given(new ArrayBuffer(44)), /ArrayBuffer is not samples.*decodeWav.*decodeAudio/],
    ['bytes in an array', given(new Uint8Array(44)), /Uint8Array is not samples.*decodeAudio/],
    ['a Blob', given(new Blob([])), /Blob is not samples.*Float32Array/],
    ['a path', given('speech.wav'), /text is not samples/],
    ['nothing', given(undefined), /undefined is not samples/],
    ['texts', given(['0.5', '0.1']), /sample 0 is text, not a number/],
    ['an empty list', given({ channels: [], sampleRate: 16_000 }), /there are no channels/],
    ['a shorter channel', given([half, half.subarray(1)]), /channel 1 has 1 samples, channel 0 has 2/],
    ['a missing rate', given(half, {}), /the sample rate is missing/],
    ['an impossible rate', given(half, { sampleRate: 44.1 }), /44.1 Hz is impossible/],
    ['a rate as text', given(half, { sampleRate: '44100' }), /44100 Hz is impossible/],
    [
      'two rates',
      given({ sampleRate: 8_000, channels: [half] }),
      /the sound has 8000 Hz, but sampleRate says 16000/,
    ],
    [
      'samples on the scale of 16 bits',
      given(Float32Array.of(0.5, -2_000)),
      /sample 1 is -2000. Samples lie in \[-1, 1\]: divide those of 16-bit integers by 32767/,
    ],
    ['NaN', given(Float32Array.of(0.5, Number.NaN)), /sample 1 is NaN/],
    ['infinite samples', given(Float32Array.of(Number.NEGATIVE_INFINITY)), /sample 0 is -Infinity/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(AudioError);
    expect(call).toThrow(message);
  });

  it('by its place in the recording, of a stream', () => {
    expect(() => monoSamples(Float32Array.of(Number.NaN), 800)).toThrow(/sample 800 is NaN/);
  });

  it('by the resampler as well', () => {
    expect(() => Reflect.apply(resample, undefined, [new Uint8Array(4), 8_000, 16_000])).toThrow(
      /Uint8Array/,
    );
    expect(() => Reflect.apply(resample, undefined, [half, undefined, 16_000])).toThrow(/rate is missing/);
  });
});

it('lets through what overshoots full scale, and no samples at all', () => {
  expect(monoSamples(Float32Array.of(1.5, -3))).toEqual(Float32Array.of(1.5, -3));
  expect(monoSamples(new Float32Array(0))).toHaveLength(0);
  expect(monoSamples([])).toHaveLength(0);
});
