/** Text and tables as HTML: the only place that makes markup from names a user may have chosen. */
import type { Table } from './table.js';

/** Text safe inside an element and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}

/** JSON safe inside a script element: no `<` (nothing can close the element) and no line separators of JavaScript. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}

/** Letters of a caption that stand on one line. */
const LONGEST_LINE = 110;

/** A table with caption and scoped headers, in a region that scrolls when it is wider than the page; folded away when it says so. */
export function htmlTable(table: Table): string {
  const numeric = table.columns.map((column) => (column.align === 'right' ? ' class="number"' : ''));
  const head = table.columns.map((column, i) => `<th scope="col"${numeric[i] ?? ''}>${escapeHtml(column.title)}</th>`).join('');
  const body = table.rows.map(
    (row) =>
      `<tr>${row.map((cell, i) => (i === 0 ? `<th scope="row">${escapeHtml(cell)}</th>` : `<td${numeric[i] ?? ''}>${escapeHtml(cell)}</td>`)).join('')}</tr>`,
  );
  const caption = escapeHtml(table.caption);
  const html = `<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table><caption${table.caption.length > LONGEST_LINE ? ' class="long"' : ''}>${caption}</caption><thead><tr>${head}</tr></thead>\n<tbody>${body.join('\n')}</tbody></table></div>`;
  return table.collapsed === true ? `<details><summary>${caption} (${table.rows.length} rows)</summary>${html}</details>` : html;
}
