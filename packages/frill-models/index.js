/** The released models, for frill-audio to find by name; written by `frill release pack`. */
export const MODELS = [
  {
    name: 'frill-s',
    version: 1,
    sha256: '533907e92c4f7ba6c3a98072631b1c37231017eecc3ba793aff022a32093e02d',
    file: new URL('./frill-s/frill-s.tflite', import.meta.url),
  },
  {
    name: 'frill-m',
    version: 2,
    sha256: 'b323e1ad51204a56c37a5e2cbb8f6c3ed3681db9a637ec3a2397af3cb02b7cfb',
    file: new URL('./frill-m/frill-m.tflite', import.meta.url),
  },
  {
    name: 'frill-l',
    version: 1,
    sha256: '5a45cd568071ac6c7d42d26a339b275b11d7fbb58395d088dd409202bf536c23',
    file: new URL('./frill-l/frill-l.tflite', import.meta.url),
  },
];

globalThis[Symbol.for('frill-models')] = MODELS;
