/** Templates: `"so_{speaker}"`, `"age={age[speaker]}"` (what the table `age` says of the speaker). */

/** A table, read: what it says by key. */
export type Pairs = ReadonlyMap<string, string>;

/** Fills in what is known; a name or a table that knows nothing leaves its place empty. */
export function fill(
  template: string,
  names: Readonly<Record<string, string | undefined>>,
  tables: Readonly<Record<string, Pairs>> = {},
): string {
  return template.replace(/\{(\w+)(?:\[([^\]]+)\])?\}/g, (_whole, name: string, key: string | undefined) => {
    if (key === undefined) return names[name] ?? '';
    // A key may itself be several names: {licence[dir/file]}.
    const asked = key.replace(/\w+/g, (word) => names[word] ?? word);
    return tables[name]?.get(asked) ?? '';
  });
}
