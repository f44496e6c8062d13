/** A measurement of latency in lines to print: a markdown table with its caveats. */
import { ENGINE_TITLES } from '../models/model-file.js';
import { type Device, hostOf } from './device.js';
import type { LatencyReport, ModelLatency } from './latency-report.js';
import { indistinguishable } from './repeatability.js';
import { invalidity } from './validity.js';

/** The report as a markdown table with its caveats. */
export function latencyLines(report: LatencyReport): string[] {
  const { device, repeatability } = report;
  const number = (milliseconds: number) => milliseconds.toPrecision(3);
  const close = indistinguishable(report);
  return [
    ...invalidity(report).map((sentence) => `This measurement is not valid. ${sentence}`),
    deviceLine(device),
    '',
    '| model | engine | input | load ms | first ms | median ms | 95 % interval | p90 | p95 | best |',
    '|---|---|---|---:|---:|---:|---:|---:|---:|---:|',
    ...report.models.map(
      (model) =>
        `| ${model.name} | ${engineTitle(model)} | ${model.path === 'model' ? 'log-mel' : 'audio'} | ${number(model.coldMs)} | ${number(model.firstMs)} | ${number(model.medianMs)} | ${model.intervalMs.map(number).join('–')} | ${number(model.p90Ms)} | ${number(model.p95Ms)} | ${number(model.bestMs)} |`,
    ),
    '',
    `${repeatability.reference} measured twice: ${repeatability.mediansMs.map(number).join(' and ')} ms; differences under ${(100 * repeatability.bound).toFixed(1)} % mean nothing here.`,
    ...machineLines(report),
    ...close.map(([faster, slower]) => `The order of ${faster} and ${slower} is not known.`),
    ...report.models
      .filter(({ warmup }) => !warmup.steady)
      .map(({ name, warmup }) => `${name} was not steady after ${warmup.seconds.toFixed(1)} s of warm-up.`),
  ];
}

const TITLES: Readonly<Record<string, string>> = { ...ENGINE_TITLES, tflite: 'TensorFlow Lite' };

/** What ran a model, in words. */
export function engineTitle({ engine = 'litert' }: Pick<ModelLatency, 'engine'>): string {
  return TITLES[engine] ?? engine;
}

function deviceLine(device: Device): string {
  const { name, processor, cores, load, runtimes } = device;
  return [
    ...(name === undefined ? [] : [name]),
    processor,
    `${cores} cores`,
    ...(load === undefined ? [] : [`load ${load}`]),
    hostOf(device),
    ...Object.entries(runtimes).map(([runtime, version]) => `${runtime} ${version}`),
  ].join(', ');
}

/** What was seen of the machine, and what was done about it. */
function machineLines({ device, disturbance, models, protocol }: LatencyReport): string[] {
  if (!disturbance) return [];
  const { measurements, repeated, disturbed, waitedSeconds, slowdown, othersCores, stolen } = disturbance;
  // Browsers do not tell.
  const others =
    device.node === undefined
      ? ''
      : `, other programs on up to ${othersCores.worst.toFixed(2)} cores, the host took up to ${(100 * stolen.worst).toFixed(0)} % of the time`;
  const most = Math.max(...models.map(({ rounds }) => rounds.length));
  return [
    `The machine: the core up to ${slowdown.worst.toFixed(2)} times as slow as at its best${others}.`,
    ...(repeated + disturbed > 0
      ? [
          `Of ${measurements} measurements ${repeated} were made again after waiting ${waitedSeconds.toFixed(0)} s; ${disturbed} were kept although they were disturbed.`,
        ]
      : []),
    ...(most > protocol.rounds ? [`Up to ${most} rounds were needed.`] : []),
  ];
}
