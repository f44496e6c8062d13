import { describe, expect, it } from 'vitest';
import { goldenJson, goldenNpy } from '../../../../../testing/golden.js';
import { Resampler, resample } from './resample.js';

interface Golden {
  cases: {
    name: string;
    rate_in: number;
    input: string;
    output: string;
    output_count: number;
    interior: [number, number];
    tolerance_max_abs: number;
  }[];
  alias: {
    rate_in: number;
    frequency_hz: number;
    amplitude: number;
    phase_rad: number;
    input_count: number;
    interior_margin: number;
    limit_db: number;
  }[];
  identity: { rate_in: number }[];
}

function energy(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] ** 2;
  return sum / samples.length;
}

function tone(frequency: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * frequency * n) / rate));
}

describe('resampling', () => {
  const golden = goldenJson<Golden>('resample/resample.json');

  it.each(golden.cases)('$name gives the same sines at 16 kHz', (example) => {
    const input = Float32Array.from(goldenNpy(`resample/${example.input}`).data);
    const expected = goldenNpy(`resample/${example.output}`).data;
    const output = resample(input, example.rate_in, 16_000);
    expect(output.length).toBe(example.output_count);
    const [from, to] = example.interior;
    let worst = 0;
    for (let i = from; i < to; i++) worst = Math.max(worst, Math.abs(output[i] - expected[i]));
    // The fixtures allow 1e-3 and 1e-2; a filter this long does far better and should go on doing so.
    expect(worst).toBeLessThan(Math.min(example.tolerance_max_abs, 5e-5));
  });

  it.each(golden.identity)('at $rate_in Hz gives the input back, bit for bit', ({ rate_in }) => {
    for (const { input } of golden.cases) {
      const samples = Float32Array.from(goldenNpy(`resample/${input}`).data);
      expect(resample(samples, rate_in, 16_000)).toEqual(samples);
    }
  });

  it.each(golden.alias)('suppresses $frequency_hz Hz from $rate_in Hz', (example) => {
    const input = Float32Array.from(
      { length: example.input_count },
      (_, n) =>
        example.amplitude *
        Math.sin((2 * Math.PI * example.frequency_hz * n) / example.rate_in + example.phase_rad),
    );
    const output = resample(input, example.rate_in, 16_000);
    const interior = output.subarray(example.interior_margin, -example.interior_margin);
    expect(10 * Math.log10(energy(interior) / energy(input))).toBeLessThanOrEqual(example.limit_db);
  });
});

describe('any rates', () => {
  it.each([
    [22_255, 16_000],
    [11_025, 16_000],
    [192_000, 16_000],
    [15_999, 16_000],
    [16_000, 44_100],
  ])('%i Hz to %i Hz keeps a 440 Hz tone in place', (from, to) => {
    const output = resample(tone(440, from, from), from, to);
    expect(output.length).toBe(to);
    const expected = tone(440, to, to);
    const margin = Math.ceil(to * 0.02);
    let worst = 0;
    for (let i = margin; i < to - margin; i++) worst = Math.max(worst, Math.abs(output[i] - expected[i]));
    expect(worst).toBeLessThan(2e-5);
  });

  it('a constant stays that constant', () => {
    const output = resample(new Float32Array(8_820).fill(0.25), 44_100, 16_000);
    for (const value of output.subarray(300, -300)) expect(value).toBeCloseTo(0.25, 6);
  });

  it('refuses rates that cannot be', () => {
    for (const rate of [0, -8_000, 1e9, Number.NaN, 44_100.5])
      expect(() => resample(new Float32Array(10), rate, 16_000)).toThrow(/sample rate/);
  });
});

describe('in pieces', () => {
  it.each([
    [44_100, [1, 7, 440, 4096]],
    [48_000, [1, 2, 3, 480]],
    [8_000, [1, 13, 1000]],
    [22_255, [5, 999]],
    [16_000, [3, 800]],
  ])('%i Hz gives the same bits for any chunking', (rate, sizes) => {
    const input = tone(300, rate, 9_000);
    const whole = resample(input, rate, 16_000);
    const resampler = new Resampler(rate, 16_000);
    const pieces: number[] = [];
    for (let at = 0, turn = 0; at < input.length; turn++) {
      const size = sizes[turn % sizes.length];
      pieces.push(...resampler.push(input.slice(at, at + size)));
      at += size;
    }
    pieces.push(...resampler.finish());
    expect(Float32Array.from(pieces)).toEqual(whole);
  });
});
