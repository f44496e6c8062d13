import { afterEach, expect, test } from 'vitest';
import { Graph } from '../../graph/graph.js';
import { ADAM } from '../adam.js';
import { AdamThread } from './adam-thread.js';

/** Tests run on sources; the second thread is the build's. */
const worker = new URL('../../../dist/engine/ort/adam-worker.js', import.meta.url);

/** Makes a thread rest between raising a count and waking the other, now shorter, now longer than a turn takes, or not at all. */
function restBeforeWaking(): () => void {
  const { notify } = Atomics;
  let calls = 0;
  Atomics.notify = (...called: unknown[]) => {
    const end = performance.now() + (calls++ % 4) * 0.02;
    while (performance.now() < end);
    return Reflect.apply(notify, Atomics, called);
  };
  return () => {
    Atomics.notify = notify;
  };
}

let undo = () => {};
afterEach(() => undo());

test('however late either side is woken, every question gets its own answer', {
  timeout: 120_000,
}, async () => {
  const script = `(${restBeforeWaking})(); await import(${JSON.stringify(worker.href)});`;
  const module = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  const weight = new Graph().weight('w', [16], { kind: 'zeros' });
  const thread = new AdamThread([weight], module);
  undo = restBeforeWaking();
  const questions = 100_000;
  for (let question = 1; question <= questions; question++) {
    thread.slot(weight).gradients.fill(1);
    // Without memory Adam moves a parameter by the rate, whatever its gradient.
    thread.beginStep(1, { ...ADAM, beta1: 0, beta2: 0, epsilon: 0 });
    thread.endStep();
    if (thread.slot(weight).parameters[15] !== -question) expect.fail(`question ${question}`);
  }
  expect(thread.readMoments()(weight).firstMoments[0]).toBe(1);
  await thread.close();
});
