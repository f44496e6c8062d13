/** Synthetic people: a voice of eSpeak, a vocal tract of another length, a way of speaking, and a timbre. */
import type { Random } from '../../tensor/random.js';
import { applyFilter, highShelf, peaking, toSampleRate } from '../augment/filters.js';
import { ESPEAK_SAMPLE_RATE, type Utterance, type Voice } from './espeak.js';

/** Variants that sound like people. */
const VARIANTS = [
  ...['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'f1', 'f2', 'f3', 'f4', 'f5'],
  ...['Alicia', 'Andrea', 'Andy', 'Annie', 'Denis', 'Diogo', 'Gene', 'Henrique', 'Hugo', 'Jacky', 'Lee'],
  ...['Marco', 'Mario', 'Michael', 'Mike', 'belinda', 'linda', 'steph', 'adam', 'antonio', 'benjamin'],
  ...['boris', 'david', 'ed', 'edward', 'max', 'michel', 'miguel', 'norbert', 'paul', 'pedro', 'victor'],
] as const;

export interface Speaker {
  readonly name: string;
  readonly variant: string;
  /** eSpeak's pitch, 0-99. */
  readonly pitch: number;
  /** eSpeak's range of intonation, 0-99. */
  readonly range: number;
  /** Words a minute. */
  readonly rate: number;
  /** Formants and pitch are this many times higher: above 1 a shorter vocal tract. */
  readonly tract: number;
  /** dB around two drawn frequencies, and above 2.5 kHz. */
  readonly timbre: {
    readonly low: number;
    readonly lowGain: number;
    readonly high: number;
    readonly highGain: number;
    readonly tilt: number;
  };
}

/** How an utterance departs from the speaker's usual way. */
export interface Manner {
  /** Added to the pitch. */
  readonly pitch: number;
  /** Factor on the range of intonation. */
  readonly range: number;
  /** Factor on the rate. */
  readonly rate: number;
}

/** `count` speakers with different variants as long as there are any. */
export function drawSpeakers(prefix: string, count: number, stream: Random): Speaker[] {
  const variants = stream.fork('variants').shuffle([...VARIANTS]);
  return Array.from({ length: count }, (_unused, index) => {
    const own = stream.fork(index);
    return {
      name: `${prefix}-${String(index).padStart(2, '0')}`,
      variant: variants[index % variants.length],
      pitch: own.uniform(20, 75),
      range: own.uniform(35, 65),
      rate: own.uniform(155, 190),
      tract: own.uniform(0.88, 1.14),
      timbre: {
        low: own.uniform(400, 1_200),
        lowGain: own.uniform(-4, 4),
        high: own.uniform(1_800, 4_500),
        highGain: own.uniform(-4, 4),
        tilt: own.uniform(-3, 3),
      },
    };
  });
}

/** What a speaker says, at 16 kHz, without the silence around it. */
export function speak(
  voice: Voice,
  speaker: Speaker,
  language: string,
  text: string,
  manner: Manner,
): Float32Array {
  const utterance: Utterance = {
    text,
    language,
    variant: speaker.variant,
    pitch: clamp(speaker.pitch + manner.pitch, 0, 99),
    range: clamp(speaker.range * manner.range, 0, 99),
    // The change of the tract also changes the tempo, which is undone here.
    rate: clamp((speaker.rate * manner.rate) / speaker.tract, 80, 400),
  };
  const samples = toSampleRate(trimSilence(voice(utterance)), ESPEAK_SAMPLE_RATE * speaker.tract);
  const { low, lowGain, high, highGain, tilt } = speaker.timbre;
  applyFilter(samples, peaking(low, lowGain, 1));
  applyFilter(samples, peaking(high, highGain, 1));
  return applyFilter(samples, highShelf(2_500, tilt));
}

function trimSilence(samples: Float32Array): Float32Array {
  const isLoud = (sample: number) => Math.abs(sample) > 0.003;
  const first = samples.findIndex(isLoud);
  const last = samples.findLastIndex(isLoud);
  return first < 0 ? samples.subarray(0, 0) : samples.subarray(first, last + 1);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
