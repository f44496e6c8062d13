/**
 * A source of a training corpus, declared: where it comes from, under what licence, which of its files are taken, and how a
 * file's speaker, language and label are read from its path or from a table beside it. One JSON file a source.
 *
 * `match` is a regular expression on the whole path within the source. What its named groups found, and `{path}`, `{stem}`
 * (the file's name without its ending) and a table's `{name[...]}`, may stand in every template: `"so_{speaker}"`,
 * `"age={age[speaker]}"`. A name that found nothing leaves the template's place empty.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { readWrittenJson } from '../../text/written-json.js';

export const KINDS = ['speech', 'human', 'music', 'effects', 'ambience'] as const;
export type Kind = (typeof KINDS)[number];

const expression = z.string().refine(isExpression, 'is no regular expression');

/** `a repository at a commit`, read from its git directory. */
const repository = z.strictObject({
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'is no OWNER/NAME'),
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'is no whole commit'),
});

const debianPackage = z.strictObject({
  package: z.string(),
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256'),
});

/** Lines of text files as pairs of key and value. */
const table = z.strictObject({
  /** The files, by path. */
  files: expression,
  /** Another repository that holds them. */
  from: repository.optional(),
  /** A line that heads the following ones; its groups are known to them. */
  section: expression.optional(),
  line: expression,
  key: z.string(),
  value: z.string(),
});

const rule = z.strictObject({
  match: expression,
  /** Why these files are not taken. Rules are tried in order; the first that matches holds. */
  leaveOut: z.string().optional(),
  kind: z.enum(KINDS).default('speech'),
  speaker: z.string().default(''),
  language: z.string().default(''),
  label: z.string().default(''),
  /** Sex of the speaker: female or male. */
  sex: z.string().default(''),
  /** Age of the speaker, as far as it is known: child or adult. */
  age: z.string().default(''),
  /** Licence of these files, where it is not the source's. */
  licence: z.string().optional(),
  /** Seconds from the beginning that are taken; all where absent. */
  longest: z.number().positive().optional(),
  /** Format of files that do not tell it themselves; FFmpeg decodes these. */
  format: z.enum(['g722', 'gsm']).optional(),
});

/** Files whose value of a template is among these, or whose MD5 falls among the lowest per cent, are left out. */
const condition = z.union([
  z.strictObject({ value: z.string(), among: z.array(z.string()), because: z.string() }),
  z.strictObject({ value: z.string(), notAmong: z.array(z.string()), because: z.string() }),
  z.strictObject({ md5Of: z.string(), percentBelow: z.number(), because: z.string() }),
  z.strictObject({ speechCommandsSide: z.string(), among: z.array(z.string()), because: z.string() }),
]);

const declaration = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'may have small letters, digits and hyphens only'),
  about: z.string(),
  from: z.union([repository, debianPackage]),
  /** An SPDX identifier, or `public domain`; or a template whose values `licences` translates. */
  licence: z.string(),
  /** Where the licence is stated, if not in the source itself. */
  licenceStated: z.string().optional(),
  /** What a source says of a file's licence: the first expression that matches gives the identifier. */
  licences: z.array(z.tuple([expression, z.string()])).default([]),
  /** Translates the source's language codes. Regions (`pt_BR`) are dropped anyway. */
  languages: z.record(z.string(), z.string()).default({}),
  tables: z.record(z.string(), table).default({}),
  rules: z.array(rule).min(1),
  leaveOut: z.array(condition).default([]),
  /** Speakers reserved for tasks: their clips go into the list of reserved clips. */
  reserve: z.strictObject({ md5Of: z.string(), percentBelow: z.number(), because: z.string() }).optional(),
  /** Which columns of which tasks' corpora name the same people, and by which template. */
  speakersOf: z.array(z.strictObject({ corpus: z.string(), column: z.string(), is: z.string() })).default([]),
});

export type Declaration = z.infer<typeof declaration>;
export type Rule = z.infer<typeof rule>;
export type FileCondition = z.infer<typeof condition>;
export type Table = z.infer<typeof table>;
export type Repository = z.infer<typeof repository>;
export type DebianPackage = z.infer<typeof debianPackage>;

/** All declarations of a folder, by name. Throws InputError where one cannot be read, or two have one name. */
export async function readDeclarations(folder: string): Promise<Declaration[]> {
  const names = await readdir(folder).catch((cause) => {
    throw new InputError({
      what: 'no such folder',
      where: folder,
      remedy: 'Give the folder of declarations',
      cause,
    });
  });
  const found: Declaration[] = [];
  for (const name of names.filter((name) => name.endsWith('.json')).sort())
    found.push(await readDeclaration(join(folder, name)));
  if (found.length === 0)
    throw new InputError({
      what: 'no declarations (.json) are in it',
      where: folder,
      remedy: 'Give the folder of declarations',
    });
  const twice = found.find(({ name }, index) => found.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined)
    throw new InputError({
      what: `two sources are named '${twice.name}'`,
      where: folder,
      remedy: 'Rename one',
    });
  return found;
}

/** Throws InputError that names the field. */
export function readDeclaration(path: string): Promise<Declaration> {
  return readWrittenJson(
    path,
    declaration,
    'examples/training-corpus/sources in the repository of Frill has complete examples',
  );
}

function isExpression(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
