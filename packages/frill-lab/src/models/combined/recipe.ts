/** The recipe of a combined teacher: which networks, which of their tensors, and how those are pooled, scaled and joined. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readWrittenJson } from '../../text/written-json.js';
import { sourceSchema } from './sources/index.js';

const components = z.int().positive();

export const partSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, 'letters, digits, dots, dashes and underscores'),
  source: z.string().describe('one of "sources"'),
  tensor: z.string().describe('of the source; a hidden one too'),
  /** Over time and frequency: what a channel is on average, and how much it moves. */
  pooling: z.enum(['mean', 'mean+deviation']).default('mean+deviation'),
  /** Deviations beyond which a standardised value is cut off. */
  limit: z.number().positive().default(8),
  /** So many principal components in place of all values. */
  components: components.optional(),
  /** Scaled to length one, so that parts of many values do not outweigh others. */
  length: z.enum(['unit', 'as-is']).default('unit'),
  weight: z.number().positive().default(1),
});

export const teacherRecipeSchema = z
  .strictObject({
    sources: z.record(z.string().regex(/^[\w.-]+$/), sourceSchema),
    parts: z.array(partSchema).min(1),
    /** Principal components of all parts together, in place of their values. */
    components: components.optional(),
    /** Power of its deviation that each of them is divided by: 0 leaves them, 1 makes all equally strong. */
    whitening: z.number().min(0).max(1).default(0),
  })
  .superRefine(({ sources, parts }, context) => {
    for (const [place, { name, source }] of parts.entries()) {
      const issue = (key: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['parts', place, key], message });
      if (parts.findIndex((other) => other.name === name) < place)
        issue('name', `two parts are called '${name}'`);
      if (!Object.hasOwn(sources, source))
        issue('source', `'${source}' is none of the sources (${Object.keys(sources).join(', ')})`);
    }
  });

export type Part = z.infer<typeof partSchema>;
export type TeacherRecipe = z.infer<typeof teacherRecipeSchema>;

/** Reads a recipe; the paths in it are then those of the files. Throws InputError for one that does not say what it must. */
export async function readTeacherRecipe(path: string): Promise<TeacherRecipe> {
  const recipe = await readWrittenJson(
    path,
    teacherRecipeSchema,
    'A complete example is examples/release/teacher.json in the repository of Frill',
  );
  const base = dirname(path);
  const sources = Object.entries(recipe.sources).map(([name, source]) => {
    const located = Object.entries(source).map(([key, value]) => [
      key,
      FILES.has(key) && typeof value === 'string' ? resolve(base, value) : value,
    ]);
    return [name, sourceSchema.parse(Object.fromEntries(located))] as const;
  });
  return { ...recipe, sources: Object.fromEntries(sources) };
}

/** Fields of sources that are paths. */
const FILES: ReadonlySet<string> = new Set(['file', 'weights', 'melspectrogram', 'encoder']);
