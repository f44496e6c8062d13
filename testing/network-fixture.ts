/** The four student networks of ../shared/golden/network: weights by Keras' names, and what torch made of them. */
import type { StudentConfig } from '../packages/frill-lab/src/models/student-config.js';
import { readNpy } from '../packages/frill-lab/src/tensor/npy.js';
import type { FloatArray, Tensor, Weights } from '../packages/frill-lab/src/tensor/tensor.js';
import { sharedJson, sharedPath } from './shared.js';

export const NETWORK_CASES = ['tiny_gap', 'tiny_flatten', 'tiny_lowrank', 'large_gap'] as const;

/** Where a tensor lies in a flat file; with a stride only every stride-th element is there. */
export interface StoredTensor {
  readonly shape: number[];
  readonly offset: number;
  readonly count: number;
  readonly stride?: number;
}

interface CaseFile {
  size: 'tiny' | 'small' | 'large';
  width_alpha: number;
  global_average_pooling: boolean;
  bottleneck: number;
  target: number;
  rank: number | null;
  blend_alpha: number | null;
  loss: number;
  weights: Record<string, StoredTensor & { file: string; scale?: number }>;
  gradient_norm_of_all_parameters: number;
  gradients: Record<string, StoredTensor & { max_abs: number; exactly_zero?: boolean }>;
  after_adam: Record<string, StoredTensor>;
  batch_statistics: Record<string, StoredTensor>;
}

/** One of the four cases. */
export class NetworkFixture {
  readonly case: CaseFile;
  readonly config: StudentConfig;
  readonly weights: Weights = new Map();

  constructor(readonly name: (typeof NETWORK_CASES)[number]) {
    this.case = sharedJson<CaseFile>(`golden/network/${name}/case.json`);
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
    for (const [parameter, { file, shape, offset, count, scale = 1 }] of Object.entries(this.case.weights)) {
      const flat = files.get(file) ?? readNpy(sharedPath(`golden/network/${file}`));
      files.set(file, flat);
      const data = Float32Array.from(flat.data.subarray(offset, offset + count), (value) => value * scale);
      this.weights.set(parameter, { shape, data });
    }
  }

  /** An array of the case's folder: `input`, `target`, `train_output`, `inference_embedding`, ... */
  read(array: string): Tensor {
    return readNpy(sharedPath(`golden/network/${this.name}/${array}.npy`));
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
