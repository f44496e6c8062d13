import { FRILL_FRONTEND, loadFrontend } from 'frill-audio';
import { expect, test } from 'vitest';
import { norm, relativeDistance } from '../../../../testing/network-fixture.js';
import { compileReference } from '../engine/reference/reference.js';
import { random } from '../tensor/random.js';
import { trillRepresentation } from './from-graph.js';
import { initialise } from './initialise.js';
import { buildTrill, trillConfigSchema } from './trill.js';

const config = trillConfigSchema.parse({ stem: 4, widths: [2, 4], depths: [1, 1], embedding: 8 });
const weights = initialise(buildTrill(config, { batch: 1, mode: 'inference' }).graph, 'from-graph');

/** Three seconds of noise: 12 windows of FRILL's grid. */
const stream = random('noise');
const noise = Float32Array.from({ length: 48_000 }, () => stream.uniform(-0.5, 0.5));

test('every window gets the row that the reference engine gives', async () => {
  const frontend = await loadFrontend();
  const { count, data: windows } = frontend.windows(noise);
  const { graph, input, layer19 } = buildTrill(config, { batch: count, mode: 'inference' });
  const [expected] = await compileReference(graph, [layer19], weights).run(new Map([[input, windows]]));
  const trill = await trillRepresentation(config, weights, { output: 'layer19' });
  const rows = await trill.embed(noise);
  trill.close();
  expect(rows.count).toBe(12);
  expect(trill.dimension * rows.count).toBe(rows.data.length);
  expect(relativeDistance(rows.data, expected.data)).toBeLessThan(1e-5);
});

test('embeddings are unit vectors; a short clip has one, a larger hop gives fewer', async () => {
  const trill = await trillRepresentation(config, weights, { output: 'embedding' });
  const one = await trill.embed(noise.subarray(0, 8000));
  trill.close();
  expect(one.count).toBe(1);
  expect(norm(one.data)).toBeCloseTo(1, 5);
  const sparse = await trillRepresentation(config, weights, {
    output: 'embedding',
    hopFrames: FRILL_FRONTEND.frames,
  });
  expect((await sparse.embed(noise)).count).toBe(3);
  sparse.close();
});

test('the identity is stable, and tells weights, outputs and hops apart', async () => {
  const identity = async (options: Parameters<typeof trillRepresentation>[2], own = weights) => {
    const trill = await trillRepresentation(config, own, options);
    trill.close();
    return trill.identity;
  };
  const plain = await identity({ output: 'layer19' });
  expect(await identity({ output: 'layer19' })).toBe(plain);
  expect(await identity({ output: 'embedding' })).not.toBe(plain);
  expect(await identity({ output: 'layer19', hopFrames: 96 })).not.toBe(plain);
  const others = initialise(buildTrill(config, { batch: 1, mode: 'inference' }).graph, 'other');
  expect(await identity({ output: 'layer19' }, others)).not.toBe(plain);
});
