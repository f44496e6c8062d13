/** What the README shows is what runs: `examples/run` executes both files. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

it('has the lines of embed.ts, with a file in place of the arguments', async () => {
  const example = await read('embed.ts');
  const body = example
    .slice(example.indexOf('import '))
    .replace(/^.*process\.argv.*\n/m, '')
    .replace('loadEmbedder(model)', 'loadEmbedder()')
    .replace('(recording)', "('speech.wav')");
  expect(body.trim().split('\n').length).toBeLessThanOrEqual(10);
  expect(await read('../README.md')).toContain(`\`\`\`ts\n${body}\`\`\``);
});

it('has the ten commands of commands.sh', async () => {
  const commands = (await read('commands.sh')).split('\n').filter((line) => line.startsWith('frill '));
  expect(commands).toHaveLength(10);
  expect(await read('../README.md')).toContain(`\`\`\`sh\n${commands.join('\n')}\n\`\`\``);
});
