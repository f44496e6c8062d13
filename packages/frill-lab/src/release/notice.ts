/** NOTICE of a released model: the networks that taught it and the recordings that it heard, with whom their licences ask to name. */
import type { Attribution, SourceShare } from './training-data.js';

/** `declared` says of sources, by name, what they are and where they come from. */
export function notice(
  title: string,
  networks: readonly Attribution[],
  data: readonly SourceShare[],
  declared: readonly Attribution[],
): string {
  const known = new Map(declared.map((source) => [source.name, source]));
  return [
    title,
    'Licensed under the Apache License, Version 2.0; see LICENSE.',
    '',
    ...(networks.length === 0 ? [] : ['It was taught by networks made of:', '']),
    ...networks.map(({ name, about, from, licence }) => `- ${name}: ${about} From ${from}. ${licence}.`),
    ...(data.length === 0
      ? []
      : ['', 'It was trained on recordings of the following sources; it contains none of them:', '']),
    ...data.map(({ source, licence }) => {
      const found = known.get(source);
      return `- ${source}: ${found ? `${found.about} From ${found.from}. ` : ''}${licence}.`;
    }),
    '',
  ].join('\n');
}
