/** All dataset readers; adding one is adding a file and a line here. */
import { audioset } from './audioset.js';
import { cremaD } from './crema-d.js';
import { csv } from './csv.js';
import { dementiabank } from './dementiabank.js';
import { esc50 } from './esc50.js';
import { folderPerClass } from './folder-per-class.js';
import type { DatasetLayout } from './layout.js';
import { masc } from './masc.js';
import { savee } from './savee.js';
import { speechCommands } from './speech-commands.js';
import { tfrecord } from './tfrecord.js';
import { voxceleb1 } from './voxceleb1.js';
import { voxforge } from './voxforge.js';

export const LAYOUTS: readonly DatasetLayout[] = [
  voxceleb1,
  voxforge,
  speechCommands,
  cremaD,
  savee,
  masc,
  esc50,
  dementiabank,
  audioset,
  tfrecord,
  folderPerClass,
  csv,
];
