/** Peers that the repository does not install: large, and wanted by this benchmark alone. They lie in a folder of their own. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = '.cache/bench-peers';
const folder = fileURLToPath(new URL(`../../${FOLDER}/`, import.meta.url));

export const PYTHON = `${folder}venv/bin/python`;
export const ONNXRUNTIME_WEB = `${folder}node_modules/onnxruntime-web/dist/`;
export const MEDIAPIPE = `${folder}node_modules/@mediapipe/tasks-audio/`;

/** What is not there, and how to get it. Later versions of MediaPipe have no AudioEmbedder. */
export function absentPeers(): string[] {
  const npm = (name: string) => `npm install --prefix ${FOLDER} --ignore-scripts ${name}`;
  const peers: readonly (readonly [name: string, path: string, command: string])[] = [
    ['onnxruntime-web', ONNXRUNTIME_WEB, npm('onnxruntime-web@1.24.3')],
    ["MediaPipe's AudioEmbedder", MEDIAPIPE, npm('@mediapipe/tasks-audio@0.10.21')],
    [
      'native TensorFlow Lite',
      PYTHON,
      `python3 -m venv ${FOLDER}/venv && ${FOLDER}/venv/bin/pip install ai-edge-litert==2.3.0`,
    ],
  ];
  return peers.flatMap(([name, path, command]) =>
    existsSync(path) ? [] : [`${name} is absent: \`${command}\``],
  );
}
