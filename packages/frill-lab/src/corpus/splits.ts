/**
 * Which clips a task trains on, chooses by and is scored on. Official splits come from a column; without one, whole
 * groups (speakers) are drawn, seeded, so that a model can never win by knowing a voice.
 *
 * The rules, all checked at run time:
 * - No speaker is on two sides, unless the task says that sides share them (`sharedSpeakers`).
 * - A class must be heard in training and in test. One that cannot be (it has one speaker only, say) is left out of the
 *   task with a warning, or refused with `strict`. A task with fewer than two classes left is an error.
 * - A group split counts groups, not clips. Where each group has one class (languages by speaker), it is drawn class by
 *   class. A class with two groups gets none in validation.
 */
import { InputError } from 'frill-audio';
import { random } from '../tensor/random.js';
import type { Clip } from './corpus.js';
import type { SplitRule } from './tasks-file.js';

/** Positions in the list of clips that was split. Validation is empty where an official split has none. */
export interface Sides {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

/** One round of training and scoring: a task has one, or with cross-validation one a fold. */
export interface Fold extends Sides {
  readonly name: string;
}

export interface SplitQuestion {
  /** Column with the class. */
  readonly label: string;
  readonly speaker?: string | undefined;
  readonly sharedSpeakers?: boolean | undefined;
  /** Refuse what would otherwise be left out with a warning. */
  readonly strict?: boolean | undefined;
  /** Named in errors: the task. */
  readonly where?: string | undefined;
}

export interface Splitting {
  readonly folds: readonly Fold[];
  /** Sorted classes that every fold trains and tests on. */
  readonly classes: readonly string[];
  readonly warnings: readonly string[];
}

type Side = keyof Sides;
const SIDES: readonly Side[] = ['train', 'validation', 'test'];

/** Splits clips by a rule. Throws InputError when a rule above cannot be kept. */
export function splitClips(clips: readonly Clip[], rule: SplitRule, question: SplitQuestion): Splitting {
  const warnings: string[] = [];
  const warn = (what: string, remedy: string) => {
    if (question.strict) throw new InputError({ what, where: question.where, remedy });
    warnings.push(what);
  };
  const labelled = clips.flatMap((clip, index) => (labelOf(clip, question.label) === '' ? [] : [index]));
  if (labelled.length < clips.length)
    warn(
      `${clips.length - labelled.length} clips without '${question.label}' are left out`,
      'Label them or leave them out with "where"',
    );
  const drawn = draw(clips, labelled, rule, question);
  if (!question.sharedSpeakers && question.speaker !== undefined)
    for (const fold of drawn) checkDisjoint(clips, fold, question.speaker, question.where);

  const classOf = (index: number) => labelOf(clips[index] as Clip, question.label);
  const all = [...new Set(drawn.flatMap((fold) => SIDES.flatMap((side) => fold[side].map(classOf))))].sort();
  const classes = all.filter((name) => {
    const silent = drawn.flatMap((fold) =>
      (['train', 'test'] as const).filter((side) => !fold[side].some((index) => classOf(index) === name)),
    );
    if (silent.length === 0) return true;
    warn(
      `class '${name}' is left out: it has no clips in ${[...new Set(silent)].join(' and ')}${explainAbsence(clips, labelled, name, question)}`,
      'A class needs clips, of different speakers, in training and in test',
    );
    return false;
  });
  if (classes.length < 2)
    throw new InputError({
      what: `a task needs two classes with clips in training and test; ${classes.length === 0 ? 'there is none' : `only '${classes[0]}' has them`}`,
      where: question.where,
      remedy: `Check the columns '${question.label}' and those of the split`,
    });
  const kept = new Set(classes);
  const folds = drawn.map((fold) => ({
    name: fold.name,
    train: fold.train.filter((index) => kept.has(classOf(index))),
    validation: fold.validation.filter((index) => kept.has(classOf(index))),
    test: fold.test.filter((index) => kept.has(classOf(index))),
  }));
  return { folds, classes, warnings };
}

function draw(
  clips: readonly Clip[],
  among: readonly number[],
  rule: SplitRule,
  question: SplitQuestion,
): Fold[] {
  switch (rule.by) {
    case 'column':
      return [byColumn(clips, among, rule, question.where)];
    case 'folds':
      return byFolds(clips, among, rule.column, question.where);
    case 'group':
      return [byGroup(clips, among, rule, question)];
  }
}

function byColumn(
  clips: readonly Clip[],
  among: readonly number[],
  rule: Extract<SplitRule, { by: 'column' }>,
  where: string | undefined,
): Fold {
  const wordOf = (index: number) => labelOf(clips[index] as Clip, rule.column);
  const on = (side: Side) => among.filter((index) => rule.values[side].includes(wordOf(index)));
  const sides = { train: on('train'), validation: on('validation'), test: on('test') };
  for (const side of ['train', 'test'] as const)
    if (sides[side].length === 0 && among.length > 0)
      throw new InputError({
        what: `no labelled clip is in ${side}: column '${rule.column}' has ${listed(among.map(wordOf))}, none of which is ${listed(rule.values[side])}`,
        where,
        remedy: `Say under "values" of the split which words mean ${side}`,
      });
  return { name: 'official', ...sides };
}

/** The first few of them, each once, in quotes. */
function listed(words: readonly string[]): string {
  const each = [...new Set(words)];
  const first = each.slice(0, 5).map((word) => `'${word}'`);
  return [...first, ...(each.length > 5 ? [`${each.length - 5} more`] : [])].join(', ');
}

/** Each fold is tested once, with the next one (cyclically) for validation and the rest for training. */
function byFolds(
  clips: readonly Clip[],
  among: readonly number[],
  column: string,
  where: string | undefined,
): Fold[] {
  const foldOf = (index: number) => labelOf(clips[index] as Clip, column);
  const names = [...new Set(among.map(foldOf))].filter((name) => name !== '').sort();
  if (names.length < 3)
    throw new InputError({
      what: `cross-validation needs three folds; column '${column}' has ${names.length}`,
      where,
      remedy: 'Split by column or by group instead',
    });
  return names.map((name, position) => {
    const next = names[(position + 1) % names.length];
    return {
      name,
      train: among.filter((index) => names.includes(foldOf(index)) && ![name, next].includes(foldOf(index))),
      validation: among.filter((index) => foldOf(index) === next),
      test: among.filter((index) => foldOf(index) === name),
    };
  });
}

function byGroup(
  clips: readonly Clip[],
  among: readonly number[],
  { group, fractions, seed }: Extract<SplitRule, { by: 'group' }>,
  { label, where }: SplitQuestion,
): Fold {
  const classesOf = new Map<string, Set<string>>();
  for (const index of among) {
    const clip = clips[index] as Clip;
    const name = labelOf(clip, group);
    if (name === '')
      throw new InputError({
        what: `'${clip.id}' has no '${group}' to split by`,
        where,
        remedy: 'Fill the column, or leave such clips out with "where"',
      });
    const classes = classesOf.get(name) ?? new Set();
    classesOf.set(name, classes.add(labelOf(clip, label)));
  }
  // Each group's place in the draw depends on its name alone, so that a new speaker moves few of the others.
  const place = new Map([...classesOf.keys()].map((name) => [name, random(`${seed}/${name}`).uniform()]));
  const shuffled = [...classesOf.keys()].sort(
    (a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0) || (a < b ? -1 : 1),
  );
  const isOneClassEach = [...classesOf.values()].every((classes) => classes.size === 1);
  const strata = new Map<string, string[]>();
  for (const name of shuffled) {
    const stratum = isOneClassEach ? [...(classesOf.get(name) ?? [])].join() : '';
    strata.set(stratum, [...(strata.get(stratum) ?? []), name]);
  }
  const sideOf = new Map<string, Side>();
  for (const names of strata.values()) {
    const sides = apportion(names.length, fractions).flatMap((count, position) =>
      Array<Side>(count).fill(SIDES[position] as Side),
    );
    for (const [position, name] of names.entries()) sideOf.set(name, sides[position] as Side);
  }
  const on = (side: Side) =>
    among.filter((index) => sideOf.get(labelOf(clips[index] as Clip, group)) === side);
  return {
    name: `${group}, seed ${seed}`,
    train: on('train'),
    validation: on('validation'),
    test: on('test'),
  };
}

/** Shares of a count by largest remainder; while there is enough, train, then test, then validation get at least one. */
function apportion(count: number, fractions: Readonly<Record<Side, number>>): number[] {
  const total = fractions.train + fractions.validation + fractions.test;
  const exact = SIDES.map((side) => (count * fractions[side]) / total);
  const shares = exact.map(Math.floor);
  const byRemainder = [0, 1, 2].sort((a, b) => exact[b] - shares[b] - (exact[a] - shares[a]));
  for (let left = count - shares.reduce((sum, share) => sum + share, 0), i = 0; left > 0; left--, i++)
    shares[byRemainder[i] as number]++;
  const wanting = [0, 2, 1].filter((side) => exact[side] > 0).slice(0, count);
  for (const side of wanting) {
    if (shares[side] > 0) continue;
    const giver = [0, 1, 2].reduce((most, other) => (shares[other] > shares[most] ? other : most), 0);
    shares[giver]--;
    shares[side]++;
  }
  return shares;
}

function checkDisjoint(clips: readonly Clip[], fold: Fold, speaker: string, where: string | undefined): void {
  const sideOf = new Map<string, Side>();
  for (const side of SIDES) {
    for (const index of fold[side]) {
      const name = labelOf(clips[index] as Clip, speaker);
      const other = sideOf.get(name);
      if (name !== '' && other !== undefined && other !== side)
        throw new InputError({
          what: `${speaker} '${name}' is in ${other} and in ${side} (fold ${fold.name})`,
          where,
          remedy: 'Split by group, or set "sharedSpeakers": true where that is meant',
        });
      sideOf.set(name, side);
    }
  }
}

function explainAbsence(
  clips: readonly Clip[],
  among: readonly number[],
  name: string,
  { label, speaker }: SplitQuestion,
): string {
  if (speaker === undefined) return '';
  const ofClass = among.map((index) => clips[index] as Clip).filter((clip) => labelOf(clip, label) === name);
  const speakers = new Set(ofClass.map((clip) => labelOf(clip, speaker)));
  return speakers.size === 1 ? ` (all ${ofClass.length} are of one ${speaker}, '${[...speakers][0]}')` : '';
}

function labelOf(clip: Clip, column: string): string {
  return clip.labels[column] ?? '';
}
