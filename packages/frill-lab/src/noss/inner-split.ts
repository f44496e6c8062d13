/**
 * Where a task has no validation side, a part of the train side serves as one, to choose a probe by: whole groups (speakers, or
 * folds of recordings) where every class can spare one, else clips class by class. The test side is never touched.
 */

import { rowsByGroup } from '../statistics/groups.js';
import { random } from '../tensor/random.js';

export interface InnerSplit {
  /** Positions among the rows given. */
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /** What was kept together. */
  readonly by: 'group' | 'clip';
}

/** Share of the train side that goes to validation, roughly. */
const VALIDATION_SHARE = 0.2;

export function innerSplit(
  labels: readonly number[],
  groups: readonly string[] | undefined,
  seed: string,
): InnerSplit {
  const held = groups && holdOutGroups(labels, groups, seed);
  if (held && held.size > 0) return { ...sides(labels.length, held), by: 'group' };
  return { ...sides(labels.length, holdOutClips(labels, seed)), by: 'clip' };
}

/** Groups are taken in random order as long as every class keeps one. Empty when fewer than two classes could be judged. */
function holdOutGroups(labels: readonly number[], groups: readonly string[], seed: string): Set<number> {
  const members = rowsByGroup(groups);
  const left = new Map<number, number>();
  for (const label of labels) left.set(label, (left.get(label) ?? 0) + 1);
  const held = new Set<number>();
  for (const name of random(`inner/${seed}`).shuffle([...members.keys()])) {
    if (held.size >= VALIDATION_SHARE * labels.length) break;
    const rows = members.get(name) ?? [];
    const taken = new Map<number, number>();
    for (const row of rows) taken.set(labels[row], (taken.get(labels[row]) ?? 0) + 1);
    if ([...taken].some(([label, count]) => (left.get(label) ?? 0) <= count)) continue;
    for (const [label, count] of taken) left.set(label, (left.get(label) ?? 0) - count);
    for (const row of rows) held.add(row);
  }
  const judged = new Set([...held].map((row) => labels[row]));
  return judged.size < Math.min(2, left.size) ? new Set() : held;
}

function holdOutClips(labels: readonly number[], seed: string): Set<number> {
  const held = new Set<number>();
  for (const [label, rows] of rowsByGroup(labels.map(String))) {
    const count = Math.min(Math.round(VALIDATION_SHARE * rows.length), rows.length - 1);
    for (const row of random(`inner/${seed}/${label}`)
      .shuffle([...rows])
      .slice(0, count))
      held.add(row);
  }
  // One clip a class: nothing can be spared, and the same clips judge.
  return held;
}

function sides(count: number, held: ReadonlySet<number>): { train: number[]; validation: number[] } {
  const all = Array.from({ length: count }, (_, row) => row);
  if (held.size === 0) return { train: all, validation: all };
  return { train: all.filter((row) => !held.has(row)), validation: all.filter((row) => held.has(row)) };
}
