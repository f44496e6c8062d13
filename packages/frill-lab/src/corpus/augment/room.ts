/**
 * A room around a source: the first reflections by the image-source method (Allen & Berkley, 1979) for a shoebox of drawn
 * size, then a dense tail by feedback combs and all-passes (Schroeder, 1962) that decays in the drawn time.
 */
import { SAMPLE_RATE } from 'frill-audio';
import type { Random } from '../../tensor/random.js';
import { applyFilter, lowPass } from './filters.js';

/** A delayed, weakened copy. */
interface Reflection {
  /** Samples after the direct sound. */
  readonly delay: number;
  readonly gain: number;
}

export interface Room {
  readonly reflections: readonly Reflection[];
  /** Seconds until the tail is 60 dB down. */
  readonly decay: number;
  /** Level of the tail beside the direct sound. */
  readonly tail: number;
}

const SPEED_OF_SOUND = 343;
const COMB_SECONDS = [0.0297, 0.0371, 0.0411, 0.0437];
const ALLPASS_SECONDS = [0.005, 0.0017];

/** What is drawn of a room's reverberation, each from a range. */
export interface Reverberation {
  /** Seconds until the tail is 60 dB down. */
  readonly decay: readonly [number, number];
  /** Level of the tail beside the direct sound. */
  readonly tail: readonly [number, number];
}

/** From a dead room to a living room. */
const FURNISHED: Reverberation = { decay: [0.12, 0.5], tail: [0.02, 0.12] };

/** A room with source and microphone somewhere in it. */
export function drawRoom(stream: Random, { decay, tail }: Reverberation = FURNISHED): Room {
  const size = [stream.uniform(2.5, 8), stream.uniform(2.5, 6), stream.uniform(2.2, 3.5)];
  const place = () => size.map((extent) => extent * stream.uniform(0.2, 0.8));
  const source = place();
  const microphone = place();
  const wall = stream.uniform(0.3, 0.8);
  const distance = (image: readonly number[]) =>
    Math.max(0.3, Math.hypot(...image.map((x, axis) => x - microphone[axis])));
  const direct = distance(source);
  const reflections: Reflection[] = [];
  // Image (m, p) of an axis lies at 2 m L + (1 - 2 p) x and has met |2 m - p| walls.
  const images = size.map((extent, axis) =>
    [-1, 0, 1].flatMap((m) =>
      [0, 1].map((p) => ({ at: 2 * m * extent + (1 - 2 * p) * source[axis], walls: Math.abs(2 * m - p) })),
    ),
  );
  for (const x of images[0])
    for (const y of images[1])
      for (const z of images[2]) {
        const walls = x.walls + y.walls + z.walls;
        if (walls === 0 || walls > 2) continue;
        const far = distance([x.at, y.at, z.at]);
        const delay = Math.round(((far - direct) / SPEED_OF_SOUND) * SAMPLE_RATE);
        if (delay > 0) reflections.push({ delay, gain: (wall ** walls * direct) / far });
      }
  return { reflections, decay: stream.uniform(...decay), tail: stream.uniform(...tail) };
}

/** The source as heard in the room; the length stays. */
export function applyRoom(dry: Float32Array, { reflections, decay, tail }: Room): Float32Array {
  const wet = dry.slice();
  for (const { delay, gain } of reflections)
    for (let i = delay; i < dry.length; i++) wet[i] += gain * dry[i - delay];
  let reverberation = new Float32Array(dry.length);
  for (const seconds of COMB_SECONDS) {
    const delay = Math.round(seconds * SAMPLE_RATE);
    const feedback = 10 ** ((-3 * seconds) / decay);
    const line = dry.slice();
    for (let i = delay; i < line.length; i++) line[i] += feedback * line[i - delay];
    for (let i = delay; i < line.length; i++) reverberation[i] += line[i - delay];
  }
  for (const seconds of ALLPASS_SECONDS) {
    const delay = Math.round(seconds * SAMPLE_RATE);
    const passed = new Float32Array(dry.length);
    for (let i = 0; i < passed.length; i++) {
      const old = i >= delay ? reverberation[i - delay] + 0.7 * passed[i - delay] : 0;
      passed[i] = old - 0.7 * reverberation[i];
    }
    reverberation = passed;
  }
  applyFilter(reverberation, lowPass(4_000));
  for (let i = 0; i < wet.length; i++) wet[i] += tail * reverberation[i];
  return wet;
}
