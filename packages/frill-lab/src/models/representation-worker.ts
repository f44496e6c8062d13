/** A thread that embeds one list of clips after another; started by `openRepresentationOnThreads`. */
import { parentPort, workerData } from 'node:worker_threads';
import { FrillError } from 'frill-audio';
import { openRepresentation } from './open-representation.js';
import { embedAll } from './representation.js';
import type { ThreadAnswer, ThreadData } from './representation-threads.js';

const { nameOrPath, options }: ThreadData = workerData;
const representation = await openRepresentation(nameOrPath, options);

parentPort?.on('message', async (clips: readonly Float32Array[]) => {
  try {
    const embeddings = await embedAll(representation, clips);
    const answer: ThreadAnswer = { kind: 'embedded', embeddings };
    const buffers = new Set(embeddings.map(({ data }) => data.buffer));
    parentPort?.postMessage(
      answer,
      [...buffers].filter((buffer) => buffer instanceof ArrayBuffer),
    );
  } catch (error) {
    if (!(error instanceof FrillError)) throw error;
    const { what, where, remedy } = error;
    const answer: ThreadAnswer = { kind: 'model-error', what, where, remedy };
    parentPort?.postMessage(answer);
  }
});
