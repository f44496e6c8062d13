/** What is in a corpus, as a page to publish beside the models that are trained on it: written from the build, never by hand. */
import { whole } from '../../text/format.js';
import type { CorpusClip } from './assemble.js';
import type { BuiltCorpus } from './build-corpus.js';
import type { Declaration } from './declaration.js';

const KIND_TITLES: Readonly<Record<CorpusClip['kind'], string>> = {
  speech: 'Speech',
  human: 'Other human sounds',
  music: 'Music',
  effects: 'Effects',
  ambience: 'Ambience',
};

export function dataPage(
  declarations: readonly Declaration[],
  corpus: BuiltCorpus,
  heldOut: readonly string[],
): string {
  const { clips, removed, sources } = corpus;
  const absent = declarations.filter(({ name }) => !sources.some((built) => built.name === name));
  const lines = [
    '# Training data',
    '',
    'What the released models are trained on, and what they are not. `frill corpus build` writes this page from the corpus that it',
    'built; [the example](../examples/training-corpus/README.md) tells how to build it, and holds a declaration of every source.',
    '',
    ...totals(clips),
    '',
    '## Sources',
    '',
    'Hours and clips are those of the corpus, after everything below was left out. Terms: *free* licences let weights be published',
    '(attribution where they ask for it); *copyleft* (GPL) clips are marked, and a release does without them unless its card names them.',
    '',
    '| source | from | licence | terms | hours | clips | speakers | languages |',
    '| --- | --- | --- | --- | ---: | ---: | ---: | --- |',
    ...declarations.flatMap((declaration) => sourceRow(declaration, clips)),
    '',
    ...(absent.length === 0
      ? []
      : [`Declared, but not in this build: ${absent.map(({ name }) => name).join(', ')}.`, '']),
    '## What each is',
    '',
    ...declarations
      .filter(({ name }) => clips.some(({ source }) => source === name))
      .map(
        ({ name, about, licenceStated }) =>
          `- **${name}**: ${about}${licenceStated ? ` Licence: ${licenceStated}.` : ''}`,
      ),
    '',
    '## What is not in it',
    '',
    `- Languages that are kept for tasks, so that unseen ones can be measured: ${heldOut.length === 0 ? 'none' : heldOut.join(', ')}.`,
    ...reasons(removed),
    ...sources.flatMap(({ name, leftOut }) =>
      Object.entries(leftOut).map(([reason, count]) => `- ${name}: ${whole(count)} files: ${reason}.`),
    ),
    '',
    'Every test clip of the tasks was compared with every clip here by audio fingerprint, and every speaker by name.',
    'Pieces under 0.25 s or below −55 dB of full scale were left out; clips over 15 s were cut into pieces of 10 s.',
    '',
  ];
  return lines.join('\n');
}

function totals(clips: readonly CorpusClip[]): string[] {
  const count = (some: readonly CorpusClip[]) =>
    `${hours(some)} | ${whole(some.length)} | ${whole(speakersOf(some))} | ${languagesOf(some).length}`;
  const rows = Object.entries(KIND_TITLES).flatMap(([kind, title]) =>
    (['free', 'copyleft'] as const).flatMap((terms) => {
      const some = clips.filter((clip) => clip.kind === kind && clip.terms === terms);
      return some.length === 0 ? [] : [`| ${title} | ${terms} | ${count(some)} |`];
    }),
  );
  const uses = (['train', 'noise-train', 'noise-test', 'reserved'] as const).map((split) => {
    const some = clips.filter((clip) => clip.split === split);
    return `\`${split}\` ${hours(some)} h`;
  });
  return [
    '| | terms | hours | clips | speakers | languages |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...rows,
    `| **All** | | ${count(clips)} |`,
    '',
    `By use: ${uses.join(', ')}. Noise to test under (\`noise-test\`) and speakers and languages kept for tasks (\`reserved\`) are never trained on.`,
  ];
}

function sourceRow({ name, from }: Declaration, clips: readonly CorpusClip[]): string[] {
  const own = clips.filter(({ source }) => source === name);
  if (own.length === 0) return [];
  const origin =
    'repository' in from
      ? `[${from.repository}](https://github.com/${from.repository}) @ ${from.commit.slice(0, 7)}`
      : `Debian ${from.package} ${from.version}`;
  const unique = (values: readonly string[]) => [...new Set(values)].sort().join(', ');
  const languages = languagesOf(own);
  return [
    `| ${[
      name,
      origin,
      unique(own.map(({ licence }) => licence)),
      unique(own.map(({ terms }) => terms)),
      hours(own),
      whole(own.length),
      speakersOf(own) || 'not told',
      languages.length > 8 ? `${languages.length} languages` : languages.join(' '),
    ].join(' | ')} |`,
  ];
}

function reasons(removed: BuiltCorpus['removed']): string[] {
  const counts = new Map<string, number>();
  for (const { reason } of removed) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `- ${whole(count)} clips: ${reason}.`);
}

function hours(clips: readonly CorpusClip[]): string {
  return (clips.reduce((sum, { seconds }) => sum + seconds, 0) / 3600).toFixed(2);
}

function speakersOf(clips: readonly CorpusClip[]): number {
  return new Set(clips.flatMap(({ speaker }) => speaker || [])).size;
}

function languagesOf(clips: readonly CorpusClip[]): string[] {
  return [...new Set(clips.flatMap(({ language }) => language || []))].sort();
}
