/** A thread that embeds one clip after another; started by `openRepresentationOnThreads`. */
import { parentPort, workerData } from 'node:worker_threads';
import { FrillError } from 'frill';
import type { FromFileOptions } from './from-file.js';
import { openRepresentation } from './representation.js';
import type { ThreadAnswer } from './representation-threads.js';

const { nameOrPath, options }: { nameOrPath: string; options: FromFileOptions } = workerData;
const representation = await openRepresentation(nameOrPath, options);
const tell = (answer: ThreadAnswer) => parentPort?.postMessage(answer);

parentPort?.on('message', async (samples: Float32Array) => {
  try {
    tell({ kind: 'embedded', embeddings: await representation.embed(samples) });
  } catch (error) {
    if (!(error instanceof FrillError)) throw error;
    tell({ kind: 'model-error', what: error.what, where: error.where, remedy: error.remedy });
  }
});
