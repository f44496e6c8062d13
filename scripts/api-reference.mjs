/**
 * `npm run build:api` writes docs/api: a page for each entry of frill-audio, with every export, its signature and its doc comment,
 * from the built declarations. An export or a member without a comment fails. `--check` writes nothing and fails where a page is not
 * what the declarations say.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('..', import.meta.url));
const device = join(root, 'packages/frill-audio');
const pages = join(root, 'docs/api');

/** Entries in the order of the index, and what each is for. */
const ENTRIES = {
  index: ['frill-audio', 'what every app needs, in Node, browsers and workers'],
  decode: ['frill-audio/decode', 'sound from the bytes of files'],
  node: ['frill-audio/node', 'sound from files by their path, in Node'],
  model: [
    'frill-audio/model',
    'the smallest released model inside a module, for bundlers that leave files behind',
  ],
  litert: ['frill-audio/litert', 'another runtime, for other .tflite files than those of Frill'],
  internals: [
    'frill-audio/internals',
    'what the laboratory shares with the device; apps do not need it, and it may change with any version',
  ],
};

/** What API Extractor finds in the declarations of an entry: a tree of items with excerpts and comments. */
function extract(entry, folder) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: device,
      mainEntryPointFilePath: join(device, `dist/${entry}.d.ts`),
      compiler: { tsconfigFilePath: join(device, 'tsconfig.json') },
      apiReport: { enabled: false },
      docModel: { enabled: true, apiJsonFilePath: join(folder, `${entry}.json`) },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(device, 'package.json'),
  });
  Extractor.invoke(config, { localBuild: true, messageCallback: (message) => (message.handled = true) });
  return JSON.parse(readFileSync(join(folder, `${entry}.json`), 'utf8')).members[0].members;
}

/** Within a chapter, what is called comes before what is given and returned. */
const KINDS = ['Function', 'Class', 'Interface', 'TypeAlias', 'Variable'];

/** Chapters of an entry as its source has them: comments that begin with `#`, each with the names exported below it. */
function chaptersOf(entry) {
  const source = readFileSync(join(device, `src/${entry}.ts`), 'utf8');
  const [, ...titled] = source.split(/^\/\/ # /m);
  return titled.map((text) => ({
    title: text.slice(0, text.indexOf('\n')),
    names: [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
      list.split(',').map((name) => name.replace(/^\s*(?:type )?/, '').trim()),
    ),
  }));
}

function page(entry, members) {
  const [name, summary] = ENTRIES[entry];
  const lines = [
    `# ${name}`,
    '',
    `${summary[0].toUpperCase()}${summary.slice(1)}. Written by \`npm run build:api\`.`,
  ];
  const chapters = chaptersOf(entry);
  if (chapters.length === 0) chapters.push({ title: 'Exports', names: members.map((item) => item.name) });
  for (const { title, names } of chapters) {
    const rank = (item) => KINDS.indexOf(item.kind);
    const items = members
      .filter((item) => names.includes(item.name))
      .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
    lines.push('', `## ${title}`);
    for (const item of items) lines.push('', ...section(item));
  }
  return `${lines.join('\n')}\n`;
}

/** Names of what a reader would find without a word, as `Embedder.close`. */
function uncommented(members, owner = '') {
  return members.flatMap((item) => {
    const name = `${owner}${item.name ?? 'constructor'}`;
    // API Extractor has words of its own for constructors that have none.
    const isTold = (item.docComment ?? '') !== '' && !item.docComment.includes('Constructs a new instance');
    return [...(isTold ? [] : [name]), ...uncommented(item.members ?? [], `${name}.`)];
  });
}

function section(item) {
  const body = (item.members ?? []).map((member) => {
    const comment = textOf(member.docComment);
    const signature = excerpt(member).replace(/;?$/, ';');
    return `${comment === '' ? '' : `/** ${comment} */\n`}${signature}`;
  });
  const declaration = excerpt(item);
  const code =
    body.length > 0 ? `${declaration} {\n${body.join('\n').replace(/^(?=.)/gm, '  ')}\n}` : declaration;
  const comment = textOf(item.docComment);
  return [`### ${item.name}`, '', ...(comment === '' ? [] : [comment, '']), '```ts', code, '```'];
}

const excerpt = (item) =>
  item.excerptTokens
    .map(({ text }) => text)
    .join('')
    .replace(/^export (declare )?/, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();

/** The words of a comment, without its stars. */
const textOf = (comment = '') =>
  comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .replaceAll(/@throws\s+/g, '**Throws** ')
    .replaceAll(/@returns\s+/g, '**Returns** ')
    .replaceAll(/@param (\S+)\s+(?:- )?/g, '- `$1`: ')
    .trim();

const check = process.argv.includes('--check');
const folder = mkdtempSync(join(tmpdir(), 'frill-api-'));
const written = new Map();
try {
  for (const entry of Object.keys(ENTRIES)) {
    const members = extract(entry, folder);
    for (const name of uncommented(members)) {
      process.stderr.write(`${name} of ${ENTRIES[entry][0]} has no doc comment\n`);
      process.exitCode = 1;
    }
    written.set(`${ENTRIES[entry][0].replace('/', '-')}.md`, page(entry, members));
  }
} finally {
  rmSync(folder, { recursive: true });
}
const contents = Object.values(ENTRIES).map(
  ([name, summary]) => `- [\`${name}\`](${name.replace('/', '-')}.md): ${summary}`,
);
written.set('README.md', `# API of frill-audio\n\n${contents.join('\n')}\n`);

mkdirSync(pages, { recursive: true });
for (const [name, text] of written) {
  const path = join(pages, name);
  if (!check) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`docs/api/${name} is not what the declarations say; run \`npm run build:api\`\n`);
    process.exitCode = 1;
  }
}
