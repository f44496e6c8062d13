import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { ModelError } from '../errors.js';
import { liteRt } from '../litert.js';
import { loadModel } from './model.js';

const YAMNET = 'data/models/yamnet_scores_embedding1024.tflite';

const sine = Float32Array.from({ length: 15_600 }, (_, n) => 0.5 * Math.sin(n / 20));

withShared('a foreign model in LiteRT.js', YAMNET, () => {
  const path = sharedPath(YAMNET);
  const runtime = liteRt();

  it('tells its inputs and outputs, runs, and says that Frill did not write it', async () => {
    const model = await loadModel(path, { runtime });
    expect(model.metadata).toBeUndefined();
    expect(model.engine).toBe('litert');
    const [{ inputs, outputs }] = Object.values(model.signatures);
    expect(inputs).toEqual([{ name: inputs[0].name, type: 'float32', shape: [1, 15_600] }]);
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [1, 521],
      [1, 1024],
    ]);
    const run = () => model.run({ [inputs[0].name]: sine });
    const first = await run();
    expect(first[outputs[0].name].length).toBe(521);
    expect(Math.max(...first[outputs[0].name])).toBeGreaterThan(0.05);
    expect(await run()).toEqual(first);
    model.close();
  });

  it('gives the same from bytes, and in a worker thread', async () => {
    const model = await loadModel(readFileSync(path), { runtime });
    const [{ inputs, outputs }] = Object.values(model.signatures);
    const here = (await model.run({ [inputs[0].name]: sine }))[outputs[1].name];
    model.close();
    const there = await inWorker(
      { model: new URL('./model.ts', import.meta.url), liteRt: new URL('../litert.ts', import.meta.url) },
      path,
      inputs[0].name,
      outputs[1].name,
    );
    expect(there).toEqual(here);
  });

  it('keeps no memory from run to run', async () => {
    const model = await loadModel(path, { runtime });
    const [{ inputs }] = Object.values(model.signatures);
    const run = () => model.run({ [inputs[0].name]: sine });
    for (let i = 0; i < 5; i++) await run();
    const before = process.memoryUsage().rss;
    // 300 runs with outputs left behind would hold 300 x 68 kB.
    for (let i = 0; i < 300; i++) await run();
    expect(process.memoryUsage().rss - before).toBeLessThan(15e6);
    model.close();
  });

  it('names what does not fit', async () => {
    const model = await loadModel(path, { runtime });
    const [{ inputs }] = Object.values(model.signatures);
    const { name } = inputs[0];
    await expect(model.run({})).rejects.toThrow(/input '.*' \[1, 15600\] is missing/);
    await expect(model.run({ [name]: sine.subarray(1) })).rejects.toThrow(/takes 15600 values, not 15599/);
    await expect(model.run({ [name]: sine }, 'b8')).rejects.toThrow(/no signature 'b8'/);
    model.close();
    model.close();
    await expect(model.run({ [name]: sine })).rejects.toThrow(/closed/);
  });

  describe('refuses', () => {
    const whole = readFileSync(path);
    it.each([
      ['an empty file', new Uint8Array(0), /empty/],
      ['half a file', whole.subarray(0, whole.length / 2), /damaged/],
      ['a file without its last kilobytes', whole.subarray(0, -4_000), /damaged/],
      ['a file that ends in its header', whole.subarray(0, 100), /damaged/],
      ['text', new TextEncoder().encode('a model, honestly'), /not a TensorFlow Lite model/],
      ['zeros', new Uint8Array(1_000), /not a TensorFlow Lite model/],
    ])('%s', async (_, bytes, message) => {
      await expect(loadModel(bytes)).rejects.toThrow(message);
      await expect(loadModel(bytes)).rejects.toThrow(ModelError);
    });
  });
});

withShared('a foreign model', YAMNET, () => {
  it("that Frill's engine cannot run says which operator, and what can", async () => {
    await expect(loadModel(sharedPath(YAMNET))).rejects.toThrow(
      /does not run the operator \w+.* npm install @litertjs\/core, .*frill-audio\/litert/,
    );
  });
});

it('names a path where there is no model', async () => {
  await expect(Reflect.apply(loadModel, undefined, [new ArrayBuffer(8)])).rejects.toThrow(
    'model: ArrayBuffer is neither a path nor an address, nor bytes. Give',
  );
  await expect(loadModel('no/such/model.tflite')).rejects.toThrow('no/such/model.tflite: no such file');
});

/** Loads and runs the model in a thread of its own. */
function inWorker(
  modules: { readonly model: URL; readonly liteRt: URL },
  path: string,
  input: string,
  output: string,
): Promise<Float32Array> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import('tsx/esm/api').then(async ({ register }) => {
      register();
      const { loadModel } = await import(workerData.model);
      const { liteRt } = await import(workerData.liteRt);
      const model = await loadModel(workerData.path, { runtime: liteRt() });
      const outputs = await model.run({ [workerData.input]: workerData.samples });
      parentPort.postMessage(outputs[workerData.output]);
    });`;
  return new Promise((resolve, reject) => {
    const workerData = {
      model: modules.model.href,
      liteRt: modules.liteRt.href,
      path,
      input,
      output,
      samples: sine,
    };
    const worker = new Worker(code, { eval: true, workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
