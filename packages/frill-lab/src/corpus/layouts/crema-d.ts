/** CREMA-D (Cao et al., IEEE Trans. Affective Computing 5, 2014): 91 actors, 6 emotions. */
import { basename } from 'node:path';
import { audioFiles } from '../audio-files.js';
import { BY_SPEAKER, clipAt, type DatasetLayout, orNotThisLayout } from './layout.js';

const EMOTIONS: Readonly<Record<string, string>> = {
  ANG: 'anger',
  DIS: 'disgust',
  FEA: 'fear',
  HAP: 'happiness',
  NEU: 'neutral',
  SAD: 'sadness',
};

/** `1001_DFA_ANG_XX.wav`: actor, sentence, emotion, intensity. */
const NAME = /^(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{2})\.\w+$/;

export const cremaD: DatasetLayout = {
  name: 'crema-d',
  title: 'CREMA-D, emotion',
  obtain:
    'From github.com/CheyneyComputerScience/CREMA-D (needs git lfs; its page names a mirror, and a form that users are asked to fill in), folder AudioWAV: 7,442 clips, 0.6 GB; Open Database License.',
  tasks: [
    { name: 'crema-d', title: 'Emotion (CREMA-D)', label: 'emotion', speaker: 'speaker', split: BY_SPEAKER },
  ],
  async read(root) {
    const notes: string[] = [];
    const clips = (await audioFiles(root)).flatMap((below) => {
      const [, speaker, sentence, code, intensity] = NAME.exec(basename(below)) ?? [];
      const emotion = EMOTIONS[code ?? ''];
      if (emotion === undefined) {
        notes.push(`'${below}' is not named like a clip of CREMA-D; left out`);
        return [];
      }
      return [clipAt(root, below, { emotion, speaker, sentence, intensity })];
    });
    return orNotThisLayout(
      { corpus: { name: 'crema-d', clips }, missing: [], notes },
      root,
      'AudioWAV/1001_DFA_ANG_XX.wav',
    );
  },
};
