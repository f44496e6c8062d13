/** Rows that belong together: clips of a speaker, of a class, of a fold. */

/** Positions of equal names, in order of first appearance. */
export function rowsByGroup(names: readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [row, name] of names.entries()) {
    const rows = groups.get(name);
    if (rows) rows.push(row);
    else groups.set(name, [row]);
  }
  return groups;
}
