/** How tables and reports write numbers and text. */

/** `54.3`: a fraction in percent, one decimal. */
export function percent(fraction: number): string {
  return Number.isFinite(fraction) ? (100 * fraction).toFixed(1) : '–';
}

/** Three significant digits: `0.530`, `12.4`, `275`. */
export function three(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? whole(value) : value.toPrecision(3);
}

/** `20,920`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** A signed difference with a real minus: `−1.2`. */
export function signed(value: number, digits = 1): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** Text that cannot be mistaken for markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Seconds as `2 h 41 min`, `8 min`, `31 s`. */
export function time(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A tick of an axis: three significant digits, no trailing zeros. */
export function tick(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A text that was written over several lines, in one. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
