/** From a clip's plan to its sound: source, manner, mask, room, level, noise. */

import { SAMPLE_RATE } from 'frill-audio';
import type { Random } from '../../tensor/random.js';
import { random } from '../../tensor/random.js';
import { applyFilter, highShelf, peaking } from '../augment/filters.js';
import { levelOf, toLevel } from '../augment/level.js';
import { applyRoom, drawRoom } from '../augment/room.js';
import type { Voice } from './espeak.js';
import { HUMAN_SOUNDS } from './human-sounds.js';
import { makeNoise, NOISES } from './noise.js';
import type { ClipPlan, Emotion, SoundSource } from './plan.js';
import { type Manner, speak } from './speaker.js';
import { LANGUAGES } from './texts.js';

const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 2;
const FADE_SECONDS = 0.02;

/**
 * Prosody of the emotions after Scherer (Speech Communication 40, 2003, table 1): anger louder, higher, brighter and
 * faster; sadness the contrary, and trembling here; joy higher and livelier. Each is drawn around these values.
 */
const PROSODY: Readonly<Record<Emotion, Manner & { loudness: number; brightness: number; tremor: number }>> =
  {
    neutral: { pitch: 0, range: 1, rate: 1, loudness: 0, brightness: 0, tremor: 0 },
    angry: { pitch: 10, range: 1.25, rate: 1.2, loudness: 5, brightness: 4, tremor: 0 },
    sad: { pitch: -10, range: 0.5, rate: 0.82, loudness: -5, brightness: -4, tremor: 0.35 },
    happy: { pitch: 16, range: 1.5, rate: 1.08, loudness: 2, brightness: 1, tremor: 0 },
  };

/** Thrown where a plan with speech is rendered without a voice: a fault of the caller. */
const NO_VOICE = 'this clip is speech: give a voice';

/** The samples of a clip, at 16 kHz in [-1, 1], one to two seconds long. `voice` may be absent where nobody speaks. */
export function renderClip({ source, seed }: ClipPlan, voice: Voice | undefined): Float32Array {
  const stream = random(seed);
  const { samples, loudness } = renderSource(source, voice, stream.fork('source'));
  const placed = place(samples, stream.fork('place'));
  const wet = applyRoom(placed, drawRoom(stream.fork('room')));
  const accident = stream.fork('recording');
  const level = 10 ** ((-27 + accident.normal(0, 2.5) + loudness) / 20);
  toLevel(wet, level);
  const noise = makeNoise(accident.pick(NOISES), wet.length, stream.fork('noise'));
  const ratio = source.kind === 'speech' ? accident.uniform(12, 40) : accident.uniform(0, 20);
  const noiseLevel = levelOf(wet) * 10 ** (-ratio / 20);
  for (let i = 0; i < wet.length; i++) wet[i] += noiseLevel * noise[i];
  return wet;
}

function renderSource(
  source: SoundSource,
  voice: Voice | undefined,
  stream: Random,
): { samples: Float32Array; loudness: number } {
  if (source.kind === 'human-sound')
    return { samples: HUMAN_SOUNDS[source.sound](source.performer, stream), loudness: 0 };
  if (voice === undefined) throw new TypeError(NO_VOICE);
  const usual = PROSODY[source.emotion];
  const manner = {
    pitch: usual.pitch + stream.normal(0, 3),
    range: usual.range * stream.uniform(0.85, 1.15),
    rate: usual.rate * stream.uniform(0.94, 1.06),
  };
  const samples = speak(voice, source.speaker, LANGUAGES[source.language], source.text, manner);
  applyFilter(samples, highShelf(1_500, usual.brightness + stream.normal(0, 1.5)));
  tremble(samples, usual.tremor * stream.uniform(0.6, 1.2), stream.uniform(5, 7));
  if (source.mask === 'mask') wearMask(samples, stream);
  return { samples, loudness: usual.loudness + stream.normal(0, 1.5) };
}

/** Amplitude tremor of a given depth (0-1) and rate in Hz. */
function tremble(samples: Float32Array, depth: number, rate: number): void {
  if (depth === 0) return;
  const omega = (2 * Math.PI * rate) / SAMPLE_RATE;
  for (let i = 0; i < samples.length; i++) samples[i] *= 1 - depth * (0.5 + 0.5 * Math.sin(omega * i));
}

/** Masks take 3-12 dB off above 2 kHz (Corey, Jones & Singer, JASA 148, 2020), some with a resonance below. */
function wearMask(samples: Float32Array, stream: Random): void {
  applyFilter(samples, highShelf(stream.uniform(2_000, 3_000), -stream.uniform(6, 13)));
  applyFilter(samples, peaking(stream.uniform(700, 1_100), stream.uniform(1, 4), 1));
}

/** Puts the sound into a clip of one to two seconds, with a little quiet around it; what is longer fades out. */
function place(samples: Float32Array, stream: Random): Float32Array {
  const before = Math.round(stream.uniform(0.03, 0.15) * SAMPLE_RATE);
  const after = Math.round(stream.uniform(0.05, 0.2) * SAMPLE_RATE);
  const longest = LONGEST_SECONDS * SAMPLE_RATE;
  const length = Math.min(longest, Math.max(SHORTEST_SECONDS * SAMPLE_RATE, before + samples.length + after));
  const placed = new Float32Array(length);
  const spare = Math.max(0, length - (before + samples.length + after));
  const start = before + Math.floor(spare * stream.uniform());
  placed.set(samples.subarray(0, length - start), start);
  const fade = Math.round(FADE_SECONDS * SAMPLE_RATE);
  if (start + samples.length > length) for (let i = 0; i < fade; i++) placed[length - 1 - i] *= i / fade;
  return placed;
}
