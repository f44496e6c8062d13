/**
 * NOTICE of a released model: the networks that taught it and the recordings that it heard, with whom their licences ask to name. A
 * model that began with the weights of another has heard what that one heard, and its NOTICE is where this is kept.
 */
import type { Attribution, SourceShare } from './training-data.js';

/** What a training began with in place of random weights. */
export interface Ancestry {
  /** The release, as in `frill-m, version 2`. */
  readonly begunWith: string;
  /** What its NOTICE says of each source, its ancestors' among them. */
  readonly sources: readonly string[];
}

const TRAINED_ON = 'It was trained on recordings of the following sources; it contains none of them:';
const BEGAN_WITH = 'It began with the weights of ';
const TOO = ', whose training had these sources too:';
const NO_OTHERS = ', whose training had no other sources.';

/** `declared` says of sources, by name, what they are and where they come from. */
export function notice(
  title: string,
  networks: readonly Attribution[],
  data: readonly SourceShare[],
  declared: readonly Attribution[],
  ancestry?: Ancestry,
): string {
  const known = new Map(declared.map((source) => [source.name, source]));
  const sources = data.map(({ source, licence }) => {
    const found = known.get(source);
    return `- ${source}: ${found ? `${found.about} From ${found.from}. ` : ''}${licence}.`;
  });
  const others = ancestry?.sources.filter((line) => !sources.includes(line)) ?? [];
  return [
    title,
    'Licensed under the Apache License, Version 2.0; see LICENSE.',
    ...(networks.length === 0 ? [] : ['', 'It was taught by networks made of:', '']),
    ...networks.map(({ name, about, from, licence }) => `- ${name}: ${about} From ${from}. ${licence}.`),
    ...(sources.length === 0 ? [] : ['', TRAINED_ON, '', ...sources]),
    ...(ancestry ? ['', `${BEGAN_WITH}${ancestry.begunWith}${others.length === 0 ? NO_OTHERS : TOO}`] : []),
    ...(others.length === 0 ? [] : ['', ...others]),
    '',
  ].join('\n');
}

/** The ancestry of a model that begins with the one that a NOTICE is of. */
export function ancestryOf(text: string, begunWith: string): Ancestry {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line === TRAINED_ON || line.startsWith(BEGAN_WITH));
  const sources = first < 0 ? [] : lines.slice(first).filter((line) => line.startsWith('- '));
  return { begunWith, sources };
}

/** The ancestry that a NOTICE tells of its own model; undefined where it began with random weights. */
export function ownAncestry(text: string): Ancestry | undefined {
  const told = text.split('\n').find((line) => line.startsWith(BEGAN_WITH));
  if (told === undefined) return undefined;
  const end = [TOO, NO_OTHERS].find((ending) => told.endsWith(ending)) ?? '';
  return ancestryOf(text, told.slice(BEGAN_WITH.length, told.length - end.length));
}
