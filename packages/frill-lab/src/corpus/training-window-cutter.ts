/**
 * Cuts the windows of a training step out of recordings, makes them different, and computes their log-mel, together with what
 * the teacher says of the places they were cut from. A pure function of seed, step and rows: which thread does it, and after
 * which interruption, makes no difference.
 */
import { type Frontend, type FrontendParameters, loadFrontend } from 'frill-audio';
import { windowSamples } from 'frill-audio/internals';
import { BlobReader } from '../run/blob-reader.js';
import { float16Values } from '../tensor/float16.js';
import { Random } from '../tensor/random.js';
import type { Augmentation } from './augment/augmentation.js';
import { atSpeed } from './augment/speed.js';
import { type OtherSounds, varySound, varySpectrogram } from './augment/vary.js';
import { SampleReader } from './sample-reader.js';
import { makeNoise, NOISES } from './synthetic/noise.js';
import { placeStart } from './teacher-grid.js';
import type { ClipBlobs, WindowTable } from './window-table.js';

/** Everything that a thread needs to know. */
export interface CutterData {
  readonly table: WindowTable;
  readonly frontend: FrontendParameters;
  /** Values of the teacher. */
  readonly dimension: number;
  readonly augmentation: Augmentation;
  /** How far from its place a varied window may begin, in parts of the way to the next: 0 to 0.5. */
  readonly jitter: number;
  /** Clips that noise and voices are drawn from; where none is noise, it is made. */
  readonly noise: Uint32Array;
  readonly voices: Uint32Array;
}

/** A step's windows. */
export interface CutOrder {
  readonly seed: string;
  readonly step: number;
  /** Places, as rows of the table. */
  readonly rows: Uint32Array;
  /**
   * `varied`: cut at the places or near them, as the jitter says, and changed by the augmentation.
   * `as they are`: cut at the places, unchanged.
   */
  readonly windows: 'varied' | 'as they are';
  /** Whether the changed samples are wanted, for a teacher that is to hear the same. */
  readonly keepSamples?: boolean;
}

export interface CutWindows {
  /** [rows, frames * bands] */
  readonly features: Float32Array<ArrayBuffer>;
  /** [rows, dimension]: between two places their mean, weighted by distance. */
  readonly targets: Float32Array<ArrayBuffer>;
  /** [rows, samples of a window], where they were asked for. */
  readonly samples?: Float32Array<ArrayBuffer>;
}

/** Cutter of the windows that a training draws, each with the teacher's values; frill-audio cuts the windows of a clip in order. */
export class TrainingWindowCutter {
  readonly #blobs = new BlobReader();
  readonly #samples = new SampleReader();
  readonly #halves = float16Values();
  readonly #window: number;
  readonly #values: Uint16Array;

  private constructor(
    private readonly data: CutterData,
    private readonly frontend: Frontend,
  ) {
    this.#window = windowSamples(data.frontend);
    this.#values = new Uint16Array(2 * data.dimension);
  }

  static async open(data: CutterData): Promise<TrainingWindowCutter> {
    return new TrainingWindowCutter(data, await loadFrontend(data.frontend));
  }

  /** Throws InputError where a file of the stores has become shorter. */
  cut({ seed, step, rows, windows, keepSamples }: CutOrder): CutWindows {
    const { table, augmentation, jitter, dimension, frontend } = this.data;
    const { frames, melBands } = frontend;
    const size = frames * melBands;
    const features = new Float32Array(rows.length * size);
    const targets = new Float32Array(rows.length * dimension);
    const samples = keepSamples ? new Float32Array(rows.length * this.#window) : undefined;
    const changes = windows === 'varied' ? augmentation : {};
    for (const [index, row] of rows.entries()) {
      const stream = new Random(`${seed}/${step}/${index}`);
      const clip = table.clip[row];
      const places = table.firstRow[clip + 1] - table.firstRow[clip];
      const within =
        row - table.firstRow[clip] + (windows === 'varied' ? stream.uniform(-jitter, jitter) : 0);
      const place = Math.min(places - 1, Math.max(0, within));
      this.#target(clip, place, targets.subarray(index * dimension, (index + 1) * dimension));
      const cut = this.#cut(
        clip,
        placeStart(place, places, table.length[clip], this.#window),
        changes,
        stream,
      );
      const heard = varySound(cut, changes, stream, this.#sounds);
      samples?.set(heard, index * this.#window);
      const window = this.frontend.logMel(heard).data.subarray(0, size);
      varySpectrogram(window, changes, stream, frontend);
      features.set(window, index * size);
    }
    return { features, targets, ...(samples ? { samples } : {}) };
  }

  /** What the teacher says at places, into the start of `into` [rows, dimension]. */
  targets(rows: Uint32Array, into: Float32Array): void {
    const { table, dimension } = this.data;
    for (const [index, row] of rows.entries()) {
      const clip = table.clip[row];
      this.#target(
        clip,
        row - table.firstRow[clip],
        into.subarray(index * dimension, (index + 1) * dimension),
      );
    }
  }

  close(): void {
    this.#blobs.close();
    this.#samples.close();
  }

  /** Other sounds start anywhere in their clip, and are as long as a window where the clip is. */
  readonly #sounds: OtherSounds = {
    noise: (stream) =>
      this.data.noise.length > 0
        ? this.#anyOf(this.data.noise, stream)
        : makeNoise(stream.pick(NOISES), this.#window, stream),
    voice: (stream) => this.#anyOf(this.data.voices, stream),
  };

  #anyOf(clips: Uint32Array, stream: Random): Float32Array {
    if (clips.length === 0) return new Float32Array(0);
    const clip = clips[stream.integer(clips.length)];
    const length = Math.min(this.#window, this.data.table.length[clip]);
    return this.#read(clip, stream.integer(this.data.table.length[clip] - length + 1), length);
  }

  /** One window from a sample on, with zeros behind the end of a short clip. */
  #cut(clip: number, start: number, { speed }: Augmentation, stream: Random): Float32Array {
    const own = stream.fork('speed');
    const isChanged = speed !== undefined && own.uniform() < speed.probability;
    const factor = isChanged ? own.uniform(...speed.factor) : 1;
    const length = Math.min(Math.ceil(this.#window * factor), this.data.table.length[clip] - start);
    const read = this.#read(clip, start, length);
    if (isChanged) return atSpeed(read, factor, this.#window);
    if (length === this.#window) return read;
    const padded = new Float32Array(this.#window);
    padded.set(read);
    return padded;
  }

  #read(clip: number, start: number, length: number): Float32Array {
    const samples = new Float32Array(length);
    this.#samples.read(blobOf(this.data.table.samples, clip), start, samples);
    return samples;
  }

  /** The teacher's values at a place, which may lie between two. */
  #target(clip: number, place: number, into: Float32Array): void {
    const { dimension } = this.data;
    const first = Math.floor(place);
    const share = place - first;
    const halves = this.#values.subarray(0, share > 0 ? 2 * dimension : dimension);
    const bytes = new Uint8Array(halves.buffer, 0, halves.byteLength);
    this.#blobs.read(blobOf(this.data.table.values, clip), first * dimension * 2, bytes);
    for (let i = 0; i < dimension; i++) {
      const here = this.#halves[halves[i]];
      into[i] = share > 0 ? here + share * (this.#halves[halves[dimension + i]] - here) : here;
    }
  }
}

function blobOf({ paths, path, offset }: ClipBlobs, clip: number): { path: string; offset: number } {
  return { path: paths[path[clip]], offset: offset[clip] };
}
