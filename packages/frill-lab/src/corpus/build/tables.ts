/** A declaration's tables: lines of text files, as pairs of key and value. */
import type { Table } from './declaration.js';
import type { SourceFiles } from './source-files.js';
import { fill, type Pairs } from './template.js';

/** The pairs that a table's lines say; of a key that is said twice, the last value. */
export async function readTable(table: Table, source: SourceFiles): Promise<Pairs> {
  const pairs = new Map<string, string>();
  const wanted = new RegExp(table.files, 'u');
  const line = new RegExp(table.line, 'u');
  const section = table.section === undefined ? undefined : new RegExp(table.section, 'u');
  for (const file of source.files) {
    const path = wanted.exec(file.path);
    if (!path) continue;
    let heading: Record<string, string | undefined> = {};
    for (const text of new TextDecoder().decode(await source.read(file)).split(/\r?\n/)) {
      const head = section?.exec(text);
      if (head) heading = { ...head.groups };
      const found = line.exec(text);
      if (!found) continue;
      const names = { ...path.groups, ...heading, ...found.groups };
      pairs.set(fill(table.key, names), fill(table.value, names));
    }
  }
  return pairs;
}
