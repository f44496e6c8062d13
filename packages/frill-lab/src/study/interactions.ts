/** Interactions of two choices in the regressions: whether one choice costs more where another was made. On request only. */
import { InputError } from 'frill-audio';

export const CHOICES = ['size', 'width', 'gap', 'compression', 'qat'] as const;
export type Choice = (typeof CHOICES)[number];

/** Two choices whose product enters the regression; those of `size` are one for each of its indicators. */
export type Interaction = readonly [Choice, Choice];

const ALL: readonly Interaction[] = CHOICES.flatMap((a, index) =>
  CHOICES.slice(index + 1).map((b): Interaction => [a, b]),
);

/** `all` ten, or pairs such as `width:gap,size:qat`. Throws InputError for anything else. */
export function chooseInteractions(words: string): readonly Interaction[] {
  if (words === 'all') return ALL;
  return words.split(/[\s,]+/).map((word): Interaction => {
    const [a, b, ...rest] = word.split(':').map((name) => CHOICES.find((choice) => choice === name));
    if (a && b && a !== b && rest.length === 0) return [a, b];
    throw new InputError({
      what: `"${word}" is no pair of choices`,
      where: '--interactions',
      remedy: `Give all, or pairs of ${CHOICES.join(', ')} such as width:gap,size:qat`,
    });
  });
}
