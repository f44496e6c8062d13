/** The four student networks of testing/golden/network: weights by Keras' names, and what torch made of them in float64. */
import type { StudentConfig } from '../packages/frill-lab/src/models/student-config.js';
import type { FloatArray, Tensor, Weights } from '../packages/frill-lab/src/tensor/tensor.js';
import { goldenJson, goldenNpy } from './golden.js';

export const NETWORK_CASES = ['tiny_gap', 'tiny_flatten', 'tiny_lowrank', 'large_gap'] as const;

/** Where a tensor lies in a flat file; with a stride only every stride-th element is there. */
export interface StoredTensor {
  readonly shape: number[];
  readonly offset: number;
  readonly count: number;
  readonly stride?: number;
}

/** Weights that lie in a file, or large kernels that are made again: whole numbers out of a hash, times a power of two. */
type StoredWeights =
  | (StoredTensor & { file: string })
  | { shape: number[]; count: number; seed: number; scale: number };

interface CaseFile {
  size: 'tiny' | 'small' | 'large';
  width_alpha: number;
  global_average_pooling: boolean;
  bottleneck: number;
  target: number;
  rank: number | null;
  blend_alpha: number | null;
  loss: number;
  input_scale: number;
  weights: Record<string, StoredWeights>;
  gradient_norm_of_all_parameters: number;
  /** Tensors of `gradients.npy` and of `after_adam.npy`. */
  gradients: Record<string, StoredTensor & { max_abs: number; exactly_zero?: boolean }>;
  batch_statistics: Record<string, StoredTensor>;
}

/** One of the four cases. */
export class NetworkFixture {
  readonly case: CaseFile;
  readonly config: StudentConfig;
  readonly weights: Weights = new Map();

  constructor(readonly name: (typeof NETWORK_CASES)[number]) {
    this.case = goldenJson<CaseFile>(`network/${name}/case.json`);
    const { size, width_alpha: width, global_average_pooling: gap, rank, bottleneck } = this.case;
    this.config = {
      size,
      width,
      pooling: gap ? 'gap' : 'flatten',
      compression: rank === null ? { kind: 'none' } : { kind: 'low-rank', rank },
      quantization: 'none',
      bottleneck,
      input: 'rescale',
    };
    const files = new Map<string, Tensor>();
    for (const [parameter, stored] of Object.entries(this.case.weights)) {
      if ('seed' in stored) {
        this.weights.set(parameter, { shape: stored.shape, data: generated(stored) });
        continue;
      }
      const { file, shape, offset, count } = stored;
      const flat = files.get(file) ?? goldenNpy(`network/${file}`);
      files.set(file, flat);
      this.weights.set(parameter, {
        shape,
        data: Float32Array.from(flat.data.subarray(offset, offset + count)),
      });
    }
  }

  /** An array of the case's folder: `target`, `train_output`, `inference_embedding`, ... */
  read(array: string): Tensor {
    return goldenNpy(`network/${this.name}/${array}.npy`);
  }

  /** The batch that torch was given, [4, 96, 64, 1]. */
  input(): FloatArray {
    return Float32Array.from(this.read('input').data, (code) => code * this.case.input_scale);
  }

  /** The stored elements of one tensor of a flat file, and the same elements of a computed one. */
  compare(
    flat: Tensor,
    stored: StoredTensor,
    computed: FloatArray,
  ): { expected: FloatArray; actual: FloatArray } {
    const stride = stored.stride ?? 1;
    return {
      expected: flat.data.subarray(stored.offset, stored.offset + stored.count),
      actual: Float64Array.from({ length: stored.count }, (_, i) => computed[i * stride]),
    };
  }
}

/** |a - b| / |b| over whole tensors (Euclidean norm). */
export function relativeDistance(a: FloatArray, b: FloatArray): number {
  let difference = 0;
  let norm = 0;
  for (const [i, value] of b.entries()) {
    difference += (a[i] - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** Euclidean norm. */
export function norm(data: FloatArray): number {
  let square = 0;
  for (const value of data) square += value * value;
  return Math.sqrt(square);
}

/** The largest |a - b|. */
export function largestDifference(a: FloatArray, b: FloatArray): number {
  let largest = 0;
  for (const [i, value] of b.entries()) largest = Math.max(largest, Math.abs(a[i] - value));
  return largest;
}

/** The same numbers as `generated` of testing/golden/make/make_network.py: a hash of 32 bits ("lowbias32") of each place, modulo 255. */
function generated({ count, seed, scale }: { count: number; seed: number; scale: number }): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let hash = (seed + i) >>> 0;
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d) >>> 0;
    hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b) >>> 0;
    return ((((hash ^ (hash >>> 16)) >>> 0) % 255) - 127) * scale;
  });
}
