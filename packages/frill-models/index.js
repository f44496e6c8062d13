/** The released models, for frill-audio to find by name; written by `frill release pack`. */
export const MODELS = [
  {
    name: 'frill-m',
    version: 1,
    sha256: 'ae39cd981607fd0f256bfe3d4fef834caf101b191531b88ea5ee48a2036c8e91',
    file: new URL('./frill-m/frill-m.tflite', import.meta.url),
  },
];

globalThis[Symbol.for('frill-models')] = MODELS;
