/** The report's look: a calm page, one accent, three hues for the three sizes, in light and dark. */

/** CSS variables of both schemes. */
export const COLOURS = {
  light:
    '--paper:#fdfcf9;--ink:#23262b;--quiet:#6d7178;--line:#e4e1d9;--wash:#f4f2ec;--accent:#0f6d6a;--tiny:#d08a1e;--small:#12807c;--large:#6f4aa5;--teacher:#b5363c;--good:#2f7d4f;--bad:#b5363c;',
  dark: '--paper:#16181b;--ink:#e4e2dc;--quiet:#9a9da3;--line:#2e3238;--wash:#1f2226;--accent:#57c2bb;--tiny:#eab04d;--small:#4dc0b9;--large:#b493ea;--teacher:#f08287;--good:#74c793;--bad:#f08287;',
} as const;

export const STYLE = `
:root{color-scheme:light dark;${COLOURS.light}}
@media (prefers-color-scheme:dark){:root{${COLOURS.dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:18px/1.6 'Iowan Old Style','Palatino Linotype',Palatino,'URW Palladio L',Georgia,serif;-webkit-text-size-adjust:100%}
main{max-width:860px;margin:0 auto;padding:72px 24px 96px}
h1{font-size:44px;line-height:1.12;font-weight:500;letter-spacing:-.015em;margin:0 0 14px;text-wrap:balance}
h2{font-size:27px;line-height:1.25;font-weight:500;margin:76px 0 10px;text-wrap:balance}
h3{font-size:20px;font-weight:500;margin:44px 0 8px}
p{margin:0 0 18px;max-width:40em}
.invalid{border-left:4px solid #c0392b;padding:2px 0 2px 14px;max-width:38em}
.lead{font-size:21px;line-height:1.5;color:var(--ink);max-width:34em}
.when{max-width:none;color:var(--quiet);font:14px/1.5 ui-sans-serif,system-ui,sans-serif;margin:0 0 34px}
a{color:var(--accent)}
code{font:0.82em/1.5 ui-monospace,'SFMono-Regular',Menlo,Consolas,monospace;overflow-wrap:anywhere}
pre{background:var(--wash);border-radius:6px;padding:14px 16px;margin:0 0 18px;white-space:pre-wrap}
.facts{display:grid;grid-template-columns:repeat(4,1fr);gap:0;margin:38px 0 8px;padding:0;border-block:1px solid var(--line)}
.facts div{padding:20px 18px 18px 0}
.facts div+div{padding-left:18px;border-left:1px solid var(--line)}
.facts dt{font:13px/1.4 ui-sans-serif,system-ui,sans-serif;color:var(--quiet)}
.facts dd{margin:0 0 4px;font-size:33px;line-height:1.1;letter-spacing:-.01em;white-space:nowrap}
.facts dd small{font-size:17px;color:var(--quiet);letter-spacing:0}
figure{margin:26px 0 12px}
figure svg{display:block;width:100%;height:auto}
figcaption{font:14px/1.55 ui-sans-serif,system-ui,sans-serif;color:var(--quiet);margin-top:12px;max-width:54em}
.narrow{display:none}
.scroll{overflow-x:auto;margin:22px 0 12px;scrollbar-width:thin}
table{border-collapse:collapse;width:100%;font:14px/1.4 ui-sans-serif,system-ui,sans-serif;font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}
th{font-weight:500;color:var(--quiet);vertical-align:bottom}
th.wrap{white-space:normal;width:1%;min-width:82px}th small{display:block;font-size:12px}
th:first-child,td:first-child{text-align:left;padding-left:0;position:sticky;left:0;background:var(--paper)}
td.text,th.text{text-align:left}
td.long{white-space:normal;min-width:220px;text-align:left}
td small{display:block;color:var(--quiet);font-size:12px}
tr.role td:first-child{font-style:italic}
tr.group td{border-bottom-color:var(--quiet)}
td.best{font-weight:650}td.best small{font-weight:400}td.long small{font-size:13px;margin-top:2px}
th button{all:unset;cursor:pointer;color:inherit;font:inherit}
th button:focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:2px}
th button::after{content:'';display:inline-block;width:.9em;color:var(--accent)}
th[aria-sort=ascending] button::after{content:'↑'}
th[aria-sort=descending] button::after{content:'↓'}
.on-frontier td:first-child{box-shadow:inset 3px 0 var(--accent);padding-left:10px}
.verdict{font-weight:600}
.agrees{color:var(--good)}.differs{color:var(--bad)}.cannot-tell,.not-varied{color:var(--quiet)}
summary{cursor:pointer;color:var(--accent);margin:18px 0 0}
ul,ol{padding-left:1.15em;margin:0 0 18px;max-width:40em}
li{margin:0 0 9px}
dl.run{display:grid;grid-template-columns:max-content 1fr;gap:7px 22px;font:14px/1.5 ui-sans-serif,system-ui,sans-serif;margin:20px 0}
dl.run dt{color:var(--quiet)}dl.run dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:80px;padding-top:18px;border-top:1px solid var(--line);font:14px/1.5 ui-sans-serif,system-ui,sans-serif;color:var(--quiet)}
@media (max-width:640px){
body{font-size:17px}main{padding:40px 18px 64px}h1{font-size:33px}h2{font-size:23px;margin-top:58px}.lead{font-size:19px}
.facts{grid-template-columns:1fr 1fr}.facts div:nth-child(3){padding-left:0;border-left:0}.facts div:nth-child(n+3){border-top:1px solid var(--line)}
.facts dd{font-size:27px}
.wide{display:none}.narrow{display:block}
dl.run{grid-template-columns:1fr;gap:2px}dl.run dd{margin-bottom:10px}
}
@media print{body{background:none}main{padding:0}.scroll{overflow:visible}h2{break-after:avoid}figure,tr{break-inside:avoid}}
`;

/** Sorts a table by the column whose heading is pressed; numbers by `data-value`. The page is complete without it. */
export const SORTING = `
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const body = table.tBodies[0];
  for (const heading of table.tHead.rows[0].cells) {
    heading.querySelector('button').addEventListener('click', () => {
      const descending = heading.getAttribute('aria-sort') === 'ascending';
      const key = (row) => { const { value } = row.cells[heading.cellIndex].dataset; return Number.isNaN(Number(value)) ? value : Number(value); };
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      const rows = [...body.rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (descending ? -1 : 1));
      body.append(...rows);
    });
  }
}
`;
