/** What a device is asked to measure: plain data, shared by the server and the page that it serves. */
import type { WindowKind } from 'frill-audio';
import type { LatencyProtocol } from '../latency-protocol.js';
import type { ModelLatency } from '../latency-report.js';
import { pathsOf } from '../window-subjects.js';

/** Engines that run in a browser. */
export type BrowserEngine = 'frill' | 'litert';

export interface ServedModel {
  readonly name: string;
  /** Hash of the file, and its name on the server: `models/<content>`. */
  readonly content: string;
  readonly bytes: number;
  readonly kind: WindowKind['kind'];
  readonly engine: BrowserEngine;
}

export interface ServedTask {
  /** Name of these models, measured by this protocol. */
  readonly measurement: string;
  readonly protocol: LatencyProtocol;
  readonly models: readonly ServedModel[];
  /** Version of LiteRT.js, where some model needs it; its files are at `litert/`. */
  readonly litert?: string | undefined;
}

/** One subject of the protocol, as the report must name it. */
export type ExpectedSubject = Pick<ModelLatency, 'name' | 'path' | 'content' | 'engine'>;

/** The subjects in the order in which they are measured. */
export function subjectsOf({ models }: Pick<ServedTask, 'models'>): ExpectedSubject[] {
  return models.flatMap(({ name, content, engine, kind }) =>
    pathsOf(kind).map((path) => ({ name, path, content, engine })),
  );
}
