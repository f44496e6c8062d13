/** From built sources to the corpus' clips: what is double, kept for tests or known from tests is left out, and every clip gets its use. */
import type { BuiltSource, SourceClip } from './build-source.js';
import { percentile } from './describe-file.js';

/**
 * What a clip is for. `train`: speech. Of music, effects, ambience and other human sounds every fifth recording is
 * `noise-test`, never trained on, so that the noise to test under is new; the rest is `noise-train`.
 * `reserved`: speakers and languages kept for tasks.
 */
export type Use = 'train' | 'noise-train' | 'noise-test' | 'reserved';

export interface CorpusClip extends SourceClip {
  readonly source: string;
  readonly split: Use;
}

/** Why clips of a source are not in the corpus. */
export type Reason =
  | 'the same samples as another clip'
  | 'a speaker that a task tests on'
  | 'a clip that a task tests on';

export interface Assembled {
  readonly clips: readonly CorpusClip[];
  readonly removed: readonly { readonly source: string; readonly path: string; readonly reason: Reason }[];
}

export interface Exclusions {
  /** ISO 639 codes; what is spoken in them is kept for tasks. */
  readonly heldOutLanguages: ReadonlySet<string>;
  /** People, as `corpus/column/value`. */
  readonly testSpeakers: ReadonlySet<string>;
  /** SHA-256 of clips that sound like one that a task tests on. */
  readonly leaks: ReadonlySet<string>;
}

const NOISE_TEST_PERCENT = 20;

export function assemble(sources: readonly BuiltSource[], exclusions: Exclusions): Assembled {
  const clips: CorpusClip[] = [];
  const removed: { source: string; path: string; reason: Reason }[] = [];
  const heard = new Set<string>();
  for (const { name: source, clips: built } of sources)
    for (const clip of built) {
      const reason = whyNot(clip, exclusions, heard);
      heard.add(clip.sha256);
      if (reason === undefined) clips.push({ ...clip, source, split: useOf(clip, source, exclusions) });
      else removed.push({ source, path: clip.path, reason });
    }
  return { clips, removed };
}

function whyNot(clip: SourceClip, exclusions: Exclusions, heard: ReadonlySet<string>): Reason | undefined {
  if (clip.alsoKnownAs.some((person) => exclusions.testSpeakers.has(person)))
    return 'a speaker that a task tests on';
  if (exclusions.leaks.has(clip.sha256)) return 'a clip that a task tests on';
  if (heard.has(clip.sha256)) return 'the same samples as another clip';
  return undefined;
}

/** Use of a clip, decided by its recording, so that the pieces of one stay together. */
function useOf(
  { kind, language, reserved, recording }: SourceClip,
  source: string,
  { heldOutLanguages }: Exclusions,
): Use {
  if (reserved || heldOutLanguages.has(language)) return 'reserved';
  if (kind === 'speech') return 'train';
  return percentile(`noise ${source} ${recording}`) < NOISE_TEST_PERCENT ? 'noise-test' : 'noise-train';
}
