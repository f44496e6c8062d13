/**
 * Writes packages/frill-audio/worklets/microphone.js as text into the module that carries it, so that no bundler needs to
 * know of worklets. The module is committed; a test compares the two.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const device = new URL('../packages/frill-audio/', import.meta.url);
const source = readFileSync(new URL('worklets/microphone.js', device), 'utf8');
const lines = source
  .trimEnd()
  .split('\n')
  .map((line) => `  ${JSON.stringify(line)},`);
writeFileSync(
  new URL('src/audio/microphone-worklet.ts', device),
  `/** worklets/microphone.js as text, written by \`node scripts/inline-worklet.mjs\`. */
export const MICROPHONE_WORKLET = [
${lines.join('\n')}
  '',
].join('\\n');
`,
);
