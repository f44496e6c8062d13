/** The released models, for frill-audio to find by name; written by `frill release pack`. */
export const MODELS = [];

globalThis[Symbol.for('frill-models')] = MODELS;
