import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError, loadEmbedder } from 'frill-audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { silent } from '../run/progress.js';
import { openStudent } from '../train/open-student.js';
import { studentFolders } from '../train/student-folder.js';
import { BESIDE } from './exported-files.js';
import { type PackOptions, packRelease } from './pack.js';

let folder: string;
let options: PackOptions;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-release-'));
  const config = parseStudentName('tiny-0.5-gap', { bottleneck: 24 });
  const { graph } = buildStudent(config, { batch: 1, mode: 'inference' });
  await studentFolders.write(join(folder, 'student'), {
    format: 1,
    name: 'tiny-0.5-gap',
    training: 'abc',
    options: { steps: 100, batch: 64 },
    provenance: {},
    validation: { loss: 1, explained: 0.5, rows: 10 },
    config,
    weights: initialise(graph, 'release'),
  });
  await mkdir(join(folder, 'models'));
  await copyFile('LICENSE', join(folder, 'models/LICENSE'));
  for (const clip of ['a.wav', 'b.wav', 'c.wav']) await writeFile(join(folder, clip), '');
  await writeFile(
    join(folder, 'manifest.csv'),
    'path,source,licence,speaker,language,seconds,terms\na.wav,readers,CC-BY-4.0,anna,en,1800,free\nb.wav,readers,CC-BY-4.0,bert,de,1800,free\nc.wav,other,GPL-3.0,,en,60,copyleft\n',
  );
  await writeFile(
    join(folder, 'networks.json'),
    JSON.stringify([{ name: 'TRILL', about: 'A teacher.', from: 'here', licence: 'MIT' }]),
  );
  options = {
    student: join(folder, 'student'),
    name: 'frill-s',
    version: 3,
    models: join(folder, 'models'),
    device: join(folder, 'device'),
    form: 'int8-weight',
    beside: BESIDE,
    manifest: join(folder, 'manifest.csv'),
    where: { terms: 'free' },
    networks: join(folder, 'networks.json'),
    progress: silent,
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const trained = () => studentFolders.read(join(folder, 'student'));
const read = (path: string) => readFile(join(folder, path), 'utf8');

describe('a packed release', () => {
  beforeAll(async () => {
    await packRelease(options);
  });

  it('holds its files under the checksums of the lists, and loads', async () => {
    const [{ files }] = JSON.parse(await read('models/models.json'));
    expect(files.map(({ file }: { file: string }) => file)).toEqual([
      'frill-s.tflite',
      'frill-s-audio.tflite',
      'frill-s-float32.tflite',
      'frill-s.onnx',
      'weights.safetensors',
    ]);
    for (const { file, sha256, bytes } of files) {
      const content = await readFile(join(folder, 'models/frill-s', file));
      expect(content.length).toBe(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
    const { MODELS } = await import(pathToFileURL(join(folder, 'models/index.js')).href);
    expect(MODELS).toMatchObject([{ name: 'frill-s', version: 3, sha256: files[0].sha256 }]);
    const embedder = await loadEmbedder(MODELS[0].file);
    expect(embedder.metadata?.name).toBe('frill-s-v3');
    embedder.close();
    const { SMALLEST } = await import(pathToFileURL(join(folder, 'device/models/smallest.js')).href);
    expect(SMALLEST).toMatchObject({ name: 'frill-s', version: 3, sha256: files[0].sha256 });
    const shipped = await readFile(join(folder, 'models/frill-s/frill-s.tflite'));
    const parts: Buffer[] = await Promise.all(SMALLEST.parts().map((part: URL) => readFile(part)));
    expect(Buffer.concat(parts).equals(shipped)).toBe(true);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(250_000);
    const { INLINE } = await import(pathToFileURL(join(folder, 'device/models/inline.js')).href);
    expect(Buffer.from(INLINE, 'base64').equals(shipped)).toBe(true);
  });

  it('has the weights that it was made of, under its name', async () => {
    const list = join(folder, 'models/models.json');
    const [{ weights, ...released }, student] = [await openStudent('frill-s-v3', list), await trained()];
    expect({ ...released, weights: student.weights }).toEqual(student);
    for (const [name, { data }] of student.weights) {
      const farthest = data.reduce(
        (most, value, i) =>
          Math.max(
            most,
            Math.abs(value - (weights.get(name)?.data[i] ?? Number.NaN)) / (Math.abs(value) + 1e-4),
          ),
        0,
      );
      expect(farthest, name).toBeLessThan(2 ** -11);
    }
    await expect(openStudent('frill-m', list)).rejects.toThrow('no weights of this model');
    await expect(openStudent('frill-s-v2', list)).rejects.toThrow(InputError);
  });

  it('has a card with the rows that were trained on and no others, and says what was not measured', async () => {
    const card = await read('models/frill-s/README.md');
    expect(card).toContain('1.0 hours in 2 clips');
    expect(card).toContain('| readers | CC-BY-4.0 | 1.00 | 2 | 2 | de en |');
    expect(card).not.toContain('GPL');
    expect(card).toContain('language: ["de", "en"]');
    expect(card).toContain('6,400 windows in 100 steps');
    expect(card).toMatch(/## Evaluation\n\nNot measured\./);
    expect(await read('models/frill-s/NOTICE')).toContain('- TRILL: A teacher. From here. MIT.');
  });
});

it.each([
  ['another model', 'frill-m', 1],
  ['an earlier version of itself', 'frill-s', 4],
])('says which release a training began with: %s', async (_, name, version) => {
  const { weights, ...first } = await trained();
  const student = join(folder, 'second');
  await studentFolders.write(student, {
    ...first,
    weights,
    training: 'def',
    provenance: { from: first.training },
  });
  await packRelease(options);
  const manifest = join(folder, 'others.csv');
  await writeFile(manifest, 'path,source,licence,seconds,terms,split\na.wav,singers,CC0-1.0,3,free,train\n');
  // The second time, what it began with may have been written over.
  for (const _ of ['before it is measured', 'after']) {
    await packRelease({ ...options, student, name, version, manifest, device: undefined });
    expect(await readFile(join(folder, `models/${name}/README.md`), 'utf8')).toContain(
      'It began with the weights of frill-s, version 3.',
    );
    const said = await readFile(join(folder, `models/${name}/NOTICE`), 'utf8');
    expect(said).toMatch(/\n- singers: CC0-1.0.\n\nIt began .*frill-s, version 3, .*too:\n\n- readers: /);
  }
});

it('leaves the weights of an earlier version to no later one, and refuses weights that were not released', async () => {
  const list = join(folder, 'models/models.json');
  const weights = join(folder, 'models/frill-s/weights.safetensors');
  await packRelease(options);
  await appendFile(weights, '\0');
  await expect(openStudent('frill-s', list)).rejects.toThrow('not the file that was released');
  await packRelease({ ...options, version: 4, beside: ['onnx'] });
  await expect(readFile(weights)).rejects.toThrow('ENOENT');
  await expect(openStudent('frill-s', list)).rejects.toThrow('no weights of this model');
});

it('refuses the results of another model', async () => {
  const evaluation = join(folder, 'evaluation');
  await mkdir(evaluation);
  const summary = { score: 0, validation: 0, fewShot: [], conditions: [] };
  const other = { name: 'other', identity: 'x', dimension: 1, tasks: [], summary };
  await writeFile(
    join(evaluation, 'results.json'),
    JSON.stringify({ format: 2, protocol: {}, warnings: [], representations: [other] }),
  );
  await expect(packRelease({ ...options, evaluation })).rejects.toThrow(
    /no results of the model that was packed; there are those of other/,
  );
});

it('refuses a manifest that leaves a licence open', async () => {
  const manifest = join(folder, 'open.csv');
  await writeFile(manifest, 'path,source,licence,seconds,terms\na.wav,readers,,3,free\n');
  await expect(packRelease({ ...options, manifest })).rejects.toThrow(InputError);
});
