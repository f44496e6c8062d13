/** The thread behind `AdamThread`: keeps the moments of its tensors, and moves parameters that are lent to it. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { AdamMemory } from './adam-memory.js';
import type { AdamAnswer, AdamQuestion, AdamThreadData } from './adam-thread.js';
import { ANSWERS, QUESTIONS, speak, waitFor } from './turns.js';

/** What is lent passes through the kernel's memory tile by tile, of a size that the first-level cache holds. */
const TILE = 2048;

const { length, port, turns }: AdamThreadData = workerData;
const memory = new AdamMemory([length, length, TILE, TILE]);
const [firstMoments, secondMoments, parameterTile, gradientTile] = memory.blocks;

function step({ parameters, gradients, rate, options }: AdamQuestion & { readonly kind: 'step' }): void {
  for (let from = 0; from < length; from += TILE) {
    const to = Math.min(length, from + TILE);
    const lent = parameters.subarray(from, to);
    const operands = {
      parameters: parameterTile.subarray(0, to - from),
      gradients: gradientTile,
      firstMoments: firstMoments.subarray(from),
      secondMoments: secondMoments.subarray(from),
    };
    operands.parameters.set(lent);
    gradientTile.set(gradients.subarray(from, to));
    memory.adam(operands, rate, options);
    lent.set(operands.parameters);
  }
}

function answer(question: AdamQuestion): { readonly message: AdamAnswer; readonly transfer: ArrayBuffer[] } {
  switch (question.kind) {
    case 'step': {
      step(question);
      const { parameters, gradients } = question;
      return {
        message: { kind: 'stepped', parameters, gradients },
        transfer: [parameters.buffer, gradients.buffer],
      };
    }
    case 'read-moments': {
      const moments = { firstMoments: firstMoments.slice(), secondMoments: secondMoments.slice() };
      return {
        message: { kind: 'moments', ...moments },
        transfer: [moments.firstMoments.buffer, moments.secondMoments.buffer],
      };
    }
    case 'write-moments':
      firstMoments.set(question.firstMoments);
      secondMoments.set(question.secondMoments);
      return { message: { kind: 'written' }, transfer: [] };
  }
}

for (let question = 1; ; question++) {
  waitFor(turns, QUESTIONS, question);
  const { message, transfer } = answer(receiveMessageOnPort(port)?.message);
  port.postMessage(message, transfer);
  speak(turns, ANSWERS);
}
