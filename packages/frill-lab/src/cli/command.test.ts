import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { defineCommand, UsageError } from './command.js';
import { HELP } from './option.js';

const run = vi.fn(async (options: unknown) => options);
const greet = defineCommand({
  name: 'polite greet',
  summary: 'Greets',
  positional: '<names...>',
  options: z.object({
    names: z.array(z.string()).describe('Who is greeted.'),
    howOften: z.number().int().positive().default(1).describe('Number of times.'),
    mood: z.enum(['calm', 'loud']).default('calm').describe('The voice.'),
    also: z.array(z.string()).default([]).describe('Words to add.'),
    smile: z.boolean().default(true).describe('Greet without a smile.'),
  }),
  groups: { Manners: ['mood', 'smile'] },
  example: 'frill polite greet Ada',
  run,
});

async function type(...words: string[]): Promise<unknown> {
  const program = new Command('frill').exitOverride().configureOutput({ writeErr: () => {} });
  greet.attach(program);
  await program.parseAsync(words, { from: 'user' });
  return run.mock.lastCall?.[0];
}

beforeEach(() => run.mockClear());

test('flags are the schema in kebab case, and defaults come from it', async () => {
  expect(await type('polite', 'greet', 'Ada', 'Max', '--how-often', '3', '--no-smile')).toEqual({
    names: ['Ada', 'Max'],
    howOften: 3,
    mood: 'calm',
    also: [],
    smile: false,
  });
});

test('help tells arguments, choices and defaults, by groups, and says nothing of an empty default', () => {
  const program = new Command('frill').configureHelp(HELP);
  greet.attach(program);
  const help = program.commands[0].commands[0].helpInformation();
  expect(help.replace(/ +/g, ' ')).toContain('\nArguments:\n names Who is greeted.\n');
  expect(help).toMatch(/--how-often <number> +Number of times\. Default: 1\.\n/);
  expect(help).toMatch(
    /\nManners:\n {2}--mood <value> +The voice\. Choices: calm, loud\. Default: calm\.\n {2}--no-smile +Greet/,
  );
  expect(help).toMatch(/--also <values\.\.\.> +Words to add\.\n/);
});

test('a config file lies between defaults and flags', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'frill-')), 'config.json');
  await writeFile(path, JSON.stringify({ mood: 'loud', howOften: 2, smile: false }));
  expect(await type('polite', 'greet', 'Ada', '--config', path, '--how-often', '5')).toEqual({
    names: ['Ada'],
    howOften: 5,
    mood: 'loud',
    also: [],
    smile: false,
  });
});

test.each([
  ['a number out of range', ['--how-often', '0'], UsageError],
  ['a word where a number belongs', ['--how-often', 'often'], UsageError],
  ['an unknown config file', ['--config', 'absent.json'], UsageError],
])('%s is bad usage', async (_title, words, expected) => {
  await expect(type('polite', 'greet', 'Ada', ...words)).rejects.toBeInstanceOf(expected);
  expect(run).not.toHaveBeenCalled();
});

test.each([
  ['{"mood": ', /config\.json: not JSON \(.*JSON/],
  ['[]', /config\.json: not a JSON object/],
  ['{"mod": "loud"}', /config\.json: Unrecognized key: "mod"/],
  ['{"howOften": "often"}', /^--how-often: /],
])('a config file %s is refused with its place', async (content, message) => {
  const path = join(await mkdtemp(join(tmpdir(), 'frill-')), 'config.json');
  await writeFile(path, content);
  await expect(type('polite', 'greet', 'Ada', '--config', path)).rejects.toThrow(message);
});

test('an unknown flag and an unknown choice are refused by name', async () => {
  await expect(type('polite', 'greet', 'Ada', '--hwo-often', '2')).rejects.toThrow(/--hwo-often/);
  await expect(type('polite', 'greet', 'Ada', '--mood', 'grim')).rejects.toThrow(/calm, loud/);
});
