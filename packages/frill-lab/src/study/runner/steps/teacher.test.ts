import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelMetadata } from 'frill-audio/internals';
import { expect, test } from 'vitest';
import { writeCombined } from '../../../models/combined/folder.js';
import { teacherRecipeSchema } from '../../../models/combined/recipe.js';
import { initialise } from '../../../models/initialise.js';
import { buildTrill, trillConfigSchema } from '../../../models/trill.js';
import { teacherFolders } from '../../../train/teacher-folder.js';
import { RunFolder } from '../run-folder.js';
import { studyOptionsSchema } from '../study-options.js';
import { teacherBytes, teacherFile } from './teacher.js';

const config = trillConfigSchema.parse({ stem: 4, widths: [2], depths: [1], embedding: 8 });
const withTeacher = (teacher: string) => studyOptionsSchema.parse({ teacher });

test('our own teacher is written as a file once, so that it can be timed', async () => {
  const folder = new RunFolder(await mkdtemp(join(tmpdir(), 'frill-study-')));
  const weights = initialise(buildTrill(config, { batch: 1, mode: 'inference' }).graph, 'a');
  const teacher = { format: 1, name: 'trill', config, training: 'abc', options: {}, provenance: {} } as const;
  await teacherFolders.write(folder.file('teacher'), { ...teacher, weights });
  const path = await teacherFile({ folder }, withTeacher('trill'));
  expect(path).toBe(folder.file('teacher', 'model.tflite'));
  const bytes = await readFile(path ?? '');
  expect(readModelMetadata(bytes)).toMatchObject({ name: 'trill', provenance: { training: 'abc' } });
});

test('a teacher that is a .tflite file or released is itself; others have none', async () => {
  const folder = new RunFolder('nowhere');
  expect(await teacherFile({ folder }, withTeacher('yamnet.tflite'))).toBe('yamnet.tflite');
  expect(await teacherFile({ folder }, withTeacher('frill-m'))).toBe('frill-m');
  expect(await teacherFile({ folder }, withTeacher('model.onnx'))).toBeUndefined();
  expect(await teacherFile({ folder }, withTeacher('log-mel-statistics'))).toBeUndefined();
});

test('a teacher of several networks has the size of all of them; what is no file has none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-combined-'));
  const recipe = teacherRecipeSchema.parse({
    sources: { own: { reader: 'log-mel' } },
    parts: [{ name: 'bands', source: 'own', tensor: 'log-mel' }],
  });
  const fitted = { windows: 1, clips: 1, seed: '0', features: 'f' };
  const about = { format: 1, kind: 'combined-teacher', recipe, dimension: 1, content: 'c', fitted } as const;
  await writeCombined(folder, new Uint8Array(7), about);
  expect(await teacherBytes(withTeacher(folder))).toBe(7);
  expect(await teacherBytes(withTeacher(join(folder, 'teacher.onnx')))).toBe(7);
  expect(await teacherBytes(withTeacher('log-mel-statistics'))).toBeUndefined();
});
