/** Conditions by name. To add a kind, add a file and a line here. */
import { InputError } from 'frill-audio';
import { clipped } from './clipped.js';
import { CLEAN, type Condition, type ConditionKind } from './condition.js';
import { noise } from './noise.js';
import { openNoiseClips } from './noise-clips.js';
import { opus } from './opus.js';
import { quiet } from './quiet.js';
import { reverb } from './reverb.js';
import { telephone } from './telephone.js';

const KINDS: readonly ConditionKind[] = [noise, reverb, telephone, quiet, clipped, opus];

/** How conditions are written: `clean, noise-DB, reverb, ...`. */
export const CONDITION_FORMS: readonly string[] = [CLEAN, ...KINDS.map(({ form }) => form)];

/**
 * Opens conditions in the order of their names, each once. `noise` are folders and manifests of sounds to put behind clips. Throws
 * InputError for an unknown name, or where what a condition needs is not there.
 */
export async function openConditions(
  names: readonly string[],
  { noise = [] }: { readonly noise?: readonly string[] } = {},
): Promise<Condition[]> {
  const clips = await openNoiseClips(noise);
  const conditions: Condition[] = [];
  for (const name of new Set(names)) {
    if (name === CLEAN) continue;
    let found: Condition | undefined;
    for (const kind of KINDS) found ??= await kind.open(name, clips);
    if (found === undefined)
      throw new InputError({
        what: `'${name}' is no condition`,
        where: '--conditions',
        remedy: `Choose from: ${CONDITION_FORMS.join(', ')}`,
      });
    conditions.push(found);
  }
  return conditions;
}
