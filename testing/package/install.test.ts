/**
 * All packages as a stranger gets them: packed, installed into an empty folder by npm, and used. Needs the registry; where it
 * cannot be reached, this says so.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadEmbedder } from 'frill-audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wavFile } from '../wav.js';
import { pack, ROOT } from './tarball.js';
import { tinyModel } from './tiny-model.js';

const run = promisify(execFile);

const isOnline = spawnSync('npm', ['ping'], { timeout: 60_000 }).status === 0;
const title = isOnline ? 'installed' : 'installed (skipped: the registry cannot be reached)';

/** Every entry in the hands of a strict compiler. */
const CONSUMER = `import { decodeWav, enrol, fitHead, FrillError, loadEmbedder, loadHead, resample, similarity } from 'frill-audio';
import type { Embedder, Embedding, Prediction } from 'frill-audio';
import { decodeAudio } from 'frill-audio/decode';
import { readModelMetadata } from 'frill-audio/internals';
import { smallestModel } from 'frill-audio/model';
import { openAudioStream, readAudioFile } from 'frill-audio/node';

const frill: Embedder = await loadEmbedder('frill.tflite');
const { mean, times }: Embedding = await frill.embed(await readAudioFile('speech.wav'));
const other = await frill.embed(await decodeAudio(new Uint8Array(8)));
for await (const { time, embedding } of frill.embedStream(openAudioStream('a.flac'), { sampleRate: 16_000 }))
  console.log(time, similarity(embedding, mean));
for await (const { time } of frill.microphone({ echoCancellation: true })) console.log(time.toFixed(2));
const head = fitHead([{ label: 'a', embedding: mean }, { label: 'b', embedding: other.mean }]);
const { label, isKnown }: Prediction = loadHead(JSON.stringify(head)).predict(mean);
const accepted: boolean = enrol([mean, mean, mean]).verify(other.mean).isAccepted;
console.log(label, isKnown, accepted, times[0], resample([0, 1], 8_000, 16_000).length, new FrillError({ what: '' }).remedy);
const wav = await frill.embed(await new Blob([]).arrayBuffer());
console.log(wav.mean, (await decodeWav(new Blob([]))).sampleRate, readModelMetadata(smallestModel())?.name);
// @ts-expect-error: a path is not samples
void frill.embed('speech.wav');
`;

(isOnline ? describe : describe.skip)(title, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-install-'));
    const names = ['frill-audio', 'frill-models', 'frill-lab'] as const;
    const tarballs = await Promise.all(names.map((name) => pack(name, folder)));
    await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }');
    const { stderr } = await run(
      'npm',
      [
        'install',
        '--prefer-offline',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--omit=optional',
        ...tarballs,
      ],
      { cwd: folder },
    );
    expect(stderr).toBe('');
    await writeFile(join(folder, 'frill.tflite'), await tinyModel());
    const tone = Float32Array.from({ length: 22_050 }, (_, n) => 0.3 * Math.sin(n / 20));
    await writeFile(
      join(folder, 'speech.wav'),
      wavFile({ encoding: 's16', sampleRate: 22_050, channels: [tone, tone] }),
    );
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('runs the ten lines of the README', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const lines = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(lines).toContain('loadEmbedder');
    await writeFile(join(folder, 'ten-lines.js'), lines);
    const { stdout } = await run('node', ['ten-lines.js'], { cwd: folder });
    const packaged = await loadEmbedder();
    expect(stdout).toMatch(/^1 windows of 0.975 s, the first centred at 0.4875 s/);
    expect(stdout).toContain(`the clip is ${packaged.embeddingSize} numbers`);
    packaged.close();
  });

  it('runs the command', async () => {
    const frill = join(folder, 'node_modules/.bin/frill');
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect((await run(frill, ['--version'])).stdout.trim()).toBe(version);
    const { stdout } = await run(frill, ['inspect', 'frill.tflite', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });

  it.each(['node16', 'bundler'])(
    'has types for a strict compiler that resolves as %s',
    async (resolution) => {
      await writeFile(join(folder, 'consumer.ts'), CONSUMER);
      const options = {
        target: 'ES2022',
        lib: ['ES2023', 'DOM'],
        module: resolution === 'bundler' ? 'ESNext' : 'Node16',
        moduleResolution: resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        noEmit: true,
        types: [],
      };
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }),
      );
      const { stdout, status } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], {
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );
});
