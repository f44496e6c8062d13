import { SAMPLE_RATE } from 'frill-audio';
import { expect, test } from 'vitest';
import { random } from '../../tensor/random.js';
import { addNoise } from './add-noise.js';
import { amplify, levelOf } from './level.js';
import { loadOpus } from './opus.js';
import { overdrive } from './overdrive.js';
import { applyRoom, drawRoom } from './room.js';
import { fromSixteenBits, toSixteenBits } from './sixteen-bits.js';
import { telephone } from './telephone.js';

const tone = (frequency: number, level = 0.3, length = SAMPLE_RATE) =>
  Float32Array.from({ length }, (_, i) => level * Math.sin((2 * Math.PI * frequency * i) / SAMPLE_RATE));
const decibels = (ratio: number) => 20 * Math.log10(ratio);
const difference = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - b[i]);

test('noise is as many dB weaker as was asked, however loud and short it came', () => {
  const clip = tone(440);
  const stream = random('noise');
  const noise = Float32Array.from({ length: 5_000 }, () => stream.normal(0, 0.001));
  const mixed = addNoise(clip, noise, 10, 1_234);
  expect(decibels(levelOf(clip) / levelOf(difference(mixed, clip)))).toBeCloseTo(10, 4);
  expect(addNoise(clip, new Float32Array(100), 10)).toEqual(clip);
  expect(addNoise(new Float32Array(10), noise, 10)).toEqual(new Float32Array(10));
});

test('a telephone passes its band and nothing else', () => {
  const gain = (frequency: number) =>
    decibels(levelOf(telephone(tone(frequency))) / levelOf(tone(frequency)));
  expect(gain(1_000)).toBeCloseTo(0, 0);
  expect(gain(100)).toBeLessThan(-30);
  expect(gain(6_000)).toBeLessThan(-30);
  // Eight bits by the mu-law leave a noise some 37 dB below, at loud and at soft.
  for (const level of [0.5, 0.01]) {
    const heard = telephone(tone(1_000, level)).subarray(2_000, 14_000);
    const apart = difference(heard, bestFit(heard, 1_000, 2_000));
    expect(decibels(levelOf(heard) / levelOf(apart))).toBeGreaterThan(30);
    expect(decibels(levelOf(heard) / levelOf(apart))).toBeLessThan(45);
  }
});

/** The sine of this frequency that is nearest, in amplitude and phase. */
function bestFit(samples: Float32Array, frequency: number, from: number): Float32Array {
  const angle = (i: number) => (2 * Math.PI * frequency * (from + i)) / SAMPLE_RATE;
  let [sine, cosine] = [0, 0];
  for (const [i, sample] of samples.entries()) {
    sine += (2 * sample * Math.sin(angle(i))) / samples.length;
    cosine += (2 * sample * Math.cos(angle(i))) / samples.length;
  }
  return samples.map((_, i) => sine * Math.sin(angle(i)) + cosine * Math.cos(angle(i)));
}

test('an overdriven clip is cut at full scale, for the share that was asked', () => {
  const stream = random('overdrive');
  const clip = Float32Array.from({ length: 10_000 }, () => stream.normal(0, 0.01));
  const loud = overdrive(clip, 0.1);
  expect(loud.filter((sample) => Math.abs(sample) === 1).length / loud.length).toBeCloseTo(0.1, 2);
  expect(overdrive(new Float32Array(10), 0.1)).toEqual(new Float32Array(10));
});

test('sixteen bits keep what came from sixteen bits, and cut what is louder', () => {
  const whole = Int16Array.from([-32_767, -1, 0, 1, 12_345, 32_767]);
  expect(toSixteenBits(fromSixteenBits(whole))).toEqual(whole);
  expect([...toSixteenBits(Float32Array.from([-2, 2]))]).toEqual([-32_767, 32_767]);
  expect(decibels(levelOf(amplify(tone(440), -40)) / levelOf(tone(440)))).toBeCloseTo(-40, 4);
});

test('a room is heard after the sound has ended, the longer the longer it decays', () => {
  const click = new Float32Array(SAMPLE_RATE);
  click[0] = 1;
  const late = (decay: number) => {
    const heard = applyRoom(click, drawRoom(random('room'), { decay: [decay, decay], tail: [0.1, 0.1] }));
    return decibels(levelOf(heard.subarray(8_000)) / levelOf(heard.subarray(1_600, 4_800)));
  };
  expect(late(0.2)).toBeLessThan(-40);
  expect(late(0.8)).toBeGreaterThan(-35);
  expect(late(0.8)).toBeLessThan(-15);
});

test('Opus keeps the place and the sound of a clip, and loses detail', async () => {
  const opus = await loadOpus();
  const stream = random('opus');
  const clip = tone(300).map((sample, i) => sample * (1 + Math.sin(i / 900)) + stream.normal(0, 0.01));
  const heard = opus(clip, 16_000);
  expect(heard).toHaveLength(clip.length);
  const likeness = (shift: number) => {
    let sum = 0;
    for (let i = 2_000; i < 14_000; i++) sum += clip[i] * heard[i + shift];
    return sum / (12_000 * levelOf(clip.subarray(2_000, 14_000)) * levelOf(heard.subarray(2_000, 14_000)));
  };
  expect(likeness(0)).toBeGreaterThan(0.95);
  expect(likeness(0)).toBeGreaterThan(likeness(6));
  expect(likeness(0)).toBeGreaterThan(likeness(-6));
  expect(opus(clip, 16_000)).toEqual(heard);
});
