/**
 * One mechanism for every command: a zod schema is its configuration, its flags and its help. `defineCommand`
 * derives commander options from the schema, merges a `--config` file below the flags, validates, and runs.
 */
import { type Command, Option } from 'commander';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { readText } from '../text/decode-text.js';
import { whyUnread } from '../text/unread.js';
import { type Console, openConsole } from './console.js';
import { kebab, optionOf } from './option.js';

/** A schema of flat options; nested configuration belongs into a file that an option names. */
export type OptionsSchema = z.ZodObject;

export interface CommandDefinition<Schema extends OptionsSchema> {
  /** `embed`, or `study run`. */
  readonly name: string;
  readonly summary: string;
  /** Positional arguments in commander's notation: `<files...>`; they arrive as the option of the same name. */
  readonly positional?: string;
  /** Each option needs `.describe()` in whole sentences; `camelCase` becomes `--camel-case`. */
  readonly options: Schema;
  /** Headings under which `--help` lists some of the options, for commands that have many. */
  readonly groups?: Readonly<Record<string, readonly (keyof Schema['shape'] & string)[]>>;
  /** One line as it would be typed, with the reader's own files in place of these. */
  readonly example: string;
  /** Does the work and returns what `--json` prints. */
  run(options: z.infer<Schema>, console: Console): Promise<unknown>;
}

/** A command ready to be attached to the program. */
export interface RunnableCommand {
  readonly name: string;
  attach(parent: Command): void;
}

export function defineCommand<Schema extends OptionsSchema>(
  definition: CommandDefinition<Schema>,
): RunnableCommand {
  return {
    name: definition.name,
    attach(parent) {
      const words = definition.name.split(' ');
      const group = words.length === 1 ? parent : subgroup(parent, words[0]);
      const command = group.command(words.at(-1) ?? '');
      command.summary(definition.summary).description(`${definition.summary}.`);
      const { shape } = definition.options;
      const positionals: string[] = [];
      for (const notation of definition.positional?.split(' ') ?? []) {
        const name = notation.replace(/\W/g, '');
        positionals.push(name);
        command.argument(notation, (shape[name] as z.ZodType).description);
      }
      const flags = (keys: readonly string[], heading?: string) => {
        for (const key of keys) command.addOption(optionOf(key, shape[key] as z.ZodType, heading));
      };
      const groups = Object.entries(definition.groups ?? {});
      const placed = [...positionals, ...groups.flatMap(([, keys]) => keys)];
      flags(Object.keys(shape).filter((key) => !placed.includes(key)));
      for (const [heading, keys] of groups) flags(keys, heading);
      for (const option of COMMON_OPTIONS) command.addOption(option);
      command.addHelpOption(HELP_OPTION);
      command.addHelpText('after', exampleText(definition.example));
      command.action(async (...received: unknown[]) => {
        const { json, config, ...given } = givenFlags(command);
        for (const [index, name] of positionals.entries())
          if (received[index] !== undefined) given[name] = received[index];
        const fromFile = typeof config === 'string' ? await readConfig(config) : {};
        const console = openConsole({ json: json === true });
        try {
          // Flags that no option knows are refused before: an unknown name can only be the file's.
          const options = parseOptions(definition.options, { ...fromFile, ...given }, config);
          const result = await definition.run(options, console);
          if (json === true) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
        } finally {
          console.close();
        }
      });
    },
  };
}

const WIDTH = 80;

/** The end of a help text; what is wider than a terminal goes on in further lines, as a shell takes them. */
export function exampleText(example: string): string {
  const lines = [''];
  for (const part of example.split(/ (?=--)/)) {
    const last = lines[lines.length - 1];
    if (last !== '' && `  ${last} ${part} \\`.length > WIDTH) lines.push(`  ${part}`);
    else lines[lines.length - 1] = last === '' ? part : `${last} ${part}`;
  }
  return `\nExample:\n  ${lines.join(' \\\n  ')}\n`;
}

const COMMON = 'Every command:';

const COMMON_OPTIONS: readonly Option[] = [
  new Option('--config <file>', 'JSON file with the same options. Flags take precedence over it.'),
  new Option('--json', 'Print the result as one JSON value. Progress goes to standard error.'),
].map((option) => option.helpGroup(COMMON));

const HELP_OPTION = new Option('-h, --help', 'Print this help.').helpGroup(COMMON);

/** Bad usage: exit code 2. */
export class UsageError extends InputError {}

/** Flags that were typed, without defaults: those belong to the schema, so that a config file can lie between the two. */
function givenFlags(command: Command): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(command.opts<Record<string, unknown>>()).filter(
      ([name]) => command.getOptionValueSource(name) === 'cli',
    ),
  );
}

function subgroup(parent: Command, name: string): Command {
  const existing = parent.commands.find((command) => command.name() === name);
  return existing ?? parent.command(name);
}

function parseOptions<Schema extends OptionsSchema>(
  schema: Schema,
  given: unknown,
  config: unknown,
): z.infer<Schema> {
  const parsed = z.strictObject(schema.shape).safeParse(given);
  if (parsed.success) return parsed.data as z.infer<Schema>;
  const issue = parsed.error.issues[0];
  throw new UsageError({
    what: issue?.message ?? 'bad options',
    where: issue?.path.length
      ? `--${issue.path.map((key) => (typeof key === 'string' ? kebab(key) : key)).join('.')}`
      : typeof config === 'string'
        ? config
        : undefined,
    remedy: 'The command lists its options with --help',
  });
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await readText(path)));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const what =
      cause instanceof SyntaxError
        ? `not JSON (${cause.message})`
        : cause instanceof z.ZodError
          ? 'not a JSON object'
          : whyUnread(cause, path);
    throw new UsageError({
      what,
      where: path,
      remedy: 'Write one JSON object whose keys are options of this command',
      cause,
    });
  }
}
