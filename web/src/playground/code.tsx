/** The lines that do in an app what was done on this page. */
import { useSignal } from '@preact/signals';

const LINES = `import { loadEmbedder, loadHead } from 'frill-audio';

const frill = await loadEmbedder();
const head = loadHead(await (await fetch('head.json')).text());
for await (const { time, embedding } of frill.microphone()) {
  const { label, isKnown, probability } = head.predict(embedding);
  console.log(time, isKnown ? label : 'none of these', probability);
}`;

export function Code() {
  const copied = useSignal(false);
  return (
    <>
      {/* It scrolls sideways on a phone, so the keyboard must reach it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region */}
      <pre tabIndex={0}>
        <code>{LINES}</code>
      </pre>
      <button
        type="button"
        onClick={async () => {
          await navigator.clipboard.writeText(LINES);
          copied.value = true;
        }}
      >
        {copied.value ? 'Copied' : 'Copy'}
      </button>
    </>
  );
}
