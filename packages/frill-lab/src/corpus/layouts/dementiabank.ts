/** DementiaBank's Pitt corpus (Becker et al., Archives of Neurology 51, 1994): Alzheimer's disease or healthy. */
import { basename } from 'node:path';
import { audioFiles } from '../audio-files.js';
import { BY_SPEAKER, clipAt, type DatasetLayout, orNotThisLayout } from './layout.js';

const LABELS: Readonly<Record<string, string>> = { control: 'healthy', dementia: 'AD' };

export const dementiabank: DatasetLayout = {
  name: 'dementiabank',
  title: "DementiaBank (Pitt), Alzheimer's disease or healthy",
  obtain:
    'From dementia.talkbank.org, corpus Pitt, for academic researchers who ask by mail and accept the ground rules of TalkBank: the media folders Control and Dementia, below each cookie, fluency, recall and sentence with 001-0.mp3 (participant-visit), a few GB; password protected, no redistribution.',
  tasks: [
    {
      name: 'dementiabank',
      title: "Alzheimer's disease (DementiaBank)",
      label: 'label',
      speaker: 'speaker',
      split: BY_SPEAKER,
      metric: 'balanced-accuracy',
    },
  ],
  async read(root) {
    const notes: string[] = [];
    const clips = (await audioFiles(root)).flatMap((below) => {
      const parts = below.toLowerCase().split('/');
      const group = parts.find((part) => part in LABELS);
      const participant = /^(\d+)-\d+\w*\./.exec(basename(below))?.[1];
      if (group === undefined || participant === undefined) {
        notes.push(`'${below}' is not <Control|Dementia>/<exercise>/<participant>-<visit>; left out`);
        return [];
      }
      const exercise = parts.at(-2) ?? '';
      return [clipAt(root, below, { label: LABELS[group], speaker: participant, exercise })];
    });
    return orNotThisLayout(
      { corpus: { name: 'dementiabank', clips }, missing: [], notes },
      root,
      'Control/cookie/002-0.mp3 or Dementia/cookie/001-0.mp3',
    );
  },
};
