/** The engine's WebAssembly: which of its two builds the host can run, compiled once for each JavaScript thread. */
import { bytesOfBase64 } from '../base64.js';
import { ENGINE_KERNEL } from './engine-kernel.js';
import { ENGINE_RELAXED_KERNEL } from './engine-relaxed-kernel.js';

/** A kernel: addresses and counts in, results in memory. */
export type Kernel = (...numbers: number[]) => void;

const NAMES = [
  'convolution',
  'convolutionInt8Weights',
  'depthwise',
  'averagePool',
  'maxPool',
  'scaleChannels',
  'add',
  'multiply',
  'normaliseRows',
  'pad',
  'repack',
  'integerConvolution',
  'integerDepthwise',
  'integerAveragePool',
  'integerScaleChannels',
  'integerAdd',
  'quantise',
  'quantiseRows',
  'dequantise',
  'packFloats',
  'packCodes',
] as const;

export type Kernels = Readonly<Record<(typeof NAMES)[number], Kernel>>;

/** `(a, b) => a relaxed_madd b`, the smallest module that only relaxed SIMD takes. */
const RELAXED_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1,
  32, 0, 0xfd, 0x85, 2, 11,
];

/** The build for this host: with products and sums in one step (relaxed SIMD) where it has them. */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  allowRelaxedSimd();
  const isRelaxed = WebAssembly.validate(Uint8Array.from(RELAXED_PROBE));
  return bytesOfBase64(isRelaxed ? ENGINE_RELAXED_KERNEL : ENGINE_KERNEL);
}

/** Relaxed SIMD is finished, but Node 20 and 22 do not have it on by default. */
function allowRelaxedSimd(): void {
  globalThis.process?.getBuiltinModule?.('node:v8')?.setFlagsFromString?.('--experimental-wasm-relaxed-simd');
}

/** Kernels over a memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernel = (name: string): Kernel => {
    const found: unknown = exports[name];
    if (isKernel(found)) return found;
    throw new TypeError(`the engine has no kernel ${name}; run \`npm run build:kernels\``);
  };
  return Object.fromEntries(NAMES.map((name) => [name, kernel(name)])) as Kernels;
}

function isKernel(value: unknown): value is Kernel {
  return typeof value === 'function';
}
