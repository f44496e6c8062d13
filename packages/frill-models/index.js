/** The released models, for frill-audio to find by name; written by `frill release pack`. */
export const MODELS = [
  {
    name: 'frill-s',
    version: 2,
    sha256: '9f8e87a7b577910959e740d0deccce9c858a5ca1ff589c909ef5adf81cce20fb',
    file: new URL('./frill-s/frill-s.tflite', import.meta.url),
  },
  {
    name: 'frill-m',
    version: 3,
    sha256: '717c9e5736c8522bdec82e8e3b31908703aa6279d7931fc633b361c5456f0ae9',
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
