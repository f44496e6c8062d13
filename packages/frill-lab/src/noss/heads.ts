/**
 * What an app can do with a representation on the device, by the device's own heads: tell its labels from sounds that are none of
 * them (`fitHead`), and one speaker from others (`enrol`). Both learn from a handful of clips of the train side and are judged on the
 * whole test side, over seeded draws; without a background, and with one of clips of other corpora.
 */
import { enrol, fitHead } from 'frill-audio';
import { z } from 'zod';
import type { Task } from '../corpus/tasks.js';
import type { EmbeddedClips } from '../embeddings/clip-embeddings.js';
import { mean } from '../statistics/moments.js';
import { type Random, random } from '../tensor/random.js';
import { checkTask } from './data-checks.js';
import { auc } from './metrics/auc.js';
import { equalErrorRate } from './metrics/eer.js';

const rejectionSchema = z.object({
  /** Area under the curve of known against unknown test clips. */
  auroc: z.number(),
  /** Share of test clips of known classes that is right, where "none of these" is no answer and, as accuracyLeft, where it is one. */
  accuracyBefore: z.number(),
  accuracyLeft: z.number(),
  /** Share of test clips of unknown classes that was told to be none of these. */
  unknownRejected: z.number(),
});

export const headsSchema = z.object({
  /** Examples of each label, and clips of each enrolled speaker. */
  examples: z.int(),
  enrolled: z.int(),
  draws: z.int(),
  /** Means over the draws; absent where the task has too few classes to leave some unknown. */
  rejection: z.object({ alone: rejectionSchema, withBackground: rejectionSchema.optional() }).optional(),
  /** Equal error rates; absent where the classes are no speakers. */
  verification: z.object({ alone: z.number(), withBackground: z.number().optional() }).optional(),
});

export type HeadsResult = z.infer<typeof headsSchema>;
type Rejection = z.infer<typeof rejectionSchema>;

const EXAMPLES = 5;
const ENROLLED = 3;
const DRAWS = 10;
/** Clips of other corpora that a background is drawn from. */
const BACKGROUND = 200;
/** Two are known and one is not. */
const FEWEST_CLASSES = 3;

/** A task's clips of one side, by class. */
type Side = ReadonlyMap<string, readonly Float32Array[]>;

/** Measures heads on the first fold. Throws InputError as `checkTask` does. */
export function measureHeads(
  task: Task,
  embedded: EmbeddedClips,
  background: readonly Float32Array[],
  seed: string,
): HeadsResult {
  const { folds, classes } = checkTask(task, embedded, false);
  const { label, speaker } = task.declaration;
  const sideOf = (indexes: readonly number[]): Side =>
    new Map(
      classes.map((name) => [
        name,
        indexes
          .filter((index) => task.clips[index].labels[label] === name)
          .flatMap((index) => embedded.embeddings.get(task.clips[index].id)?.mean ?? []),
      ]),
    );
  const [train, test] = [sideOf(folds[0].train), sideOf(folds[0].test)];
  const alone = [] as const;
  const rejection = (others: readonly Float32Array[]) => meanRejection(train, test, others, seed);
  const verification = (others: readonly Float32Array[]) => meanErrorRate(train, test, others, seed);
  const bothWays = <Result>(measure: (others: readonly Float32Array[]) => Result) => ({
    alone: measure(alone),
    ...(background.length > 0 ? { withBackground: measure(background) } : {}),
  });
  return {
    examples: EXAMPLES,
    enrolled: ENROLLED,
    draws: DRAWS,
    ...(classes.length >= FEWEST_CLASSES ? { rejection: bothWays(rejection) } : {}),
    ...(label === speaker ? { verification: bothWays(verification) } : {}),
  };
}

/** Clips that a task's background may be of: those of other corpora that train, seeded. */
export function backgroundFor(
  task: Task,
  tasks: readonly Task[],
  { embeddings }: EmbeddedClips,
  seed: string,
) {
  const others = tasks
    .filter(({ declaration }) => declaration.corpus !== task.declaration.corpus)
    .flatMap(({ clips, splitting }) => splitting.folds[0].train.map((index) => clips[index].id));
  return random(`background/${seed}/${task.name}`)
    .shuffle([...new Set(others)])
    .flatMap((id) => embeddings.get(id)?.mean ?? [])
    .slice(0, BACKGROUND);
}

/** Half of the classes are known, at least two. */
function meanRejection(
  train: Side,
  test: Side,
  background: readonly Float32Array[],
  seed: string,
): Rejection {
  const draws = Array.from({ length: DRAWS }, (_, draw) => {
    const stream = random(`rejection/${seed}/${draw}`);
    const classes = stream.shuffle([...train.keys()]);
    const known = new Set(classes.slice(0, Math.max(2, Math.floor(classes.length / 2))));
    const examples = [...known].flatMap((label) =>
      drawn(train.get(label) ?? [], EXAMPLES, stream).map((embedding) => ({ embedding, label })),
    );
    return rejectionOf(fitHead(examples, { background }), known, test);
  });
  const over = (key: keyof Rejection) => mean(draws.map((draw) => draw[key]));
  return {
    auroc: over('auroc'),
    accuracyBefore: over('accuracyBefore'),
    accuracyLeft: over('accuracyLeft'),
    unknownRejected: over('unknownRejected'),
  };
}

function rejectionOf(head: ReturnType<typeof fitHead>, known: ReadonlySet<string>, test: Side): Rejection {
  const judged = [...test].flatMap(([label, clips]) =>
    clips.map((clip) => {
      const { label: said, isKnown, familiarity = 1 } = head.predict(clip);
      return { ofKnown: known.has(label) ? 1 : 0, isRight: said === label, isKnown, familiarity };
    }),
  );
  const share = (ofKnown: 0 | 1, is: (clip: (typeof judged)[number]) => boolean) =>
    mean(judged.filter((clip) => clip.ofKnown === ofKnown).map((clip) => (is(clip) ? 1 : 0)));
  return {
    auroc: auc(
      judged.map(({ ofKnown }) => ofKnown),
      judged.map(({ familiarity }) => familiarity),
    ),
    accuracyBefore: share(1, ({ isRight }) => isRight),
    accuracyLeft: share(1, ({ isRight, isKnown }) => isRight && isKnown),
    unknownRejected: share(0, ({ isKnown }) => !isKnown),
  };
}

/** Every speaker is enrolled in turn and meets all test clips, his own and those of the others. */
function meanErrorRate(train: Side, test: Side, background: readonly Float32Array[], seed: string): number {
  const rates = Array.from({ length: DRAWS }, (_, draw) => {
    const stream = random(`verification/${seed}/${draw}`);
    const trials = [...train].flatMap(([speaker, clips]) => {
      const verifier = enrol(drawn(clips, ENROLLED, stream), { background });
      return [...test].flatMap(([name, heard]) =>
        heard.map((clip) => ({ isSame: name === speaker ? 1 : 0, ...verifier.verify(clip) })),
      );
    });
    return equalErrorRate(
      trials.map(({ isSame }) => isSame),
      trials.map(({ score }) => score),
    );
  });
  return mean(rates);
}

function drawn<T>(items: readonly T[], count: number, stream: Random): T[] {
  return stream.shuffle([...items]).slice(0, count);
}
