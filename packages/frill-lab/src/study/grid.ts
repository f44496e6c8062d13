/**
 * The study's students: 3 sizes x 6 widths x pooling x compression x quantisation = 144 (Peplinski et al., Interspeech 2021,
 * section 3), and two small choices out of them for a machine without much time.
 */
import { InputError } from 'frill-audio';
import {
  RANK,
  SIZES,
  type StudentConfig,
  studentConfigSchema,
  studentName,
  WIDTHS,
} from '../models/student-config.js';

/** All 144, smallest network first. */
export function fullGrid(): StudentConfig[] {
  const students: StudentConfig[] = [];
  for (const size of SIZES)
    for (const width of WIDTHS)
      for (const pooling of ['gap', 'flatten'] as const)
        for (const compression of [{ kind: 'none' }, { kind: 'low-rank', rank: RANK }] as const)
          for (const quantization of ['none', 'aware'] as const)
            students.push(studentConfigSchema.parse({ size, width, pooling, compression, quantization }));
  return students;
}

/**
 * Eight that differ in size, width and pooling such that the three effects can be told apart (no column of the design is
 * a sum of others), FRILL itself (`small-2-gap`) among them.
 */
const BUILT_IN = [
  'tiny-0.5-flat',
  'tiny-1-gap',
  'tiny-2-gap',
  'small-0.5-gap',
  'small-1-flat',
  'small-2-gap',
  'large-0.5-gap',
  'large-1-flat',
] as const;

/**
 * Eight that are smaller than frill-m, with whose weights they can begin: narrower, without the two blocks of small, with a flattened
 * bottleneck, a compressed one, a quantised one. All five choices can be told apart.
 */
const SMALLER = [
  'tiny-0.5-gap',
  'tiny-0.75-gap',
  'tiny-1-gap',
  'tiny-1-flat',
  'tiny-1-gap-lowrank',
  'tiny-1-gap-qat',
  'small-0.75-gap',
  'small-1-flat',
] as const;

const SETS: Readonly<Record<string, readonly string[]>> = { builtin: BUILT_IN, smaller: SMALLER };

/**
 * Students by word: `builtin`, `smaller`, `grid`, or names such as `small-2-gap-lowrank`, separated by commas or spaces.
 * Throws InputError for a name that is not in the grid, which names the option that it came from.
 */
export function chooseStudents(words: string, option = '--students'): StudentConfig[] {
  if (words === 'grid') return fullGrid();
  const byName = new Map(fullGrid().map((config) => [studentName(config), config]));
  const names = SETS[words] ?? new Set(words.split(/[\s,]+/).filter((word) => word !== ''));
  return Array.from(names, (name) => {
    const config = byName.get(name);
    if (config) return config;
    throw new InputError({
      what: `no student of the grid is named ${name}`,
      where: option,
      remedy:
        'Names are size-width-gap|flat[-lowrank][-qat], e.g. small-2-gap-lowrank; or builtin, smaller, or grid',
    });
  });
}
