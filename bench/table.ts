/** What every benchmark of this folder exports: a name to ask for it by, and a function that measures one table. */

/** One measured table. Cells are text or numbers; a peer that is not installed is a row that says so. */
export interface BenchTable {
  readonly title: string;
  /** Column names in order; the first names the row. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** How it was measured, and what the numbers cannot say. */
  readonly notes?: readonly string[];
}

/** One benchmark: `npm run bench -- <name>`. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  run(): Promise<BenchTable>;
}

/** A table in markdown, numbers with three significant digits. */
export function toMarkdown({ title, columns, rows, notes = [] }: BenchTable): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    line(columns),
    `|${columns.map((_, index) => (index === 0 ? '---|' : '---:|')).join('')}`,
    ...rows.map(line),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${note}`)] : []),
    '',
  ].join('\n');
}

function cell(value: string | number): string {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return '–';
  return Number.isInteger(value) || Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}
