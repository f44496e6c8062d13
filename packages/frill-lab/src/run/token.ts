/** Tokens in the addresses of our servers: whoever holds one may enter. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { readJsonIfPresent } from './json-file.js';
import { writeWhole } from './whole-file.js';

const fileSchema = z.object({ token: z.string() });

/** What the environment says (FRILL_TOKEN), else what the file has; 128 random bits are put into it where it is absent. */
export async function keptToken(file: string): Promise<string> {
  const given = process.env.FRILL_TOKEN;
  if (given) return given;
  const before = await readJsonIfPresent(file, (value) => fileSchema.parse(value), {
    what: 'the token is damaged',
    remedy: 'Remove the file: a new token is made, and the address changes',
  });
  if (before) return before.token;
  const token = randomBytes(16).toString('hex');
  await writeWhole(file, JSON.stringify({ token }));
  return token;
}

/** Whether they are the same. Takes as long for a token that is nearly right as for one that is not. */
export function isToken(given: string, token: string): boolean {
  const [a, b] = [given, token].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a, b);
}
