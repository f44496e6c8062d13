/** What test clips go through before a model hears them: a room, a line, a codec, other sounds. */
import type { ClipChange } from '../../embeddings/clip-embeddings.js';

/** Clips as they are: what every evaluation begins with, so that naming it changes nothing. */
export const CLEAN = 'clean';

/** A change of test clips alone; probes learn from clips as they are. */
export interface Condition extends ClipChange {
  /** What is done to a clip, for reports: `other sounds 10 dB below the clip`. */
  readonly title: string;
}

/** Conditions of one kind: `noise-10` and `noise-0` are of the kind `noise-DB`. */
export interface ConditionKind {
  /** How its names are written, for messages. */
  readonly form: string;
  /** The condition of this name; undefined where the name is of another kind. */
  open(name: string, noise: NoiseClips): Promise<Condition | undefined>;
}

/** Sounds to put behind clips, decoded when they are first asked for. */
export interface NoiseClips {
  readonly count: number;
  /** Equal for equal sounds in equal order. */
  readonly identity: string;
  /** 16 kHz mono in [-1, 1]. Throws AudioError as `readClip` does. */
  read(index: number): Promise<Float32Array>;
}
