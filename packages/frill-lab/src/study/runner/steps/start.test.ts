import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { expect, test } from 'vitest';
import { parseStudentName, studentName } from '../../../models/student-config.js';
import { inheritWeights } from '../../../train/inherited-weights.js';
import { openStudent } from '../../../train/open-student.js';
import { studentFolders } from '../../../train/student-folder.js';
import { chooseStudents } from '../../grid.js';
import { NOTHING, studyOptionsSchema } from '../study-options.js';
import { openStart, readStart, settle, studentsFrom } from './start.js';
import { distillationOptions } from './student-distillation.js';

const settled = (options = {}) => settle(studyOptionsSchema.parse(options));

test('without options, students begin with the released model that teaches them, and have no head', async () => {
  const options = await settled();
  expect(options).toMatchObject({
    teacher: expect.stringMatching(/^frill-m-v\d+$/),
    startFrom: options.teacher,
    students: 'smaller',
  });
  expect(distillationOptions(options)).toMatchObject({ head: 'none', targets: 'raw' });
  const start = await openStart(options);
  const students = studentsFrom(start, chooseStudents(options.students));
  expect(students).toHaveLength(8);
  expect(new Set(students.map(({ bottleneck }) => bottleneck))).toEqual(new Set([start?.config.bottleneck]));
});

test('a teacher without released weights leaves random ones to begin with, unless told otherwise', async () => {
  expect(await settled({ teacher: 'trill' })).toMatchObject({ startFrom: NOTHING, students: 'builtin' });
  expect(await openStart(await settled({ startFrom: NOTHING }))).toBeUndefined();
  const other = await settled({ teacher: 'yamnet.tflite', startFrom: 'frill-m', students: 'tiny-1-gap' });
  expect(other).toMatchObject({ startFrom: expect.stringMatching(/^frill-m-v\d+$/), students: 'tiny-1-gap' });
  expect(distillationOptions(other)).toMatchObject({ head: 'linear', targets: 'standardised' });
});

test('students of another family than what they are to begin with are refused before anything is made', async () => {
  const start = await openStart(await settled());
  expect(() => studentsFrom(start, chooseStudents('grid'))).toThrow(InputError);
  expect(studentsFrom(start, chooseStudents('small-2-gap'))).toHaveLength(1);
  expect(() => studentsFrom(start, chooseStudents('large-0.5-gap'))).toThrow(
    /lacks blocks.*--start-from nothing/s,
  );
  expect(studentsFrom(undefined, chooseStudents('grid'))).toEqual(chooseStudents('grid'));
});

test('a finished student can be begun with too, and is what the run keeps', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-start-'));
  const config = parseStudentName('tiny-0.5-gap', { bottleneck: 16 });
  const weights = inheritWeights(await openStudent('frill-m'), config);
  const file = {
    format: 1,
    name: studentName(config),
    training: 'abc',
    options: {},
    provenance: {},
  } as const;
  await studentFolders.write(folder, { ...file, config, weights });
  const options = await settled({ teacher: 'yamnet.tflite', startFrom: folder });
  expect((await openStart(options))?.training).toBe('abc');
  expect((await readStart(folder, options))?.config).toEqual(config);
  expect(await readStart(folder, { ...options, startFrom: NOTHING })).toBeUndefined();
});
