/** One field of a command's schema as a flag of the command line, with the text that `--help` prints for it. */
import { type HelpConfiguration, Option } from 'commander';
import { z } from 'zod';

/** Help is 80 columns wide, and an option's text is exactly what `optionOf` wrote. */
export const HELP: HelpConfiguration = {
  helpWidth: 80,
  optionDescription: ({ description }) => description,
};

/** `windowsPerClip` becomes `windows-per-clip`. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

export function optionOf(key: string, schema: z.ZodType, group: string | undefined): Option {
  const { inner, fallback, required } = unwrap(schema);
  const isSwitch = inner instanceof z.ZodBoolean;
  const flag = isSwitch && fallback === true ? `no-${kebab(key)}` : kebab(key);
  const text = [
    schema.description ?? inner.description ?? '',
    ...(inner instanceof z.ZodEnum ? [`Choices: ${inner.options.join(', ')}.`] : []),
    ...(required ? ['Required.'] : []),
  ];
  // A default that depends on the machine is told by the description, in words.
  if (!isSwitch && !/default/i.test(text[0])) text.push(...defaultSentence(fallback));
  const option = new Option(isSwitch ? `--${flag}` : `--${flag} <${placeholder(inner)}>`, text.join(' '));
  if (inner instanceof z.ZodEnum) option.choices(inner.options.map(String));
  if (inner instanceof z.ZodNumber) option.argParser(Number);
  return group === undefined ? option : option.helpGroup(`${group}:`);
}

function placeholder(inner: z.ZodType): string {
  if (inner instanceof z.ZodNumber) return 'number';
  return inner instanceof z.ZodArray ? 'values...' : 'value';
}

/** Nothing for an empty list: leaving it empty needs no words. */
function defaultSentence(fallback: unknown): string[] {
  const written = Array.isArray(fallback) ? fallback.join(' ') : String(fallback ?? '');
  return written === '' ? [] : [`Default: ${written}.`];
}

/** The innermost schema below defaults and optionals. */
function unwrap(schema: z.ZodType): { inner: z.ZodType; fallback: unknown; required: boolean } {
  if (schema instanceof z.ZodDefault)
    return { ...unwrap(schema.unwrap() as z.ZodType), fallback: schema.def.defaultValue, required: false };
  if (schema instanceof z.ZodOptional) return { ...unwrap(schema.unwrap() as z.ZodType), required: false };
  return { inner: schema, fallback: undefined, required: true };
}
