/** `frill inspect`: what is inside a .tflite file, or what a student would cost. */
import { z } from 'zod';
import { type Inspection, inspectModel, type TensorSummary } from '../export/inspect.js';
import { studentCost } from '../models/count.js';
import { readModelFile } from '../models/model-file.js';
import { type StudentConfig, studentConfigSchema, studentName } from '../models/student-config.js';
import { chooseStudents } from '../study/grid.js';
import { defineCommand, UsageError } from './command.js';

export const inspect = defineCommand({
  name: 'inspect',
  summary: 'Show what a .tflite file contains, or what a student would cost',
  positional: '[model]',
  options: z.object({
    model: z.string().optional().describe('Released model by name, or model file (.tflite).'),
    student: z
      .string()
      .optional()
      .describe(
        'Instead of a file: names of students, such as small-2-gap, or grid for all 144. Shows what they would cost.',
      ),
    input: studentConfigSchema.shape.input
      .unwrap()
      .default('rescale')
      .describe(
        "Input layer of those students. rescale: Keras' Rescaling. standardise: standardisation, with 2 more parameters.",
      ),
  }),
  example: 'frill inspect model.tflite',
  async run({ model, student, input }, console) {
    if ((model === undefined) === (student === undefined))
      throw new UsageError({
        what: 'give either a model or --student with names',
        remedy: 'For example: frill inspect model.tflite',
      });
    if (student !== undefined) {
      const costs = chooseStudents(student, '--student')
        .map((config) => ({ ...config, input }))
        .map((config) => ({ config, ...studentCost(config) }));
      for (const line of costLines(costs)) console.print(line);
      return costs.map(({ config, ...cost }) => ({ name: studentName(config), config, ...cost }));
    }
    const inspection = inspectModel(await readModelFile(model ?? ''), model);
    for (const line of inspectionLines(inspection)) console.print(line);
    return inspection;
  },
});

interface Cost extends ReturnType<typeof studentCost> {
  readonly config: StudentConfig;
}

function costLines(costs: readonly Cost[]): string[] {
  return [
    '| student | parameters | folded | float32 MiB | million MAC |',
    '|---|---:|---:|---:|---:|',
    ...costs.map(
      ({ config, parameters, foldedParameters, bytes, multiplyAccumulates }) =>
        `| ${studentName(config)} | ${integer(parameters)} | ${integer(foldedParameters)} | ${mebibytes(bytes)} | ${(multiplyAccumulates / 1e6).toFixed(1)} |`,
    ),
    '',
    'Parameters include the statistics of batch normalisation. Folded parameters are those of an exported file. Multiply-accumulates (MAC) are for one window.',
  ];
}

function inspectionLines(inspection: Inspection): string[] {
  const { metadata, signatures, operators, undelegated } = inspection;
  const first = signatures[0].name;
  return [
    `${inspection.description || 'no description'}, ${mebibytes(inspection.bytes)} MiB`,
    ...(metadata
      ? metadataLines(metadata)
      : ['The file has no metadata of Frill, so its front end is not known.']),
    `other metadata: ${inspection.entries.join(', ') || 'none'}; needs runtime ${inspection.minimumRuntime || 'of any version'}`,
    '',
    '| signature | inputs | outputs |',
    '|---|---|---|',
    ...signatures.map(
      ({ name, inputs, outputs }) => `| ${name} | ${tensors(inputs)} | ${tensors(outputs)} |`,
    ),
    '',
    `${integer(inspection.parameters)} parameters, ${(inspection.multiplyAccumulates / 1e6).toFixed(1)} million multiply-accumulates a run of ${first}`,
    `quantisation: ${inspection.quantization}; constants ${inspection.storage.map(({ type, bytes }) => `${type} ${mebibytes(bytes)} MiB`).join(', ')}`,
    '',
    `| operator of ${first} | count | million MAC | KiB |`,
    '|---|---:|---:|---:|',
    ...operators.map(
      ({ op, count, multiplyAccumulates, bytes }) =>
        `| ${op} | ${count} | ${(multiplyAccumulates / 1e6).toFixed(2)} | ${(bytes / 1024).toFixed(1)} |`,
    ),
    `| the rest of the file | | | ${(inspection.otherBytes / 1024).toFixed(1)} |`,
    '',
    ...(undelegated.length === 0
      ? ['XNNPACK can run every operator.']
      : ['XNNPACK cannot run these operators. Slower kernels run them:']),
    ...undelegated.map(({ op, count, reason }) => `  ${count} x ${op}: ${reason}`),
  ];
}

function metadataLines({
  name,
  input,
  embeddingSize,
  frontend,
  provenance,
}: NonNullable<Inspection['metadata']>): string[] {
  const { sampleRate, windowLength, hopLength, fftLength, melBands, frames, frameHop } = frontend;
  return [
    `${name}: takes ${input}, gives an embedding of ${embeddingSize} values`,
    `front end: ${sampleRate} Hz, window ${windowLength}, hop ${hopLength}, FFT ${fftLength}, ${melBands} mel bands ${frontend.lowestFrequency}-${frontend.highestFrequency} Hz, log(max(mel, ${frontend.logFloor}) + ${frontend.logOffset}), ${frames} frames every ${frameHop}`,
    `provenance: ${JSON.stringify(provenance)}`,
  ];
}

function tensors(summaries: readonly TensorSummary[]): string {
  return summaries.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`).join('; ');
}

function integer(value: number): string {
  return value.toLocaleString('en-US');
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(2);
}
