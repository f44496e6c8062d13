/** Whole groups (speakers, usually) in a seeded order, for splits that keep each on one side. */
import { InputError } from 'frill-audio';
import { random } from '../tensor/random.js';
import type { Clip } from './corpus.js';
import { labelOf, type SplitQuestion } from './sides.js';

/** Groups in drawn order: by class where each group has one class, else all in one list. */
export function drawnGroups(
  clips: readonly Clip[],
  among: readonly number[],
  group: string,
  seed: string,
  { label, where }: SplitQuestion,
): Map<string, string[]> {
  const classesOf = new Map<string, Set<string>>();
  for (const index of among) {
    const clip = clips[index];
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
  return strata;
}
