import { expect, test } from 'vitest';
import type { OnnxModel } from '../../onnx/onnx-model.js';
import { Session } from './session.js';

const LENGTH = 1 << 20;
const SQUARE: OnnxModel<number> = {
  inputs: [{ name: 'x', shape: [LENGTH] }],
  outputs: [{ name: 'y', shape: [LENGTH] }],
  constants: [],
  nodes: [{ op: 'Mul', domain: '', inputs: ['x', 'x'], outputs: ['y'], attributes: {} }],
};

test('results arrive in the arrays that are given, and in no others', async () => {
  const session = await Session.create(SQUARE, { threads: 1 });
  const [x, y] = [new Float32Array(LENGTH).fill(3), new Float32Array(LENGTH)];
  const [feeds, fetches] = [{ x: session.bind('x', x) }, { y: session.bind('y', y) }];
  await session.run(feeds, fetches);
  const before = process.memoryUsage().arrayBuffers;
  await session.run(feeds, fetches);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(y.byteLength);
  expect(y.every((value) => value === 9)).toBe(true);
  await session.close();
});

test('a run that fails says why', async () => {
  const session = await Session.create(SQUARE, { threads: 1 });
  const fetches = { y: session.bind('y', new Float32Array(LENGTH)) };
  await expect(session.run({}, fetches)).rejects.toThrow(/'x'/);
  await session.close();
});
