/**
 * Which clips the built-in corpus has: six sets, one for each task, each balanced over its classes, with nuisance
 * (voice, room, noise, level) drawn alike for all of them. A clip's plan says everything about its sound, so clips can be
 * made in any order and anywhere.
 */
import { InputError } from 'frill-audio';
import { type Random, random } from '../../tensor/random.js';
import { drawPerformers, HUMAN_SOUNDS, type Performer } from './human-sounds.js';
import { drawSpeakers, type Speaker } from './speaker.js';
import { KEYWORDS, LANGUAGES, SENTENCES } from './texts.js';

export const SETS = ['speaker', 'language', 'keyword', 'emotion', 'mask', 'human-sound'] as const;
export type SetName = (typeof SETS)[number];

export const EMOTIONS = ['neutral', 'angry', 'sad', 'happy'] as const;
export type Emotion = (typeof EMOTIONS)[number];

export const MASKS = ['clear', 'mask'] as const;
export type Mask = (typeof MASKS)[number];

/** What is heard before room and noise. */
export type SoundSource =
  | {
      readonly kind: 'speech';
      readonly speaker: Speaker;
      readonly language: string;
      readonly text: string;
      readonly emotion: Emotion;
      readonly mask: Mask;
    }
  | { readonly kind: 'human-sound'; readonly performer: Performer; readonly sound: string };

export interface ClipPlan {
  /** Below the corpus' folder. */
  readonly path: string;
  readonly set: SetName;
  readonly source: SoundSource;
  /** Names the stream that everything accidental is drawn from. */
  readonly seed: string;
  /** Labels that the source does not tell: `word`, `split`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Share of the clips, and speakers (a class, for languages) at the default size. */
const SHARES: Readonly<Record<SetName, { share: number; people: number }>> = {
  speaker: { share: 0.16, people: 20 },
  language: { share: 0.18, people: 12 },
  keyword: { share: 0.2, people: 25 },
  emotion: { share: 0.18, people: 15 },
  mask: { share: 0.14, people: 15 },
  'human-sound': { share: 0.14, people: 12 },
};

export const DEFAULT_SIZE = 2_000;
/** Below this some side of some split would be empty. */
export const SMALLEST_SIZE = 200;

/** Plans about `size` clips (balance rounds). Throws InputError when `size` is too small for every class and side. */
export function planCorpus(size: number, seed: string, sets: readonly SetName[] = SETS): ClipPlan[] {
  if (!(Number.isInteger(size) && size >= SMALLEST_SIZE))
    throw new InputError({
      what: `a corpus of ${size} clips is too small to have every class on every side`,
      where: '--size',
      remedy: `Ask for ${SMALLEST_SIZE} or more`,
    });
  return sets.flatMap((set) => {
    const stream = random(`${seed}/${set}`);
    const clips = size * SHARES[set].share;
    // Five people at least, so that each of three sides has some; more of them, and more clips of each, as it grows.
    const people = Math.max(5, Math.round(SHARES[set].people * Math.sqrt(size / DEFAULT_SIZE)));
    return PLANNERS[set](
      clips,
      set === 'speaker' ? Math.min(people, SHARES[set].people) : people,
      stream,
    ).map((sketch, index) => ({
      ...sketch,
      path: `audio/${set}/${String(index).padStart(5, '0')}.wav`,
      set,
      seed: `${seed}/${set}/${index}`,
      labels: sketch.labels ?? {},
    }));
  });
}

interface Sketch {
  readonly source: SoundSource;
  readonly labels?: Record<string, string>;
}

type Planner = (clips: number, people: number, stream: Random) => Sketch[];

const PLANNERS: Readonly<Record<SetName, Planner>> = {
  /** Who speaks: takes of each speaker on all three sides, no sentence on two of them. */
  speaker(clips, people, stream) {
    const takes = Math.max(5, Math.round(clips / people));
    const texts = stream.fork('texts').shuffle([...SENTENCES.en]);
    const sides = ['train', 'train', 'train', 'validation', 'test'];
    return drawSpeakers('voice', people, stream).flatMap((speaker) =>
      Array.from({ length: takes }, (_unused, take) => {
        const side = take % sides.length;
        const own = texts.filter((_text, index) => index % sides.length === side);
        const text = own[Math.floor(take / sides.length) % own.length];
        return { source: speech(speaker, 'en', text), labels: { split: sides[side], take: String(take) } };
      }),
    );
  },
  language(clips, people, stream) {
    const codes = Object.keys(LANGUAGES);
    const takes = Math.max(1, Math.round(clips / (people * codes.length)));
    // Drawn together, so that no voice goes with a language.
    const speakers = drawSpeakers('native', people * codes.length, stream);
    return speakers.flatMap((speaker, index) => {
      const language = codes[index % codes.length];
      const texts = stream.fork(`texts/${index}`).shuffle([...SENTENCES[language]]);
      return Array.from({ length: takes }, (_unused, take) => ({
        source: speech(speaker, language, texts[take % texts.length]),
      }));
    });
  },
  keyword(clips, people, stream) {
    const takes = Math.max(1, Math.round(clips / (people * KEYWORDS.length)));
    return crossed(drawSpeakers('caller', people, stream), KEYWORDS, takes, (speaker, word) => ({
      source: speech(speaker, 'en', word),
      labels: { word },
    }));
  },
  emotion(clips, people, stream) {
    const takes = Math.max(1, Math.round(clips / (people * EMOTIONS.length)));
    const texts = stream.fork('texts').shuffle([...SENTENCES.en]);
    return crossed(drawSpeakers('actor', people, stream), EMOTIONS, takes, (speaker, emotion, take) => ({
      source: speech(speaker, 'en', texts[take % texts.length], { emotion }),
    }));
  },
  mask(clips, people, stream) {
    const takes = Math.max(1, Math.round(clips / (people * MASKS.length)));
    const texts = stream.fork('texts').shuffle([...SENTENCES.en]);
    return crossed(drawSpeakers('wearer', people, stream), MASKS, takes, (speaker, mask, take) => ({
      source: speech(speaker, 'en', texts[take % texts.length], { mask }),
    }));
  },
  'human-sound'(clips, people, stream) {
    const sounds = Object.keys(HUMAN_SOUNDS);
    const takes = Math.max(1, Math.round(clips / (people * sounds.length)));
    return crossed(drawPerformers(people, stream), sounds, takes, (performer, sound) => ({
      source: { kind: 'human-sound', performer, sound },
    }));
  },
};

function speech(
  speaker: Speaker,
  language: string,
  text: string,
  { emotion = 'neutral', mask = 'clear' }: { emotion?: Emotion; mask?: Mask } = {},
): SoundSource {
  return { kind: 'speech', speaker, language, text, emotion, mask };
}

function crossed<Person, Class>(
  people: readonly Person[],
  classes: readonly Class[],
  takes: number,
  sketch: (person: Person, name: Class, take: number) => Sketch,
): Sketch[] {
  return people.flatMap((person) =>
    classes.flatMap((name) => Array.from({ length: takes }, (_unused, take) => sketch(person, name, take))),
  );
}

/** Label columns of the corpus' manifest, in order. */
export const COLUMNS = [
  'set',
  'speaker',
  'language',
  'word',
  'emotion',
  'mask',
  'human_sound',
  'split',
  'take',
  'text',
] as const;

/** A clip's labels; the empty word where a column does not apply. */
export function labelsOf({ set, source, labels }: ClipPlan): Record<(typeof COLUMNS)[number], string> {
  const own =
    source.kind === 'speech'
      ? {
          speaker: source.speaker.name,
          language: source.language,
          emotion: source.emotion,
          mask: source.mask,
          human_sound: '',
          text: source.text,
        }
      : {
          speaker: source.performer.name,
          language: '',
          emotion: '',
          mask: '',
          human_sound: source.sound,
          text: '',
        };
  return { set, word: '', split: '', take: '', ...own, ...labels };
}
