/** A folder for each class; above them train, validation and test where there is an official split. */
import { random } from '../../tensor/random.js';
import { audioFiles } from '../audio-files.js';
import { clipAt, type DatasetLayout, orNotThisLayout } from './layout.js';

const SIDES: Readonly<Record<string, string>> = {
  ...{ train: 'train', training: 'train', validation: 'validation', valid: 'validation', val: 'validation' },
  ...{ dev: 'validation', devel: 'validation', test: 'test', testing: 'test', eval: 'test' },
};

export const folderPerClass: DatasetLayout = {
  name: 'folder-per-class',
  title: 'A folder for each class',
  obtain:
    'Your own: <class>/<anything>.wav, or <train|validation|test>/<class>/<anything>.wav. A further level is taken for the speaker: <class>/<speaker>/<anything>.wav.',
  tasks: [{ name: 'classes', title: 'Classes', label: 'label', split: { by: 'column', column: 'split' } }],
  async read(root) {
    const files = await audioFiles(root);
    const isSplit =
      files.length > 0 && files.every((below) => (SIDES[below.split('/')[0].toLowerCase()] ?? '') !== '');
    const notes: string[] = isSplit
      ? []
      : [
          'no train, validation and test folders: a tenth and a fifth of the speakers (or files) are drawn by name',
        ];
    const clips = files.flatMap((below) => {
      const parts = below.split('/');
      const side = isSplit ? SIDES[parts[0].toLowerCase()] : undefined;
      const [label, ...rest] = isSplit ? parts.slice(1) : parts;
      if (label === undefined || rest.length === 0) {
        notes.push(`'${below}' is in no class's folder; left out`);
        return [];
      }
      const speaker = rest.length > 1 ? rest[0] : '';
      return [clipAt(root, below, { label, speaker, split: side ?? drawSide(speaker || below) })];
    });
    return orNotThisLayout(
      { corpus: { name: 'folder-per-class', clips }, missing: [], notes },
      root,
      '<class>/<name>.wav',
    );
  },
};

/** A side that depends on the name alone: 70 % train, 10 % validation, 20 % test. */
function drawSide(name: string): string {
  const place = random(`folder-per-class/${name}`).uniform();
  return place < 0.1 ? 'validation' : place < 0.3 ? 'test' : 'train';
}
