/** CSV as RFC 4180 has it: fields are in quotes where they need them. */

export function csvField(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A header and rows, numbers unrounded; what was not measured (NaN) is empty. */
export function csv(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const field = (value: string | number) => {
    if (typeof value === 'string') return csvField(value);
    return Number.isFinite(value) ? String(value) : '';
  };
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}
