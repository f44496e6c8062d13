/** Numbers that scale the parts of a combined teacher, from its pooled parts on distillation windows. */
import { ModelError } from 'frill-audio';
import type { Part, TeacherRecipe } from '../models/combined/recipe.js';
import { type PartScaling, type Projection, type Scaling, scalePart } from '../models/combined/scaling.js';
import { symmetricEigen } from '../tensor/symmetric-eigen.js';
import { tensor } from '../tensor/tensor.js';

/** Smaller deviations, as a share of the average one of a part, are rounding of a constant. */
const CONSTANT = 1e-6;

/**
 * Fits a recipe's scaling. `rows` [n, sum of widths] are pooled parts, one after the other. Throws ModelError for a part whose values
 * are not finite or never change, and for more components than there are values or rows.
 */
export function fitScaling(
  rows: Float32Array,
  widths: readonly number[],
  { parts, components, whitening }: TeacherRecipe,
): Scaling {
  const sum = widths.reduce((total, width) => total + width, 0);
  const count = rows.length / sum;
  let start = 0;
  const fitted: PartScaling[] = [];
  const scaled: Float32Array[] = [];
  for (const [place, part] of parts.entries()) {
    const own = columns(rows, sum, start, widths[place]);
    const scaling = fitPart(own, widths[place], part);
    fitted.push(scaling);
    if (components !== undefined) scaled.push(scalePart(own, part, scaling));
    start += widths[place];
  }
  if (components === undefined) return { parts: fitted };
  const joined = sideBySide(scaled, count);
  return {
    parts: fitted,
    projection: principalComponents(joined, joined.length / count, components, whitening, 'all parts'),
  };
}

function fitPart(rows: Float32Array, width: number, { name, limit, components }: Part): PartScaling {
  const { mean, deviation } = momentsOf(rows, width);
  const refuse = (what: string, remedy: string) => new ModelError({ what, where: `part '${name}'`, remedy });
  if (![...mean, ...deviation].every(Number.isFinite))
    throw refuse('it gives values that are not finite', 'Name another tensor, or check its file');
  const average = Math.sqrt(deviation.reduce((sum, value) => sum + value ** 2, 0) / width);
  if (!(average > CONSTANT * Math.hypot(...mean)) || average === 0)
    throw refuse('its values are the same for all windows', 'Name a tensor that depends on the audio');
  const factors = Float32Array.from(deviation, (value) => (value > CONSTANT * average ? 1 / value : 0));
  const standard = { mean: Float32Array.from(mean), factors };
  if (components === undefined) return standard;
  const values = scalePart(rows, { limit, length: 'as-is', weight: 1 }, standard);
  return { ...standard, projection: principalComponents(values, width, components, 0, `part '${name}'`) };
}

/** The directions of largest variance of rows [n, width], each divided by its deviation to the power of `whitening`. */
export function principalComponents(
  rows: Float32Array,
  width: number,
  components: number,
  whitening: number,
  where: string,
): Projection {
  const count = rows.length / width;
  if (components > Math.min(width, count - 1))
    throw new ModelError({
      what: `${components} principal components of ${width} values on ${count} windows`,
      where,
      remedy: `Ask for at most ${Math.min(width, count - 1)}, or fit on more windows`,
    });
  const { mean } = momentsOf(rows, width);
  const { values, vectors } = symmetricEigen(tensor([width, width], covariance(rows, width, mean)));
  const matrix = new Float32Array(width * components);
  for (let k = 0; k < components; k++) {
    const scale = values[k] > 0 ? values[k] ** (-whitening / 2) : 0;
    for (let i = 0; i < width; i++)
      matrix[i * components + k] = (whitening > 0 ? scale : 1) * vectors.data[i * width + k];
  }
  return { mean: Float32Array.from(mean), matrix };
}

function momentsOf(rows: Float32Array, width: number): { mean: Float64Array; deviation: Float64Array } {
  const count = rows.length / width;
  const mean = new Float64Array(width);
  for (let at = 0; at < rows.length; at++) mean[at % width] += rows[at] / count;
  const variance = new Float64Array(width);
  for (let at = 0; at < rows.length; at++) variance[at % width] += (rows[at] - mean[at % width]) ** 2 / count;
  return { mean, deviation: variance.map(Math.sqrt) };
}

/** The lower triangle; the upper is left zero. */
function covariance(rows: Float32Array, width: number, mean: Float64Array): Float64Array {
  const count = rows.length / width;
  const sums = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) centred[i] = rows[row * width + i] - mean[i];
    for (let i = 0; i < width; i++) {
      const value = centred[i] / count;
      for (let j = 0, at = i * width; j <= i; j++, at++) sums[at] += value * centred[j];
    }
  }
  return sums;
}

function columns(rows: Float32Array, width: number, first: number, wanted: number): Float32Array {
  const taken = new Float32Array((rows.length / width) * wanted);
  for (let row = 0; row * width < rows.length; row++)
    taken.set(rows.subarray(row * width + first, row * width + first + wanted), row * wanted);
  return taken;
}

function sideBySide(blocks: readonly Float32Array[], count: number): Float32Array {
  const width = blocks.reduce((sum, block) => sum + block.length / count, 0);
  const joined = new Float32Array(count * width);
  let first = 0;
  for (const block of blocks) {
    const own = block.length / count;
    for (let row = 0; row < count; row++)
      joined.set(block.subarray(row * own, (row + 1) * own), row * width + first);
    first += own;
  }
  return joined;
}
