/** A small table as data, for the page and for a README: plain text in cells, the first column a name, numbers to the right. */
import { escaped } from './format.js';

export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns besides the first that hold words. */
  readonly words?: readonly number[];
}

export function sheetHtml({ columns, rows, words = [] }: Sheet): string {
  const cell = (tag: 'td' | 'th') => (text: string, column: number) =>
    `<${tag}${words.includes(column) ? ' class="text"' : ''}>${escaped(text)}</${tag}>`;
  return scroll(
    `<table><thead><tr>${columns.map(cell('th')).join('')}</tr></thead><tbody>${rows
      .map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`)
      .join('')}</tbody></table>`,
  );
}

/** GitHub's markdown. */
export function sheetMarkdown({ columns, rows, words = [] }: Sheet): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const ruler = columns.map((_, column) => (column === 0 || words.includes(column) ? '---' : '--:'));
  return [line(columns), line(ruler), ...rows.map(line)].join('\n');
}

/** Wide tables scroll by themselves. */
export function scroll(table: string): string {
  return `<div class="scroll">${table}</div>`;
}
