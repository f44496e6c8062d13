/** A thread that renders its share of the corpus. */
import { parentPort, workerData } from 'node:worker_threads';
import { FrillError } from 'frill-audio';
import { renderClips, type WorkerMessage } from './make.js';
import type { ClipPlan } from './plan.js';

const { folder, plans }: { folder: string; plans: ClipPlan[] } = workerData;
const tell = (message: WorkerMessage) => parentPort?.postMessage(message);

try {
  await renderClips(folder, plans, () => tell({ kind: 'clip' }));
} catch (error) {
  if (!(error instanceof FrillError)) throw error;
  tell({ kind: 'input-error', what: error.what, where: error.where, remedy: error.remedy });
}
