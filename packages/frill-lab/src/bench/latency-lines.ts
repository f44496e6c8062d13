/** A measurement of latency in lines to print: a markdown table with its caveats. */
import { engineTitle } from '../models/engines.js';
import { type DeviceDescription, hostOf } from './device.js';
import type { LatencyReport } from './latency-report.js';
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
        `| ${model.name} | ${engineTitle(model.engine)} | ${model.path === 'model' ? 'log-mel' : 'audio'} | ${number(model.coldMs)} | ${number(model.firstMs)} | ${number(model.medianMs)} | ${model.intervalMs.map(number).join('–')} | ${number(model.p90Ms)} | ${number(model.p95Ms)} | ${number(model.bestMs)} |`,
    ),
    '',
    `${repeatability.reference} was measured twice: ${repeatability.mediansMs.map(number).join(' and ')} ms. Differences below ${(100 * repeatability.bound).toFixed(1)} % are within the noise of this measurement.`,
    ...machineLines(report),
    ...close.map(([faster, slower]) => `${faster} and ${slower} are too close to tell which is faster.`),
    ...report.models
      .filter(({ warmup }) => !warmup.steady)
      .map(
        ({ name, warmup }) =>
          `The latency of ${name} was still changing after ${warmup.seconds.toFixed(1)} s of warm-up.`,
      ),
  ];
}

function deviceLine(device: DeviceDescription): string {
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
  // A browser does not tell.
  const others =
    device.node === undefined
      ? ''
      : `, other programs used ${othersCores.worst.toFixed(2)} cores, and the host of the virtual machine took ${(100 * stolen.worst).toFixed(0)} % of the time`;
  const most = Math.max(...models.map(({ rounds }) => rounds.length));
  return [
    `At worst, the processor core ran ${slowdown.worst.toFixed(2)} times slower than at its best${others}.`,
    ...(repeated + disturbed > 0
      ? [
          `${repeated} of ${measurements} measurements were repeated because the machine was busy (${waitedSeconds.toFixed(0)} s of waiting). ${disturbed} were kept although the machine was busy.`,
        ]
      : []),
    ...(most > protocol.rounds ? [`${most} rounds were needed for the model that varied most.`] : []),
  ];
}
