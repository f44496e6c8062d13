/** VoxForge: volunteers reading in six languages, for language identification by voice. */
import { audioFiles } from '../audio-files.js';
import { BY_SPEAKER, clipAt, type DatasetLayout, orNotThisLayout } from './layout.js';

/** Folder names seen for each of the six languages of NOSS. */
const LANGUAGES: Readonly<Record<string, string>> = {
  ...{ en: 'en', english: 'en', fr: 'fr', french: 'fr', de: 'de', german: 'de' },
  ...{ es: 'es', spanish: 'es', it: 'it', italian: 'it', ru: 'ru', russian: 'ru' },
};

export const voxforge: DatasetLayout = {
  name: 'voxforge',
  title: 'VoxForge, language identification',
  obtain:
    'From voxforge.org, "Downloads": the speech files of en, fr, de, es, it and ru, a .tgz a submission, some tens of GB (16 kHz 16-bit is enough); GPL. Unpack each below a folder of its language: en/Aaron-20080318-kdl/wav/a0001.wav. NOSS used the submissions that TensorFlow Datasets lists.',
  tasks: [
    {
      name: 'voxforge',
      title: 'Language (VoxForge)',
      label: 'language',
      speaker: 'speaker',
      split: BY_SPEAKER,
    },
  ],
  async read(root) {
    const skipped = new Set<string>();
    const clips = (await audioFiles(root)).flatMap((below) => {
      const [folder, archive, ...rest] = below.split('/');
      const language = LANGUAGES[folder.toLowerCase()];
      if (language === undefined || archive === undefined || rest.length === 0) {
        skipped.add(folder);
        return [];
      }
      return [clipAt(root, below, { language, speaker: `${language}-${speakerOf(archive)}`, archive })];
    });
    const notes = [...skipped].map((folder) => `'${folder}' is not a language of the task; left out`);
    return orNotThisLayout(
      { corpus: { name: 'voxforge', clips }, missing: [], notes },
      root,
      '<language>/<speaker-archive>/wav/<name>.wav',
    );
  },
};

/** `Aaron-20080318-kdl` is by Aaron; each anonymous submission counts as a speaker of its own. */
function speakerOf(archive: string): string {
  const name = archive.replace(/-\d{8}-\w+$/, '');
  return /^anonymous$/i.test(name) ? archive : name.toLowerCase();
}
