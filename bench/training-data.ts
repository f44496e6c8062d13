/** Data that `distil` is benchmarked on, on disk: features as they are, or recordings to cut windows from. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FRILL_FRONTEND, loadFrontend } from 'frill-audio';
import { AUGMENTATIONS, augmentationSchema } from '../packages/frill-lab/src/corpus/augment/augmentation.js';
import { openMatrixReader, openMatrixWriter } from '../packages/frill-lab/src/corpus/matrix-shards.js';
import { encodeWav } from '../packages/frill-lab/src/corpus/wav-file.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import type { DistillationRows } from '../packages/frill-lab/src/train/distillation-rows.js';

/** The build's: threads need JavaScript. */
const built = new URL('../packages/frill-lab/dist/train/random-windows.js', import.meta.url);
const { openRandomWindows }: typeof import('../packages/frill-lab/src/train/random-windows.js') =
  await import(built.href);

export interface BenchData extends DistillationRows {
  close(): Promise<void>;
}

const ROWS = 2048;

/** Features and targets computed before. */
export async function cachedFeatures(folder: string, target: number): Promise<BenchData> {
  const { frames, melBands } = FRILL_FRONTEND;
  const features = await matrix(join(folder, 'features'), frames * melBands);
  const targets = await matrix(join(folder, 'targets'), target);
  const rows = Uint32Array.from({ length: ROWS }, (_, row) => row);
  return {
    name: 'cached features',
    features,
    targets,
    featureStatistics: { mean: new Float32Array(melBands), deviation: new Float32Array(melBands).fill(1) },
    split: { train: rows, validation: rows.subarray(0, 0) },
    close: async () => {
      await features.close();
      await targets.close();
    },
  };
}

/** 128 clips of 3 s, a third of them not speech; windows are changed by the usual augmentation, front end included. */
export async function randomWindows(folder: string, target: number): Promise<BenchData> {
  const numbers = random('bench');
  const clips = [];
  for (let index = 0; index < 128; index++) {
    const path = join(folder, `${index}.wav`);
    await writeFile(path, encodeWav(Float32Array.from({ length: 48_000 }, () => numbers.normal(0, 0.1))));
    clips.push({ id: `${index}`, path, labels: { language: index % 3 === 0 ? '' : 'en' } });
  }
  const said = Float32Array.from({ length: target }, () => numbers.normal());
  return openRandomWindows({
    clips,
    teacher: {
      name: 'bench',
      identity: 'bench',
      dimension: target,
      embed: async () => ({ count: 1, data: said }),
    },
    frontend: await loadFrontend(),
    folder,
    seed: 'bench',
    spacing: 0.24,
    jitter: 0,
    augmentation: augmentationSchema.parse(AUGMENTATIONS.usual),
    teacherHears: 'clean',
    temperature: 1,
    clusters: 0,
    validationFraction: 0,
    loaders: 1,
  });
}

async function matrix(folder: string, width: number) {
  const writer = await openMatrixWriter(folder, { width, about: 'bench' });
  const numbers = random(folder);
  const some = Float32Array.from({ length: 64 * width }, () => numbers.normal());
  for (let row = 0; row < ROWS; row += 64) await writer.append(some, null);
  await writer.finish();
  return openMatrixReader(folder);
}
