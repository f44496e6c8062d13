/**
 * The WebAssembly kernel of the resampler: puts a filter bank into memory and feeds it blocks. Arithmetic is float32; see
 * definition.ts for the exact one. Source of the kernel: kernels/resample.ts of the repository.
 */
import { bytesOfBase64 } from '../../base64.js';
import type { FilterKernel } from './definition.js';
import type { FilterBank } from './filter-bank.js';
import { RESAMPLE_KERNEL } from './resample-kernel.js';

/** Fewest outputs in a block. */
const BLOCK = 1024;
/** The kernel computes as many periods of an exact ratio at once. */
const PERIODS = 4;
const PAGE = 65_536;

let compiled: WebAssembly.Module | undefined;

/** A kernel for this bank. Throws WebAssembly.CompileError where SIMD is missing, or the page's policy forbids code. */
export function loadFilterKernel({ up, down, coefficients, taps, phases }: FilterBank): FilterKernel {
  // At once, for resampling is: browsers allow that for modules under 4 KB in every thread.
  compiled ??= new WebAssembly.Module(bytesOfBase64(RESAMPLE_KERNEL));
  const block = phases === up ? Math.max(BLOCK, PERIODS * up) : BLOCK;
  const inputLength = Math.ceil(((block - 1) * down) / up) + 1 + taps;
  // Byte 0 stays free, all else lies at multiples of 16 because rows are a multiple of eight floats.
  const bankAt = 16;
  const inputAt = bankAt + coefficients.byteLength;
  const outputAt = inputAt + 16 * Math.ceil(inputLength / 4);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((outputAt + 4 * block) / PAGE) });
  const { configure, convert } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
  if (typeof configure !== 'function' || typeof convert !== 'function')
    throw new TypeError('the kernel does not export what it should; run `npm run build:kernels`');
  new Float32Array(memory.buffer, bankAt, coefficients.length).set(coefficients);
  configure(up, down, taps, phases, bankAt);
  const samplesIn = new Float32Array(memory.buffer, inputAt, inputLength);
  const samplesOut = new Float32Array(memory.buffer, outputAt, block);
  return {
    convert(input, start, phase, output) {
      for (let made = 0; made < output.length; made += block) {
        const count = Math.min(block, output.length - made);
        const ahead = phase + made * down;
        const from = start + Math.floor(ahead / up);
        samplesIn.set(input.subarray(from, from + inputLength));
        convert(inputAt, ahead % up, count, outputAt);
        output.set(count === block ? samplesOut : samplesOut.subarray(0, count), made);
      }
    },
  };
}
