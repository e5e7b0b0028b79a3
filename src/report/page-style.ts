/** The look of the page: system font, quiet colours with a contrast of at least 7:1 for text, and a print style. */
export const pageStyle = `
:root { --ink: #1b1f24; --muted: #4a535c; --line: #dde2e7; --soft: #f5f7f9; --accent: #0b5c8f; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; }
.page { max-width: 1100px; margin: 0 auto; padding: 0 24px 64px; }
header { padding: 44px 0 8px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 6px; }
h2 { font-size: 22px; line-height: 1.3; letter-spacing: -0.01em; margin: 56px 0 10px; padding-top: 20px; border-top: 1px solid var(--line); }
h3 { font-size: 17px; margin: 34px 0 8px; }
main section > ul { max-width: 78ch; padding-left: 20px; color: var(--muted); font-size: 15px; }
p { max-width: 78ch; margin: 6px 0 12px; }
.made { color: var(--muted); margin: 0; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 20px 0 0; padding: 12px 0; border-block: 1px solid var(--line); }
.cards { list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 14px; margin: 26px 0 8px; padding: 0; }
.cards li { background: var(--soft); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
.cards strong { display: block; font-size: 30px; line-height: 1.15; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.cards span { display: block; margin-top: 6px; color: var(--muted); font-size: 14px; line-height: 1.4; }
figure { margin: 22px 0; padding: 10px 12px 12px; border: 1px solid var(--line); border-radius: 10px; }
.chart { overflow-x: auto; }
.chart svg { display: block; max-width: 100%; height: auto; }
figcaption { color: var(--muted); font-size: 14px; margin: 6px 12px 2px; }
.scroll { overflow-x: auto; margin: 14px 0 22px; }
table { border-collapse: collapse; font-size: 14px; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0 6px; white-space: nowrap; }
caption.long { min-width: min(44em, 80vw); white-space: normal; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; border-bottom-color: #aab3bb; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
tbody tr:hover { background: var(--soft); }
details { margin: 12px 0; }
summary { cursor: pointer; color: var(--accent); font-size: 14px; padding: 4px 0; }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--muted); font-size: 14px; }
@media print {
  body { font-size: 11pt; }
  .page { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { margin-top: 24px; }
  figure, .cards li, tr { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  .chart, .scroll { overflow: visible; }
  table { font-size: 8pt; }
}
`;
