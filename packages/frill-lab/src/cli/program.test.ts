import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS, openProgram } from './program.js';

function commandOf(name: string): Command {
  let command = openProgram();
  for (const word of name.split(' '))
    command = command.commands.find((each) => each.name() === word) ?? command;
  return command;
}

/** What `--help` prints. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

describe.each(COMMANDS.map(({ name }) => name))('frill %s --help', (name) => {
  it('describes every option, and has an example of this very command', () => {
    const command = commandOf(name);
    for (const { long, description } of command.options) expect(description, long).toMatch(/^[\w`].*\.$/s);
    const help = helpOf(command);
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(help).toContain(`Usage: frill ${name}`);
    expect(help).toMatch(new RegExp(`\nExample:\n {2}frill ${name} \\S`));
    // Nobody has the folders beside this repository.
    expect(help).not.toContain('../');
    expect(help).toContain('--json');
    expect(help).toContain('--config <file>');
  });
});

it('says of every command and group what it is for, under a heading, with an example', () => {
  const program = openProgram();
  for (const command of program.commands) {
    expect(command.summary(), command.name()).not.toBe('');
    expect(command.helpGroup(), command.name()).toMatch(/models?:$/);
    expect(helpOf(command)).toMatch(new RegExp(`\nExample:\n {2}frill ${command.name()}`));
  }
  expect(helpOf(program)).toContain('\nExample:\n  frill embed ');
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a shell would. */
function frill(...words: string[]): Promise<Ended> {
  const bin = fileURLToPath(new URL('../../bin/frill.js', import.meta.url));
  return new Promise((resolve) =>
    execFile(process.execPath, [bin, ...words], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );
}

describe('the process', () => {
  it('tells its own version before a command, and leaves --version behind one to the command', async () => {
    expect((await frill('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { stderr } = await frill('release', 'pack', 'absent', '--name', 'frill-s', '--version', '1');
    expect(stderr).toContain('absent');
  });

  it('prints with --json one JSON value and nothing else, and ends with 0', async () => {
    const { code, stdout } = await frill('inspect', '--student', 'small-2-gap', '--json');
    expect(code).toBe(0);
    expect(JSON.stringify(JSON.parse(stdout))).toContain('10119632');
  });

  it('ends with 1 where a file is not what it should be', async () => {
    const { code, stdout, stderr } = await frill('inspect', 'absent.tflite', '--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^frill: absent\.tflite: /);
  });

  it.each([
    ['an unknown command', ['embedd']],
    ['an unknown flag', ['inspect', '--modle', 'x.tflite']],
    ['an option that is missing', ['distill', '--corpus', 'corpus', '--teacher', 'teacher.tflite']],
    ['a number out of range', ['bench', 'x.tflite', '--rounds', '0']],
  ])('ends with 2 for %s', async (_title, words) => {
    const { code, stderr } = await frill(...words);
    expect(code).toBe(2);
    expect(stderr).toContain('--help');
  });
});
