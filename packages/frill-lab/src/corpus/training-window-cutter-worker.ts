/** A thread that cuts the windows of trainings; see training-window-cutter-threads.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { FrillError } from 'frill-audio';
import { type CutOrder, TrainingWindowCutter } from './training-window-cutter.js';
import type { CutAnswer } from './training-window-cutter-threads.js';

const cutter = await TrainingWindowCutter.open(workerData);

parentPort?.on('message', (order: CutOrder) => {
  const answer = cut(order);
  const buffers =
    answer.kind === 'cut'
      ? [answer.windows.features, answer.windows.targets, answer.windows.samples].flatMap((array) =>
          array ? [array.buffer] : [],
        )
      : [];
  parentPort?.postMessage(answer, buffers);
});

function cut(order: CutOrder): CutAnswer {
  try {
    return { kind: 'cut', windows: cutter.cut(order) };
  } catch (error) {
    if (!(error instanceof FrillError)) throw error;
    const { what, where, remedy } = error;
    return { kind: 'failed', what, where, remedy };
  }
}
