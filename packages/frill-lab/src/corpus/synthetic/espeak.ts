/**
 * Speech by eSpeak NG (GPL-3.0, an optional dependency: loaded only when speech is made, never bundled).
 *
 * The same request gives the same samples, whatever was said before. eSpeak itself does not promise that: its output
 * depends on the clock and on the utterances before. So the clock stands still while it speaks, and its whole memory is
 * set back before each utterance to what it was after start-up.
 */
import { InputError } from 'frill-audio';

export const ESPEAK_PACKAGE = '@echogarden/espeak-ng-emscripten';
/** Hz. */
export const ESPEAK_SAMPLE_RATE = 22_050;

export interface Utterance {
  readonly text: string;
  /** eSpeak's language, e.g. `en-us`. */
  readonly language: string;
  /** eSpeak's voice variant, e.g. `f3`. */
  readonly variant: string;
  /** 0-99. */
  readonly pitch: number;
  /** Range of the intonation, 0-99. */
  readonly range: number;
  /** Words a minute, 80-450. */
  readonly rate: number;
}

/** Says an utterance: samples in [-1, 1] at ESPEAK_SAMPLE_RATE. */
export type Voice = (utterance: Utterance) => Float32Array;

/** What is used of the Emscripten module. */
interface EspeakModule {
  HEAPU8: Uint8Array;
  eSpeakNGWorker: new () => EspeakWorker;
}

interface EspeakWorker {
  set_voice(name: string): number;
  set_pitch(pitch: number): void;
  set_range(range: number): void;
  set_rate(rate: number): void;
  synthesize(text: string, receive: (samples: Int16Array | null) => boolean): void;
}

/** Starts eSpeak. Throws InputError that says how to install it when it is absent. */
export async function openVoice(): Promise<Voice> {
  const load = await importEspeak();
  const module = await load();
  const worker = withStillClock(() => new module.eSpeakNGWorker());
  const atStart = module.HEAPU8.slice();
  return (utterance) =>
    withStillClock(() => {
      // The view is replaced when the memory grows, so it is asked for each time.
      module.HEAPU8.set(atStart);
      module.HEAPU8.fill(0, atStart.length);
      return speak(worker, utterance);
    });
}

function speak(
  worker: EspeakWorker,
  { text, language, variant, pitch, range, rate }: Utterance,
): Float32Array {
  const voice = variant === '' ? language : `${language}+${variant}`;
  if (worker.set_voice(voice) !== 0) throw new RangeError(`eSpeak has no voice '${voice}'`);
  worker.set_pitch(Math.round(pitch));
  worker.set_range(Math.round(range));
  worker.set_rate(Math.round(rate));
  const pieces: Int16Array[] = [];
  worker.synthesize(text, (samples) => {
    if (samples !== null && samples.length > 0) pieces.push(samples);
    return false;
  });
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++) whole[at + i] = piece[i] / 32_768;
    at += piece.length;
  }
  return whole;
}

async function importEspeak(): Promise<() => Promise<EspeakModule>> {
  // A name in a variable keeps bundlers and the type checker from wanting the package.
  const name = ESPEAK_PACKAGE;
  try {
    const imported: { default: () => Promise<EspeakModule> } = await import(name);
    return imported.default;
  } catch (cause) {
    throw new InputError({
      what: `eSpeak NG, which speaks the built-in corpus, cannot be loaded`,
      where: ESPEAK_PACKAGE,
      remedy: `Run 'npm install ${ESPEAK_PACKAGE}' (GPL-3.0), or make only what needs no speech: --sets human-sound`,
      cause,
    });
  }
}

function withStillClock<T>(work: () => T): T {
  const now = Date.now;
  Date.now = () => 0;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}
