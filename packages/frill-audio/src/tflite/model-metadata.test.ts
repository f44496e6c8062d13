import { describe, expect, it } from 'vitest';
import { ModelError } from '../errors.js';
import { FRILL_FRONTEND } from '../frontend/parameters.js';
import { type ModelMetadata, parseModelMetadata } from './model-metadata.js';

const METADATA: ModelMetadata = {
  format: 1,
  name: 'a student',
  input: 'log-mel',
  frontend: FRILL_FRONTEND,
  embeddingSize: 2048,
  provenance: { form: 'float32' },
};

const entry = (content: unknown) => new TextEncoder().encode(JSON.stringify(content));

it('reads what an export writes', () => {
  expect(parseModelMetadata(entry(METADATA))).toEqual(METADATA);
});

describe('refuses', () => {
  it.each<[string, unknown, RegExp]>([
    ['null', null, /is not a JSON object/],
    ['a list', [METADATA], /is not a JSON object/],
    ['a newer format', { ...METADATA, format: 2 }, /has format 2, and this version reads format 1/],
    ['nothing but the format', { format: 1 }, /has name undefined/],
    ['a number for a name', { ...METADATA, name: 7 }, /has name 7/],
    ['an unknown input', { ...METADATA, input: 'mfcc' }, /has input "mfcc"/],
    ['no front end', { ...METADATA, frontend: undefined }, /which front end/],
    ['null for a front end', { ...METADATA, frontend: null }, /which front end/],
    ['part of a front end', { ...METADATA, frontend: { sampleRate: 16_000 } }, /has frontend.windowLength/],
    [
      'text for a number',
      { ...METADATA, frontend: { ...FRILL_FRONTEND, logOffset: '0.001' } },
      /has frontend.logOffset "0.001"/,
    ],
    [
      'an impossible front end',
      { ...METADATA, frontend: { ...FRILL_FRONTEND, fftLength: 500 } },
      /fftLength is 500, but must be a power of two/,
    ],
    ['no size', { ...METADATA, embeddingSize: undefined }, /has embeddingSize undefined/],
    ['half a value', { ...METADATA, embeddingSize: 0.5 }, /has embeddingSize 0.5/],
    ['no provenance', { ...METADATA, provenance: 'unknown' }, /has no provenance/],
  ])('%s', (_, content, message) => {
    const read = () => parseModelMetadata(entry(content), 'some.tflite');
    expect(read).toThrow(ModelError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^some.tflite: /);
  });

  it('what is no JSON', () => {
    const read = () => parseModelMetadata(new TextEncoder().encode('{"format":'), 'some.tflite');
    expect(read).toThrow(/^some.tflite: its frill.json is not JSON/);
  });
});
