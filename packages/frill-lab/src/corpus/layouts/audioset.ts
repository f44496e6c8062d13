/**
 * AudioSet (Gemmeke et al., ICASSP 2017): ten-second clips with several labels each. It is what TRILL and FRILL learn
 * from: keep the clips with `speech` = `yes` and distil on them, unlabelled.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { audioFiles } from '../audio-files.js';
import { clipAt, type DatasetLayout, notThisLayout } from './layout.js';

/** Labels by machine id where class_labels_indices.csv is absent: only speech has to be known. */
const SPEECH = '/m/09x0r';

export const audioset: DatasetLayout = {
  name: 'audioset',
  title: 'AudioSet, speech to distil on',
  obtain:
    'Segments (balanced_train_segments.csv, eval_segments.csv, unbalanced_train_segments.csv) and class_labels_indices.csv from research.google.com/audioset, CC BY 4.0 (the ontology CC BY-SA 4.0); the audio has to be downloaded from the videos by yourself, about 1.4 MB a clip as FLAC at 48 kHz. Any audio file named <video>.*, Y<video>.* or <video>_<start>.* below the folder is found.',
  tasks: [],
  async read(root) {
    const listings = (await readdir(root).catch(() => []))
      .filter((name) => name.endsWith('_segments.csv'))
      .sort();
    if (listings.length === 0) throw notThisLayout(root, 'audioset', 'no *_segments.csv is there');
    const byStem = new Map(
      (await audioFiles(root)).map((below) => [basename(below).replace(/\.\w+$/, ''), below]),
    );
    const names = await readNames(root);
    const missing: string[] = [];
    const clips = [];
    for (const listing of listings) {
      for (const [video, start, end, ids] of readSegments(await readFile(join(root, listing), 'utf8'))) {
        const starts = timeForms(start);
        const ends = timeForms(end);
        const stems = starts.flatMap((form, index) => [
          `${video}_${form}`,
          `${video}_${form}_${ends[index]}`,
        ]);
        const below = [video, `Y${video}`, ...stems]
          .map((stem) => byStem.get(stem))
          .find((path) => path !== undefined);
        if (below === undefined) {
          missing.push(`${video} (${listing})`);
          continue;
        }
        const classes = ids.split(',');
        clips.push(
          clipAt(root, below, {
            classes: classes.map((id) => names.get(id) ?? id).join(';'),
            speech: classes.includes(SPEECH) ? 'yes' : 'no',
            split: listing.startsWith('eval') ? 'test' : 'train',
          }),
        );
      }
    }
    return { corpus: { name: 'audioset', clips }, missing, notes: [] };
  },
};

/** `30.000` as tools write it into file names: as it is, whole seconds, milliseconds. */
function timeForms(seconds: string): string[] {
  return [seconds, String(Number(seconds)), String(Math.round(Number(seconds) * 1000))];
}

/** Video, start and end in seconds, labels; comment lines start with #. */
function readSegments(text: string): string[][] {
  return parse(text, {
    comment: '#',
    comment_no_infix: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
}

async function readNames(root: string): Promise<Map<string, string>> {
  const text = await readFile(join(root, 'class_labels_indices.csv'), 'utf8').catch(() => '');
  const rows: string[][] = parse(text, { trim: true, skip_empty_lines: true, from_line: 2 });
  return new Map(rows.map(([, id, name]) => [id, name]));
}
