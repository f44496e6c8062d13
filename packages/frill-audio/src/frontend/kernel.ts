/**
 * The WebAssembly kernel of the front end: lays its tables out in memory, computed here in float64, and feeds it.
 * Source of the kernel: kernels/log-mel.ts of the repository. Arithmetic is float32; see definition.ts for the exact one.
 */
import { bytesOfBase64 } from '../base64.js';
import { hannWindow, type LogMelKernel, melMatrix } from './definition.js';
import { LOG_MEL_KERNEL } from './log-mel-kernel.js';
import type { FrontendParameters } from './parameters.js';

/** Frames in a call, a multiple of the four that run side by side. */
const BLOCK = 256;
const PAGE = 65_536;

interface KernelExports {
  configure(...parameters: number[]): void;
  logMel(samples: number, groups: number, output: number): void;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** A kernel for these parameters. Rejects where WebAssembly or its SIMD is missing. */
export async function loadLogMelKernel(parameters: FrontendParameters): Promise<LogMelKernel> {
  compiled ??= WebAssembly.compile(bytesOfBase64(LOG_MEL_KERNEL));
  const { windowLength, hopLength, fftLength, melBands, logFloor, logOffset } = parameters;
  const complexLength = fftLength / 2;
  const mel = melBandTables(parameters);

  const layout = new TableMemory();
  const windowTable = layout.floats(halvedWindow(windowLength));
  const passTwiddles = layout.floats(passTwiddleTable(complexLength));
  const splitTwiddles = layout.floats(splitTwiddleTable(complexLength));
  const bandRanges = layout.integers(mel.ranges);
  const bandWeights = layout.floats(mel.weights);
  const work = layout.room(2 * 32 * complexLength);
  const magnitudes = layout.room(16 * (complexLength + 1));
  const inputLength = (BLOCK - 1) * hopLength + windowLength;
  const input = layout.room(4 * inputLength);
  const output = layout.room(4 * BLOCK * melBands);

  const memory = new WebAssembly.Memory({ initial: Math.ceil(layout.size / PAGE) });
  layout.write(memory.buffer);
  const instance = await WebAssembly.instantiate(await compiled, { env: { memory } });
  const kernel = kernelExports(instance);
  kernel.configure(
    windowLength,
    hopLength,
    complexLength,
    melBands,
    windowTable,
    passTwiddles,
    splitTwiddles,
    bandRanges,
    bandWeights,
    work,
    magnitudes,
    logFloor,
    logOffset,
  );
  const samplesIn = new Float32Array(memory.buffer, input, inputLength);
  const rowsOut = new Float32Array(memory.buffer, output, BLOCK * melBands);
  return {
    compute(samples, frames, rows) {
      for (let start = 0; start < frames; start += BLOCK) {
        const count = Math.min(BLOCK, frames - start);
        const from = start * hopLength;
        const needed = (count - 1) * hopLength + windowLength;
        samplesIn.set(samples.subarray(from, from + needed));
        const groups = Math.ceil(count / 4);
        // Lanes without a frame must not meet what an earlier call left: a NaN there would cost time, never a result.
        samplesIn.fill(0, needed, Math.min(inputLength, needed + 3 * hopLength));
        kernel.logMel(input, groups, output);
        rows.set(rowsOut.subarray(0, count * melBands), start * melBands);
      }
    },
  };
}

function kernelExports({ exports }: WebAssembly.Instance): KernelExports {
  const { configure, logMel } = exports;
  if (typeof configure !== 'function' || typeof logMel !== 'function')
    throw new TypeError('the kernel does not export what it should; run `npm run build:kernels`');
  return {
    configure: (...parameters) => configure(...parameters),
    logMel: (...pointers) => logMel(...pointers),
  };
}

/** Hands out places in a memory, at multiples of 16, and remembers what to put there. */
class TableMemory {
  size = 16;
  readonly #tables: { readonly at: number; readonly bytes: Uint8Array }[] = [];

  room(bytes: number): number {
    const at = this.size;
    this.size += Math.ceil(bytes / 16) * 16;
    return at;
  }

  floats(values: ArrayLike<number>): number {
    return this.#table(new Uint8Array(Float32Array.from(values).buffer));
  }

  integers(values: ArrayLike<number>): number {
    return this.#table(new Uint8Array(Int32Array.from(values).buffer));
  }

  write(buffer: ArrayBuffer): void {
    for (const { at, bytes } of this.#tables) new Uint8Array(buffer).set(bytes, at);
  }

  #table(bytes: Uint8Array): number {
    const at = this.room(bytes.length);
    this.#tables.push({ at, bytes });
    return at;
  }
}

/** The Hann window times the half that splitting the spectrum of two interleaved sequences needs. */
function halvedWindow(length: number): Float64Array {
  return hannWindow(length).map((value) => value / 2);
}

/** For each radix-4 pass over n points, p = 0 ... n/4 - 1: exp(-2 pi i p j / n) for j = 1, 2, 3. */
function passTwiddleTable(complexLength: number): number[] {
  const table: number[] = [];
  for (let n = complexLength; n >= 4; n /= 4)
    for (let p = 0; p < n / 4; p++)
      for (let j = 1; j <= 3; j++) {
        const angle = (-2 * Math.PI * p * j) / n;
        table.push(Math.cos(angle), Math.sin(angle));
      }
  return table;
}

/** exp(-2 pi i k / 2M) for k = 0 ... M / 2. */
function splitTwiddleTable(complexLength: number): number[] {
  return Array.from({ length: Math.floor(complexLength / 2) + 1 }, (_, k) => {
    const angle = (-Math.PI * k) / complexLength;
    return [Math.cos(angle), Math.sin(angle)];
  }).flat();
}

/** The mel matrix without its zeros: where each band begins, how many bins it has, and their weights. */
function melBandTables(parameters: FrontendParameters): { ranges: number[]; weights: number[] } {
  const { melBands, fftLength } = parameters;
  const matrix = melMatrix(parameters);
  const ranges: number[] = [];
  const weights: number[] = [];
  for (let band = 0; band < melBands; band++) {
    const bins = Array.from({ length: fftLength / 2 + 1 }, (_, bin) => bin).filter(
      (bin) => matrix[bin * melBands + band] > 0,
    );
    ranges.push(bins[0] ?? 0, bins.length);
    for (const bin of bins) weights.push(matrix[bin * melBands + band]);
  }
  return { ranges, weights };
}
