/**
 * CSV manifests: one row a clip. The path column is relative to an audio folder; every other column is a label.
 * The optional columns `id` (else the path) and `start` (with `seconds`: part of a longer file) have a meaning of their
 * own. A row that cannot be used is reported with its line and reason, and skipped, or refused with `strict`.
 */
import { type Stats, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'csv-parse';
import { InputError } from 'frill-audio';
import { decodeText } from '../text/decode-text.js';
import { pathHint, whyUnread } from '../text/unread.js';
import type { Clip, Corpus } from './corpus.js';
import type { Where } from './tasks-file.js';

export interface ManifestOptions {
  /** The corpus' name; the manifest's path by default. */
  readonly name?: string;
  /** Folder the paths are relative to; the manifest's own by default. */
  readonly audio?: string;
  /** Column with the path. */
  readonly path?: string;
  /** Columns that must be there, with a value in every row. */
  readonly required?: readonly string[];
  /** The only values a column may have, e.g. `{ label: ['yes', 'no'] }`. */
  readonly known?: Readonly<Record<string, readonly string[]>>;
  /** Which rows to keep; rows left out are not problems. */
  readonly where?: Where;
  /** Throw at the first unusable row instead of skipping it. */
  readonly strict?: boolean;
}

/** A row that was skipped. */
export interface ManifestProblem {
  /** Line in the manifest, the header being line 1. */
  readonly line: number;
  readonly path: string;
  readonly reason: string;
}

export interface Manifest {
  readonly corpus: Corpus;
  /** Label columns, in the file's order. */
  readonly columns: readonly string[];
  readonly problems: readonly ManifestProblem[];
}

/** Reads a manifest. Throws InputError when it is no CSV, lacks a column, or (`strict`) has an unusable row. */
export async function readManifest(manifest: string, options: ManifestOptions = {}): Promise<Manifest> {
  const { path: pathColumn = 'path', required = [], known = {}, where = {}, strict = false } = options;
  const audio = resolve(options.audio ?? dirname(manifest));
  const problems: ManifestProblem[] = [];
  const clips: Clip[] = [];
  const seen = new Set<string>();
  let columns: string[] = [];

  for await (const { record, line } of readRows(manifest)) {
    if (line === 1) {
      columns = checkHeader(manifest, record, [pathColumn, ...required, ...Object.keys(where)]);
      continue;
    }
    const row = Object.fromEntries(columns.map((column, index) => [column, record[index] ?? '']));
    if (!matches(row, where)) continue;
    const path = row[pathColumn];
    const clip = toClip(row, pathColumn, audio);
    const reason =
      record.length !== columns.length
        ? `${record.length} fields where the header has ${columns.length}`
        : path === ''
          ? `column '${pathColumn}' is empty`
          : (whyUnusable(clip, required, known) ??
            (seen.has(clip.id) ? `the id '${clip.id}' appears twice` : undefined));
    if (reason === undefined) {
      seen.add(clip.id);
      clips.push(clip);
    } else if (strict) {
      throw new InputError({
        what: `${path === '' ? '' : `${path}: `}${reason}`,
        where: `${manifest}, line ${line}`,
        remedy: 'Correct the row, or leave out --strict to skip it',
      });
    } else {
      problems.push({ line, path, reason });
    }
  }
  if (columns.length === 0) throw notAManifest(manifest, 'the file is empty');
  return {
    corpus: { name: options.name ?? manifest, clips },
    columns: columns.filter((column) => column !== pathColumn),
    problems,
  };
}

/** Whether a row, or a clip's labels, passes a filter. A column that is absent has the empty value. */
export function matches(labels: Readonly<Record<string, string>>, where: Where): boolean {
  return Object.entries(where).every(([column, wanted]) => {
    const value = labels[column] ?? '';
    const values = typeof wanted === 'string' ? [wanted] : wanted;
    const refused = values.filter((word) => word.startsWith('!')).map((word) => word.slice(1));
    const allowed = values.filter((word) => !word.startsWith('!'));
    return !refused.includes(value) && (allowed.length === 0 || allowed.includes(value));
  });
}

function whyUnusable(
  clip: Clip,
  required: readonly string[],
  known: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  for (const column of required) if (clip.labels[column] === '') return `column '${column}' is empty`;
  for (const [column, values] of Object.entries(known)) {
    const value = clip.labels[column] ?? '';
    if (!values.includes(value)) return `unknown ${column} '${value}'`;
  }
  if (clip.span && !(clip.span.start >= 0 && clip.span.seconds > 0))
    return 'start and seconds are not a part of a file';
  return whyAbsent(clip.path);
}

function whyAbsent(path: string): string | undefined {
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    // A name too long, a loop of links, a folder that may not be entered.
    return `the file cannot be seen: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  if (found?.isDirectory()) return `${path} is a folder`;
  if (found) return found.isFile() ? undefined : `${path} is a pipe, socket or device`;
  return `the file does not exist: ${path}${pathHint(path)}`;
}

function toClip(row: Record<string, string>, pathColumn: string, audio: string): Clip {
  const { [pathColumn]: below = '', ...labels } = row;
  const { id, start } = labels;
  const path = isAbsolute(below) ? below : join(audio, below);
  const hasSpan = start !== undefined && start !== '';
  return {
    id: id ? id : hasSpan ? `${below}#${start}` : below,
    path,
    ...(hasSpan ? { span: { start: Number(start), seconds: Number(labels.seconds) } } : {}),
    labels,
  };
}

function checkHeader(manifest: string, header: string[], needed: readonly string[]): string[] {
  const missing = needed.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new InputError({
      what: `no column ${missing.map((column) => `'${column}'`).join(', ')}`,
      where: manifest,
      remedy: `The columns are ${header.join(', ')}`,
    });
  const twice = header.find((column, index) => header.indexOf(column) !== index);
  if (twice !== undefined) throw notAManifest(manifest, `column '${twice}' appears twice`);
  return header;
}

/** The records of a CSV file with their lines; the header comes first, as line 1. */
async function* readRows(manifest: string): AsyncGenerator<{ record: string[]; line: number }> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  try {
    const text = decodeText(await readFile(manifest), manifest);
    parser.end(text);
    let line = 0;
    for await (const { record, info } of parser) {
      line = line === 0 ? 1 : info.lines;
      yield { record, line };
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw notAManifest(manifest, describeFailure(cause, manifest), cause);
  }
}

function describeFailure(cause: unknown, manifest: string): string {
  if (!(cause instanceof Error)) return String(cause);
  if ('syscall' in cause) return whyUnread(cause, manifest);
  // Of an open quote the parser's line is the file's last.
  if ('records' in cause && 'code' in cause && cause.code === 'CSV_QUOTE_NOT_CLOSED')
    return `not CSV: a quote is opened in ${cause.records === 0 ? 'the header' : `row ${cause.records}`} and never closed`;
  // Its message ends with the field, which may be half a file.
  if ('lines' in cause)
    return `not CSV at line ${cause.lines}: ${cause.message.replace(/, value is .*/s, '')}`;
  return cause.message;
}

function notAManifest(manifest: string, what: string, cause?: unknown): InputError {
  return new InputError({
    what,
    where: manifest,
    remedy: 'Give a CSV file with a header and a column "path" with the paths of audio files',
    cause,
  });
}
