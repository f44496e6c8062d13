/**
 * Fixtures computed by independent software (numpy, scipy, torch, scikit-learn), which tests hold the project against. They are in
 * `testing/golden`, with the scripts that make them.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readNpy } from '../packages/frill-lab/src/tensor/npy.js';
import type { Tensor } from '../packages/frill-lab/src/tensor/tensor.js';

const root = fileURLToPath(new URL('golden/', import.meta.url));

/** Absolute path of a fixture. */
export function goldenPath(below: string): string {
  return `${root}${below}`;
}

/** A JSON fixture, as plain data of the given shape. */
export function goldenJson<T>(below: string): T {
  return JSON.parse(readFileSync(goldenPath(below), 'utf8')) as T;
}

/** A .npy fixture, in the type that it is stored in. */
export function goldenNpy(below: string): Tensor {
  return readNpy(goldenPath(below));
}
