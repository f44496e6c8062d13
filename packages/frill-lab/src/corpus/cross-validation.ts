/** Splits by which every clip is tested once: by the folds of a column, or by drawn folds of whole groups. */
import { InputError } from 'frill-audio';
import type { Clip } from './corpus.js';
import { drawnGroups } from './drawn-groups.js';
import { type Fold, labelOf, type SplitQuestion } from './sides.js';
import type { SplitRule } from './tasks-file.js';

/** Whether every clip is tested once, by probes that learn from the others. */
export function isCrossValidation({ by }: SplitRule): boolean {
  return by === 'folds' || by === 'group-folds';
}

/** Each fold is tested once, with the next one (cyclically) for validation and the rest for training. */
export function byFolds(
  clips: readonly Clip[],
  among: readonly number[],
  column: string,
  where: string | undefined,
): Fold[] {
  const foldOf = (index: number) => labelOf(clips[index], column);
  const names = [...new Set(among.map(foldOf))].filter((name) => name !== '').sort();
  if (names.length < 3)
    throw new InputError({
      what: `cross-validation needs three folds; column '${column}' has ${names.length}`,
      where,
      remedy: 'Split by column or by group instead',
    });
  return inTurn(names, among, foldOf);
}

/** Each name is tested once, with the next one for validation. */
function inTurn(
  names: readonly string[],
  among: readonly number[],
  foldOf: (index: number) => string,
): Fold[] {
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

/** Whole groups are dealt out to the folds, class by class where each has one, so that every class is in every fold if it can. */
export function byGroupFolds(
  clips: readonly Clip[],
  among: readonly number[],
  { group, folds, seed }: Extract<SplitRule, { by: 'group-folds' }>,
  question: SplitQuestion,
): Fold[] {
  const strata = drawnGroups(clips, among, group, seed, question);
  const foldOfGroup = new Map(
    [...strata.values()].flat().map((name, place) => [name, String(place % folds)]),
  );
  if (foldOfGroup.size < folds)
    throw new InputError({
      what: `${folds} folds need as many groups; column '${group}' has ${foldOfGroup.size}`,
      where: question.where,
      remedy: 'Ask for fewer folds, of which there must be three',
    });
  const names = Array.from({ length: folds }, (_, fold) => String(fold));
  return inTurn(names, among, (index) => foldOfGroup.get(labelOf(clips[index], group)) ?? '');
}
