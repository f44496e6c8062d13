import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { InputError } from 'frill-audio';
import { expect, test, vi } from 'vitest';
import { inspectModel } from '../export/inspect.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { type StudentConfig, studentName } from '../models/student-config.js';
import { buildTrill, trillConfigSchema } from '../models/trill.js';
import { studentFolders } from '../train/student-folder.js';
import { teacherFolders } from '../train/teacher-folder.js';
import { UsageError } from './command.js';
import { exportCommand } from './export.js';

const config: StudentConfig = {
  size: 'tiny',
  width: 0.35,
  pooling: 'gap',
  compression: { kind: 'none' },
  quantization: 'aware',
  bottleneck: 16,
  input: 'rescale',
};

async function studentFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-student-'));
  const { graph } = buildStudent(config, { batch: 1, mode: 'inference' });
  await studentFolders.write(folder, {
    format: 1,
    name: studentName(config),
    config,
    training: 'abc',
    options: {},
    provenance: { teacher: 'none' },
    weights: initialise(graph, 'export'),
  });
  return folder;
}

async function type(...words: string[]): Promise<void> {
  const silence = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const program = new Command('frill').exitOverride().configureOutput({ writeErr: () => {} });
  exportCommand.attach(program);
  await program.parseAsync(['export', ...words], { from: 'user' }).finally(() => silence.mockRestore());
}

test('a student after quantisation-aware training is exported as it was trained', async () => {
  const folder = await studentFolder();
  const out = join(folder, 'model.tflite');
  await type('--student', folder, '--out', out, '--batches', '1,4', '--name', 'mine');
  const { signatures, metadata, quantization } = inspectModel(await readFile(out));
  expect(signatures.map(({ name }) => name)).toEqual(['b1', 'b4']);
  expect(quantization).toBe('int8 kernels, float32 activations');
  expect(metadata).toMatchObject({
    name: 'mine',
    provenance: { teacher: 'none', training: 'abc', form: 'int8-bottleneck' },
  });
});

test('what cannot be exported is refused before anything is written', async () => {
  const folder = await studentFolder();
  const onnx = join(folder, 'model.onnx');
  await expect(type('--student', folder, '--out', onnx, '--form', 'int8')).rejects.toBeInstanceOf(UsageError);
  await expect(type('--student', folder, '--out', join(folder, 'model.lite'))).rejects.toThrow(
    /\.tflite or \.onnx/,
  );
  await expect(type('--student', `${folder}/absent`, '--out', onnx)).rejects.toBeInstanceOf(InputError);
  await expect(readFile(onnx)).rejects.toThrow(/ENOENT/);
});

test('a teacher is exported as a student is; one of the two must be named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-teacher-'));
  const trill = trillConfigSchema.parse({ stem: 4, widths: [2], depths: [1], embedding: 8 });
  const weights = initialise(buildTrill(trill, { batch: 1, mode: 'inference' }).graph, 'trill');
  const teacher = { format: 1, name: 'trill', config: trill, training: 'abc', options: {} } as const;
  await teacherFolders.write(folder, { ...teacher, provenance: {}, weights });
  const out = join(folder, 'trill.tflite');
  await type('--teacher', folder, '--out', out, '--output', 'embedding');
  const { signatures, metadata } = inspectModel(await readFile(out));
  expect(signatures.map(({ name }) => name)).toEqual(['b1', 'b8']);
  expect(metadata).toMatchObject({ name: 'trill', embeddingSize: 8, provenance: { output: 'embedding' } });
  await expect(type('--out', out)).rejects.toBeInstanceOf(UsageError);
  await expect(type('--out', out, '--teacher', folder, '--student', folder)).rejects.toThrow(UsageError);
});
