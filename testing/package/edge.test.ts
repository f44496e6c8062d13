/** The built device package in Deno and Bun, which stand for runtimes at the edge: no file is read there but the modules. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { loadEmbedder } from 'frill-audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './tarball.js';
import { tinyModel } from './tiny-model.js';

const run = promisify(execFile);

const CACHE = '.cache/edge-runtimes';
const NODE_MODULES = join(ROOT, CACHE, 'node_modules');
/** Binaries and their arguments. Deno has no permission for anything, so not to read files either. */
const RUNTIMES: readonly (readonly [name: string, binary: string, ...words: string[]])[] = [
  [
    'deno',
    join(NODE_MODULES, '@deno/linux-x64-glibc/deno'),
    'run',
    '--no-prompt',
    '--no-config',
    '--no-remote',
  ],
  ['bun', join(NODE_MODULES, '@oven/bun-linux-x64/bin/bun'), 'run'],
];

const INDEX = pathToFileURL(join(ROOT, 'packages/frill-audio/dist/index.js')).href;

/** The clip, and a program that embeds it with the model that is in it. */
const CLIP = 'Float32Array.from({ length: 44100 }, (_, n) => 0.4 * Math.sin(n / 30))';
const clip = Float32Array.from({ length: 44_100 }, (_, n) => 0.4 * Math.sin(n / 30));
const program = (model: Uint8Array) => `import { loadEmbedder } from '${INDEX}';
const text = atob('${Buffer.from(model).toString('base64')}');
const frill = await loadEmbedder(Uint8Array.from(text, (character) => character.charCodeAt(0)));
const { mean } = await frill.embed(${CLIP}, { sampleRate: 44_100 });
console.log(JSON.stringify({ engine: frill.engine, mean: [...mean] }));
`;

let folder: string;
let expected: Float32Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-edge-'));
  const model = await tinyModel();
  await writeFile(join(folder, 'program.js'), program(model));
  const embedder = await loadEmbedder(model);
  expected = (await embedder.embed(clip, { sampleRate: 44_100 })).mean;
  embedder.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(RUNTIMES)('in %s', (name, binary, ...words) => {
  const isThere = existsSync(binary);
  const install = `npm install --prefix ${CACHE} --ignore-scripts ${name}`;
  it.skipIf(!isThere)(
    `embeds as in Node${isThere ? '' : ` (skipped: ${name} is absent; ${install})`}`,
    async () => {
      const { stdout } = await run(binary, [...words, 'program.js'], { cwd: folder });
      const { engine, mean } = JSON.parse(stdout);
      expect(engine).toBe('frill');
      expect(mean).toHaveLength(expected.length);
      const scale = Math.max(...expected.map(Math.abs));
      for (const [i, value] of expected.entries())
        expect(Math.abs(mean[i] - value) / scale).toBeLessThan(1e-4);
    },
  );
});
