/** SAVEE (Jackson & Haq, University of Surrey): 4 men, 7 emotions, 480 utterances at 44.1 kHz. */
import { audioFiles } from '../audio-files.js';
import { clipAt, type DatasetLayout, orNotThisLayout } from './layout.js';

const EMOTIONS: Readonly<Record<string, string>> = {
  a: 'anger',
  d: 'disgust',
  f: 'fear',
  h: 'happiness',
  n: 'neutral',
  sa: 'sadness',
  su: 'surprise',
};

/** `DC/a01.wav` as published, `DC_a01.wav` in copies that have all in one folder. */
const NAME = /(?:^|\/)(DC|JE|JK|KL)[/_](sa|su|a|d|f|h|n)(\d{2})\.\w+$/;

export const savee: DatasetLayout = {
  name: 'savee',
  title: 'SAVEE, emotion',
  obtain:
    'By registration at kahlan.eps.surrey.ac.uk/savee: AudioData.zip, 0.2 GB; free for research. Unpack it, so that there is AudioData/DC/a01.wav.',
  tasks: [
    {
      name: 'savee',
      title: 'Emotion (SAVEE)',
      label: 'emotion',
      speaker: 'speaker',
      // Four speakers: two, one and one.
      split: { by: 'group', group: 'speaker', fractions: { train: 2, validation: 1, test: 1 } },
    },
  ],
  async read(root) {
    const notes: string[] = [];
    const clips = (await audioFiles(root)).flatMap((below) => {
      const [, speaker, code, sentence] = NAME.exec(below) ?? [];
      if (code === undefined) {
        notes.push(`'${below}' is not named like a clip of SAVEE; left out`);
        return [];
      }
      return [clipAt(root, below, { emotion: EMOTIONS[code], speaker, sentence })];
    });
    return orNotThisLayout(
      { corpus: { name: 'savee', clips }, missing: [], notes },
      root,
      'AudioData/DC/a01.wav',
    );
  },
};
