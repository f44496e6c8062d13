/** The process that `memory.ts` watches: a whole distillation, `plain` or `compressed`, on rows that take no memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { studentConfigSchema } from '../packages/frill-lab/src/models/student-config.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import { distil } from '../packages/frill-lab/src/train/distil.js';
import { distillationOptionsSchema } from '../packages/frill-lab/src/train/distillation-options.js';

const ROWS = 2_000;
const FEATURES = 96 * 64;
const TARGETS = 12_288;

/** Each row is a stretch of one line of random numbers. */
function madeUp(width: number) {
  const numbers = random(`memory/${width}`);
  const line = Float32Array.from({ length: width + ROWS }, () => numbers.normal());
  return {
    rows: ROWS,
    width,
    about: 'made up',
    read: async (wanted: ArrayLike<number>, into: Float32Array) => {
      for (let i = 0; i < wanted.length; i++)
        into.set(line.subarray(wanted[i], wanted[i] + width), i * width);
    },
    close: async () => {},
  };
}

const isCompressed = process.argv[2] === 'compressed';
const folder = await mkdtemp(join(tmpdir(), 'frill-memory-'));
try {
  await distil({
    config: studentConfigSchema.parse({
      size: 'small',
      width: 2,
      pooling: 'gap',
      compression: isCompressed ? { kind: 'low-rank', rank: 100 } : { kind: 'none' },
      quantization: isCompressed ? 'aware' : 'none',
      bottleneck: 2048,
    }),
    options: distillationOptionsSchema.parse({
      steps: 40,
      batch: 32,
      validationRows: 256,
      validateEvery: 20,
      checkpointEvery: 10,
    }),
    data: {
      name: 'made up',
      features: madeUp(FEATURES),
      targets: madeUp(TARGETS),
      featureStatistics: { mean: new Float32Array(64), deviation: new Float32Array(64).fill(1) },
      split: {
        train: Uint32Array.from({ length: ROWS - 256 }, (_, i) => i),
        validation: Uint32Array.from({ length: 256 }, (_, i) => ROWS - 256 + i),
      },
    },
    folder,
  });
  // Memory is looked at five times a second: the last peak, too, must be seen.
  await setTimeout(500);
} finally {
  await rm(folder, { recursive: true });
}
