import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinyModel } from '../../../../testing/package/tiny-model.js';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { ENGINE_TITLES } from '../models/engines.js';
import { deviceName } from '../study/device-frontiers.js';
import { measureLatency } from './latency.js';
import { protocolSchema } from './latency-protocol.js';
import { latencyReportSchema } from './latency-report.js';
import { modelSubjects } from './model-subjects.js';

const once = protocolSchema.parse({
  rounds: 2,
  runsPerRound: 2,
  secondsPerRound: 0,
  settlingRuns: 1,
  warmupSeconds: 0,
  warmupLimitSeconds: 0.01,
  extraRounds: 0,
  patience: 0,
});

withShared('latency of a real model', 'data/models/yamnet_scores_embedding1024.tflite', () => {
  const path = sharedPath('data/models/yamnet_scores_embedding1024.tflite');
  test('a waveform model is measured from audio; the report is whole', async () => {
    const subjects = await modelSubjects(path, { name: 'yamnet' });
    expect(subjects.map((subject) => subject.path)).toEqual(['audio-to-embedding']);
    const report = latencyReportSchema.parse(
      JSON.parse(JSON.stringify(await measureLatency(subjects, { protocol: once }))),
    );
    expect(report.models[0].name).toBe('yamnet');
    expect(report.models[0].rounds.flat().every((milliseconds) => milliseconds > 0.1)).toBe(true);
    expect(report.device.runtimes['@litertjs/core']).toMatch(/^\d+\.\d+/);
  });
});

test.each(['device', 'frill', 'litert', 'onnxruntime'] as const)(
  'measured in %s, a student says what ran it',
  async (engine) => {
    const path = join(await mkdtemp(join(tmpdir(), 'frill-bench-')), 'tiny.tflite');
    await writeFile(path, await tinyModel());
    const subjects = await modelSubjects(path, { engine });
    const report = latencyReportSchema.parse(await measureLatency(subjects, { protocol: once }));
    const ran = engine === 'device' ? 'frill' : engine;
    expect(report.models.map((model) => [model.path, model.engine])).toEqual([
      ['model', ran],
      ['audio-to-embedding', ran],
    ]);
    const title = deviceName(report);
    expect(title.endsWith(`, ${ENGINE_TITLES[ran]}`)).toBe(true);
  },
);

test('a file that is no model is refused by name', async () => {
  await expect(modelSubjects('/no/such.tflite')).rejects.toThrow(/\/no\/such.tflite: no such model/);
  const path = join(await mkdtemp(join(tmpdir(), 'frill-bench-')), 'text.tflite');
  await writeFile(path, 'this is a text and not a model');
  await expect(modelSubjects(path)).rejects.toThrow(`${path}: this is not a TensorFlow Lite model`);
});
