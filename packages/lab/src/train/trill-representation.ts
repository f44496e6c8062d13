/** A trained teacher as a representation: its layer 19, which students learn, or its embedding. */
import { FRILL_FRONTEND, InputError, loadFrontend } from 'frill';
import { compileOrt } from '../engine/ort/compile.js';
import { openRepresentation, padded, type Representation } from '../models/representation.js';
import { buildTrill } from '../models/trill.js';
import { findTeacher } from './teacher-folder.js';

export interface TrillRepresentationOptions {
  /** `layer19`: the last feature map, flattened. `embedding`: the unit vector that the triplet loss sees. */
  readonly output?: 'layer19' | 'embedding';
  readonly threads?: number;
}

/** Windows a run; what is left over is filled up with zeros. */
const BATCH = 8;

/** Opens the finished teacher of a folder. Throws InputError where there is none. */
export async function trillRepresentation(
  folder: string,
  { output = 'layer19', threads = 2 }: TrillRepresentationOptions = {},
): Promise<Representation> {
  const teacher = await findTeacher(folder);
  if (!teacher)
    throw new InputError({
      what: 'there is no finished teacher here',
      where: folder,
      remedy: 'Run `frill teacher train` with this folder as --out, or name a .tflite or .onnx file',
    });
  const frontend = await loadFrontend();
  const networks = await Promise.all(
    [1, BATCH].map(async (batch) => {
      const trill = buildTrill(teacher.config, { batch, mode: 'inference' });
      const program = await compileOrt(trill.graph, [trill[output]], teacher.weights, { threads });
      return { batch, input: trill.input, program, dimension: trill[output].shape[1] };
    }),
  );
  const [single, several] = networks;
  const size = FRILL_FRONTEND.frames * FRILL_FRONTEND.melBands;
  return {
    name: output === 'layer19' ? 'trill' : 'trill-embedding',
    identity: `trill-${teacher.training}-${output}`,
    dimension: single.dimension,
    grid: 'windows',
    async embed(samples16k) {
      const windows = frontend.windows(padded(samples16k));
      const data = new Float32Array(windows.count * single.dimension);
      for (let done = 0; done < windows.count; ) {
        const left = windows.count - done;
        const { batch, input, program } = left === 1 ? single : several;
        const feed = new Float32Array(batch * size);
        feed.set(windows.data.subarray(done * size, Math.min(windows.count, done + batch) * size));
        const [result] = await program.run(new Map([[input, feed]]));
        const used = Math.min(left, batch);
        data.set(result.data.subarray(0, used * single.dimension), done * single.dimension);
        done += used;
      }
      return { count: windows.count, data };
    },
    close: () => {
      for (const { program } of networks) void program.close();
    },
  };
}

/**
 * A teacher by what the command line names: the folder of a trained TRILL (`folder:embedding` for its embedding), a
 * .tflite or .onnx file (`file:output` for an output by name), or a baseline.
 */
export async function openTeacher(source: string): Promise<Representation> {
  const [, place, output] = /^(.+?)(?::([^:/\\]+))?$/.exec(source) ?? [];
  if (await findTeacher(place))
    return trillRepresentation(place, { output: output === 'embedding' ? 'embedding' : 'layer19' });
  return output === undefined ? openRepresentation(place) : openRepresentation(place, { output });
}
