/**
 * Constants of convolutions in panels of eight output channels, as kernels/engine/convolution.ts and integer-convolution.ts read them.
 * What takes time, the weights, is moved by kernels/engine/packing.ts.
 */
import type { Kernels } from './kernel-modules.js';
import type { EngineMemory } from './memory.js';

/** Channels that are summed at once. */
const PANEL = 8;
const HEAD = 4 * PANEL;
/** Weights that are moved at once, in bytes. */
const PIECE = 65_536;

/** A kernel [outs, rows, columns, channels] with the numbers from tap to tap, which the input decides. */
export interface KernelLayout {
  readonly outs: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** Numbers from one pixel to the next in the input: `channels`, filled up with zeros. */
  readonly stride: number;
}

/** How wide a panel is, and what lies in it before the weights: eight biases, for integers then eight units. */
interface PanelForm {
  readonly headBytes: number;
  /** Bytes of the eight channels' weights for one number of a run. */
  readonly bytesPerNumber: number;
  /** Numbers of a run under the window. */
  readonly length: number;
}

function floatForm({ columns, stride }: KernelLayout): PanelForm {
  return { headBytes: HEAD, bytesPerNumber: 4 * PANEL, length: columns * stride };
}

/** Pairs of numbers lie together, so a run is even. */
function integerForm({ columns, stride }: KernelLayout): PanelForm {
  return { headBytes: 2 * HEAD, bytesPerNumber: PANEL, length: Math.ceil((columns * stride) / 2) * 2 };
}

function bytesOf({ outs, rows }: KernelLayout, form: PanelForm): number {
  return Math.ceil(outs / PANEL) * panelBytes(rows, form);
}

function panelBytes(rows: number, { headBytes, bytesPerNumber, length }: PanelForm): number {
  return headBytes + rows * length * bytesPerNumber;
}

/** Writes panels into a model's memory. */
export class PanelPacker {
  readonly #memory: EngineMemory;
  readonly #kernels: Kernels;
  /** Where weights wait to be moved. */
  #waiting = { address: 0, bytes: 0 };

  constructor(memory: EngineMemory, kernels: Kernels) {
    this.#memory = memory;
    this.#kernels = kernels;
  }

  /** Panels of float32 weights [outs, rows, columns, channels]. Returns their address. */
  floats(weights: Float32Array, biases: Float32Array | undefined, layout: KernelLayout): number {
    const form = floatForm(layout);
    const at = this.#memory.reserve(bytesOf(layout, form));
    if (biases) this.#spread(biases, at, layout, form, Float32Array);
    this.#move(weights, layout, form, at, this.#kernels.packFloats);
    return at;
  }

  /**
   * Panels of int8 weights: biases, integers of the sums or floats of the results; `units` that sums are multiplied with; pairs of
   * weights. Returns their address.
   */
  codes(
    weights: Int8Array,
    units: Float32Array,
    biases: Int32Array | Float32Array | undefined,
    layout: KernelLayout,
  ): number {
    const form = integerForm(layout);
    const at = this.#memory.reserve(bytesOf(layout, form));
    if (biases)
      this.#spread(biases, at, layout, form, biases instanceof Int32Array ? Int32Array : Float32Array);
    this.#spread(units, at + HEAD, layout, form, Float32Array);
    this.#move(weights, layout, form, at, this.#kernels.packCodes);
    return at;
  }

  /** One number of each channel into the heads of the panels, the first to `at`. */
  #spread(
    values: Int32Array | Float32Array,
    at: number,
    { outs, rows }: KernelLayout,
    form: PanelForm,
    View: typeof Int32Array | typeof Float32Array,
  ): void {
    const step = panelBytes(rows, form) / 4;
    const to = new View(this.#memory.buffer, at);
    for (let out = 0; out < outs; out++) to[Math.floor(out / PANEL) * step + (out % PANEL)] = values[out];
  }

  #move(
    weights: Float32Array | Int8Array,
    { outs, rows, columns, channels, stride }: KernelLayout,
    form: PanelForm,
    at: number,
    pack: (...numbers: number[]) => void,
  ): void {
    // Where nothing is filled up, all pixels of a row are one run.
    const isWhole = stride === channels;
    const runs = isWhole ? rows : rows * columns;
    const count = isWhole ? columns * channels : channels;
    const runStep = (isWhole ? form.length : stride) * form.bytesPerNumber;
    const perOut = runs * count;
    const runBytes = count * weights.BYTES_PER_ELEMENT;
    const outBytes = runs * runBytes;
    const together = PANEL * Math.max(1, Math.floor(PIECE / (PANEL * outBytes)));
    const step = panelBytes(rows, form);
    const from = this.#room(together * outBytes);
    for (let first = 0; first < outs; first += together) {
      const some = Math.min(together, outs - first);
      const piece = weights.subarray(first * perOut, (first + some) * perOut);
      new Uint8Array(this.#memory.buffer, from, piece.byteLength).set(
        new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength),
      );
      pack(from, some, runs, runBytes, runStep, at + form.headBytes + (first / PANEL) * step, step);
    }
  }

  #room(bytes: number): number {
    if (this.#waiting.bytes < bytes)
      this.#waiting = {
        address: this.#memory.reserve(Math.max(bytes, PIECE)),
        bytes: Math.max(bytes, PIECE),
      };
    return this.#waiting.address;
  }
}
