/** Who is on the test side of tasks that keep speakers apart: nobody of them may be in a corpus that a model trains on. */
import type { Task } from '../tasks.js';

/** People as `corpus/column/value`, in every column of their clips, so that a declaration can name them by any. */
export function testSpeakers(tasks: readonly Task[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { declaration, clips, splitting } of tasks) {
    const { corpus, speaker, sharedSpeakers } = declaration;
    if (speaker === undefined || sharedSpeakers) continue;
    for (const fold of splitting.folds)
      for (const index of fold.test)
        for (const [column, value] of Object.entries(clips[index].labels))
          if (value !== '') found.add(personOf(corpus, column, value));
  }
  return found;
}

/** The name without what stands in brackets behind it, and without its case: people are written in many ways. */
export function personOf(corpus: string, column: string, name: string): string {
  return `${corpus}/${column}/${name.replace(/\s*\(.*$/su, '').toLowerCase()}`;
}
