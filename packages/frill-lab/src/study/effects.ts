/**
 * Which choice costs what: linear regression of quality, latency and size on the five hyperparameters, as in the blog post.
 * Size is two indicator columns against `tiny`, width a number, the rest 0 or 1; standardised columns (zero mean, unit
 * population deviation) make the weights' magnitudes comparable.
 */
import { InputError } from 'frill-audio';
import type { StudentConfig } from '../models/student-config.js';
import { leastSquares, type Regression, requireRows } from '../statistics/linear-regression.js';
import { mean, populationDeviation } from '../statistics/moments.js';
import { studentT } from '../statistics/student-t.js';
import type { Choice, Interaction } from './interactions.js';

/** The five hyperparameters as numbers. */
export interface Factors {
  readonly size: StudentConfig['size'];
  readonly width: number;
  readonly gap: number;
  readonly compression: number;
  readonly qat: number;
}

export function factorsOf(config: StudentConfig): Factors {
  return {
    size: config.size,
    width: config.width,
    gap: config.pooling === 'gap' ? 1 : 0,
    compression: config.compression.kind === 'low-rank' ? 1 : 0,
    qat: config.quantization === 'aware' ? 1 : 0,
  };
}

export interface EffectsOptions {
  /** `none` gives weights per unit; `factors` per standard deviation; `both` also divides the target by its own. */
  readonly standardise?: 'none' | 'factors' | 'both';
  /** Size as indicator columns, or as one column 0, 1, 2. */
  readonly size?: 'indicators' | 'ordinal';
  /** Products to add, e.g. `['width', 'gap']`. */
  readonly interactions?: readonly Interaction[];
}

export interface Effects extends Regression {
  /** Half-widths of the 95 % intervals around the weights (Student's t). */
  readonly margins: readonly number[];
  /** Hyperparameters that do not vary among these models and so have no weight. */
  readonly fixed: readonly string[];
  /** Those that vary only together with columns before them, whose weights stand for both. */
  readonly aliased: readonly string[];
}

/** Deviation that rounding may leave of a standardised column when others are taken out. */
const ALIASED = 1e-9;

/** Regression of `target` (one value a model) on the hyperparameters. Throws as `leastSquares` does. */
export function effects(
  models: readonly Factors[],
  target: readonly number[],
  options: EffectsOptions = {},
): Effects {
  const { standardise = 'both', size = 'indicators', interactions = [] } = options;
  const columns = new Map<string, readonly number[]>();
  if (size === 'ordinal')
    columns.set(
      'size (0, 1, 2)',
      models.map((model) => ['tiny', 'small', 'large'].indexOf(model.size)),
    );
  else
    for (const level of indicatorLevels(models))
      columns.set(
        `size=${level}`,
        models.map((model) => (model.size === level ? 1 : 0)),
      );
  for (const factor of ['width', 'gap', 'compression', 'qat'] as const)
    columns.set(
      factor,
      models.map((model) => model[factor]),
    );
  for (const [a, b] of interactions)
    for (const left of columnsOf(a, columns))
      for (const right of columnsOf(b, columns))
        columns.set(`${left} x ${right}`, product(columns, left, right));

  const [fixed, aliased]: [string[], string[]] = [[], []];
  const basis: (readonly number[])[] = [];
  const design = new Map<string, readonly number[]>([['intercept', models.map(() => 1)]]);
  for (const [name, column] of columns) {
    const rest = residual(standardised(column), basis);
    if (populationDeviation(column) === 0) fixed.push(name);
    else if (populationDeviation(rest) < ALIASED) aliased.push(name);
    else {
      design.set(name, standardise === 'none' ? column : standardised(column));
      basis.push(standardised(rest));
    }
  }
  if (design.size === 1)
    throw new InputError({ what: 'no hyperparameter varies among these models', where: 'regression' });
  // Few models make any columns look alike.
  requireRows(models.length, [...design.keys(), ...aliased]);
  const fit = leastSquares(design, standardise === 'both' ? standardised(target) : target);
  const t = studentT(0.95, fit.degreesOfFreedom);
  return { ...fit, margins: fit.standardErrors.map((error) => error * t), fixed, aliased };
}

/** The sizes that occur, without the smallest of them, which is the base line. */
function indicatorLevels(models: readonly Factors[]): readonly string[] {
  return ['tiny', 'small', 'large'].filter((level) => models.some((model) => model.size === level)).slice(1);
}

/** The columns of a choice; products are no choices. */
function columnsOf(choice: Choice, columns: ReadonlyMap<string, readonly number[]>): string[] {
  const isOf = (name: string) => name === choice || (choice === 'size' && /^size\b/.test(name));
  return [...columns.keys()].filter((name) => !name.includes(' x ') && isOf(name));
}

/** Interactions are products of centred columns, so that the main effects keep their meaning. */
function product(columns: ReadonlyMap<string, readonly number[]>, a: string, b: string): number[] {
  const [left, right] = [columns.get(a), columns.get(b)];
  if (!left || !right)
    throw new RangeError(`interaction ${a} x ${b}: columns are ${[...columns.keys()].join(', ')}`);
  return left.map((value, row) => (value - mean(left)) * (right[row] - mean(right)));
}

/** What is left of a column without its parts along an orthogonal basis of standardised columns. */
function residual(column: readonly number[], basis: readonly (readonly number[])[]): readonly number[] {
  return basis.reduce((rest, direction) => {
    const share = mean(rest.map((value, row) => value * direction[row]));
    return rest.map((value, row) => value - share * direction[row]);
  }, column);
}

function standardised(column: readonly number[]): number[] {
  const [centre, spread] = [mean(column), populationDeviation(column)];
  return column.map((value) => (spread > 0 ? (value - centre) / spread : 0));
}
