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
import type { Clip } from './corpus.js';
import { byFolds, byGroupFolds } from './cross-validation.js';
import { drawnGroups } from './drawn-groups.js';
import { type Fold, labelOf, type Sides, type SplitQuestion } from './sides.js';
import type { SplitRule } from './tasks-file.js';

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

  const classOf = (index: number) => labelOf(clips[index], question.label);
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
    case 'group-folds':
      return byGroupFolds(clips, among, rule, question);
  }
}

function byColumn(
  clips: readonly Clip[],
  among: readonly number[],
  rule: Extract<SplitRule, { by: 'column' }>,
  where: string | undefined,
): Fold {
  const wordOf = (index: number) => labelOf(clips[index], rule.column);
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

function byGroup(
  clips: readonly Clip[],
  among: readonly number[],
  { group, fractions, seed }: Extract<SplitRule, { by: 'group' }>,
  question: SplitQuestion,
): Fold {
  const strata = drawnGroups(clips, among, group, seed, question);
  const sideOf = new Map<string, Side>();
  for (const names of strata.values()) {
    const sides = apportion(names.length, fractions).flatMap((count, position) =>
      Array<Side>(count).fill(SIDES[position]),
    );
    for (const [position, name] of names.entries()) sideOf.set(name, sides[position]);
  }
  const on = (side: Side) => among.filter((index) => sideOf.get(labelOf(clips[index], group)) === side);
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
    shares[byRemainder[i]]++;
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
      const name = labelOf(clips[index], speaker);
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
  const ofClass = among.map((index) => clips[index]).filter((clip) => labelOf(clip, label) === name);
  const speakers = new Set(ofClass.map((clip) => labelOf(clip, speaker)));
  return speakers.size === 1 ? ` (all ${ofClass.length} are of one ${speaker}, '${[...speakers][0]}')` : '';
}
