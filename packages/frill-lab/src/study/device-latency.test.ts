import { expect, test } from 'vitest';
import type { LatencyReport, ModelLatency } from '../bench/latency-report.js';
import { matchStudents } from './device-latency.js';

const students = [
  { name: 'tiny-1-gap', content: 'aa' },
  { name: 'small-1-gap', content: 'bb' },
];

const report = (...models: Partial<ModelLatency>[]) => ({ models }) as LatencyReport;

test('models are known by content, whatever their files are called', () => {
  const { latency, missing } = matchStudents(
    report({ name: 'model', content: 'bb', path: 'model' }, { name: 'yamnet', content: 'cc' }),
    students,
    'phone.json',
  );
  expect(latency.models.map(({ name }) => name)).toEqual(['small-1-gap']);
  expect(missing).toEqual(['tiny-1-gap']);
});

test('without content the name decides', () => {
  const { latency } = matchStudents(report({ name: 'tiny-1-gap' }), students, 'phone.json');
  expect(latency.models).toHaveLength(1);
});

test('another file of a name, and a report of other models, are refused', () => {
  expect(() => matchStudents(report({ name: 'tiny-1-gap', content: 'dd' }), students, 'phone.json')).toThrow(
    /phone\.json.*tiny-1-gap was measured with another file|tiny-1-gap was measured with another file.*phone\.json/s,
  );
  expect(() => matchStudents(report({ name: 'x' }, { name: 'y' }), students, 'phone.json')).toThrow(
    /none of the 2 models/,
  );
});
