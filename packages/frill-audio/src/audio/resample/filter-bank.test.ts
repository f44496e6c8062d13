import { describe, expect, it } from 'vitest';
import { designFilterBank } from './filter-bank.js';

describe.each([
  [1, 3],
  [160, 441],
  [2, 1],
  [3200, 4451],
])('%i / %i', (up, down) => {
  const { coefficients, taps, phases } = designFilterBank(up, down);
  const row = (phase: number) => coefficients.subarray(phase * taps, (phase + 1) * taps);

  it('passes a constant at every phase', () => {
    for (let phase = 0; phase <= phases; phase++)
      expect(row(phase).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
  });

  it('is symmetric about its centre', () => {
    const centre = taps / 2 - 1;
    for (let k = 1; k < centre; k++) expect(row(0)[centre + k]).toBeCloseTo(row(0)[centre - k], 8);
  });

  it('ends at one whole sample later', () => {
    expect(row(phases).subarray(1)).toEqual(row(0).subarray(0, -1));
  });

  it('weakens what would fold back by 100 dB', () => {
    // The prototype's response at and above the lower Nyquist frequency, from phases at which it is tabulated.
    const lower = Math.min(1, up / down) / 2;
    for (const frequency of [1, 1.05, 1.3].map((times) => times * lower)) {
      let real = 0;
      let imaginary = 0;
      for (let phase = 0; phase < phases; phase++)
        for (const [k, value] of row(phase).entries()) {
          const time = k - (taps / 2 - 1) - phase / phases;
          real += value * Math.cos(2 * Math.PI * frequency * time);
          imaginary += value * Math.sin(2 * Math.PI * frequency * time);
        }
      expect(20 * Math.log10(Math.hypot(real, imaginary) / phases)).toBeLessThan(-97);
    }
  });
});
