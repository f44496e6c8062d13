/**
 * The pages of `docs/` as a site, with search in the browser: `npm run docs:dev` while writing, `npm run docs` to build it into
 * `docs/.vitepress/dist`. Neither the build nor a page asks another server for anything. BASE is the path that the site is served under.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';

const page = (text: string, link: string) => ({ text, link });

const GUIDE = [
  {
    text: 'On a device',
    items: [
      page('The library', '/library'),
      page('The playground', '/playground'),
      page('Audio formats', '/audio-formats'),
      page('API', '/api/'),
    ],
  },
  {
    text: 'Commands',
    items: [
      page('frill embed', '/embed'),
      page('frill features', '/features'),
      page('frill inspect', '/inspect'),
      page('frill bench', '/bench'),
      page('frill bench on a phone', '/phone'),
      page('frill evaluate', '/evaluate'),
      page('frill export', '/export'),
    ],
  },
  {
    text: 'Training',
    items: [
      page('Corpora', '/corpus'),
      page('Training data', '/training-data'),
      page('Data sets', '/datasets'),
      page('Tasks file', '/tasks-file'),
      page('Teacher', '/teacher'),
      page('Distillation', '/distill'),
      page('A study', '/study'),
      page('Many machines', '/many-machines'),
      page('A GPU', '/gpu'),
      page('Releases', '/release'),
    ],
  },
  {
    text: 'Results',
    items: [
      page('Comparison on real audio', '/noss/'),
      page('24 students of the combined teacher', '/study/combined/'),
      page('144 students of YAMNet', '/study/yamnet/'),
      page('Eight students of TRILL', '/study/trill/'),
      page('Eight trained longer', '/study/compression/'),
    ],
  },
  { text: 'Inside', items: [page('Reliability', '/reliability'), page('Architecture', '/architecture')] },
];

export default defineConfig({
  title: 'Frill',
  description: 'Speech representations on the device, and the laboratory that makes them',
  lang: 'en',
  base: process.env.BASE ?? '/',
  // A folder's README is its page.
  rewrites: (id) => id.replace(/README\.md$/, 'index.md'),
  markdown: {
    // Pages are written for every reader of Markdown: what looks like a tag is text.
    html: false,
    config(markdown) {
      // A README is linked as the page that it becomes. The site has no files of the repository outside docs/: they are only named.
      markdown.core.ruler.push('links', ({ tokens, env }) => {
        const depth = String(env.relativePath).split('/').length;
        for (const { children } of tokens)
          for (const token of children ?? []) {
            const href = token.type === 'link_open' ? token.attrGet('href') : null;
            if (href?.startsWith('../'.repeat(depth))) token.attrs = [['title', href.replaceAll('../', '')]];
            else if (href) token.attrSet('href', href.replace(/\bREADME\.md/, 'index.md'));
          }
      });
    },
  },
  // Reports, plots and tables of the published studies lie beside their pages.
  ignoreDeadLinks: [/\/report$/],
  async buildEnd({ srcDir, outDir }) {
    for (const folder of ['study', 'noss', 'images'])
      await cp(join(srcDir, folder), join(outDir, folder), {
        recursive: true,
        filter: (path) => !path.endsWith('.md'),
      });
  },
  themeConfig: {
    nav: [page('Documentation', '/'), page('API', '/api/')],
    sidebar: GUIDE,
    outline: [2, 3],
    search: { provider: 'local' },
  },
});
