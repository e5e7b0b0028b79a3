/**
 * The report as one self-contained HTML page: headline figures, contents, sections with pictures and tables. It makes no request.
 * Every picture is there as SVG, which shows without scripts and in print; when the chart scripts are given, each is replaced by the same chart with
 * tooltips once the page is open. A content security policy in the page forbids any fetch.
 */
import type { ChartSpec } from './charts/theme.js';
import { escapeHtml, htmlTable, scriptJson } from './html.js';
import { pageStyle } from './page-style.js';
import type { Figure, ReportModel, ReportSection } from './report-parts.js';

/** Texts of the three browser builds that make charts interactive. */
export interface PageScripts {
  readonly vega: string;
  readonly vegaLite: string;
  readonly vegaEmbed: string;
}

export interface PageOptions {
  /** SVG text of every figure, by id. */
  readonly pictures: ReadonlyMap<string, string>;
  /** Absent: a page of pictures without tooltips, about 0.8 MB smaller. */
  readonly scripts?: PageScripts;
  /** Files of data beside the page. */
  readonly beside: string;
}

/** The whole document. Same model, same bytes. */
export function renderPage(model: ReportModel, { pictures, scripts, beside }: PageOptions): string {
  const figures = model.sections.flatMap(figuresOf);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:${scripts === undefined ? '' : "; script-src 'unsafe-inline' 'unsafe-eval'"}">
<title>${escapeHtml(model.title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<div class="page">
<header>
<h1>${escapeHtml(model.title)}</h1>
<p class="made">Simulated with lowbit ${escapeHtml(model.versions.join(', '))}</p>
${contents(model)}
</header>
<main>
${cards(model)}
${model.sections.map((section) => sectionHtml(section, 2, pictures)).join('\n')}
</main>
<footer>The same results as data: ${escapeHtml(beside)} beside this page; every picture as an SVG file.</footer>
</div>
${scripts === undefined ? '' : chartScripts(figures, scripts)}
</body>
</html>
`;
}

function figuresOf(section: ReportSection): Figure[] {
  return [...section.figures, ...section.sections.flatMap(figuresOf)];
}

function contents(model: ReportModel): string {
  const links = model.sections.map((section) => `<li><a href="#${section.id}">${escapeHtml(section.title)}</a></li>`);
  return links.length < 2 ? '' : `<nav aria-label="Contents"><ul>${links.join('')}</ul></nav>`;
}

function cards(model: ReportModel): string {
  if (model.headlines.length === 0) return '';
  const items = model.headlines.map(
    (headline) => `<li><strong>${escapeHtml(headline.value)}</strong><span>${escapeHtml(headline.label)}</span></li>`,
  );
  return `<ul class="cards" aria-label="Headline figures">${items.join('')}</ul>`;
}

function sectionHtml(section: ReportSection, level: number, pictures: ReadonlyMap<string, string>): string {
  return `<section>
<h${level} id="${section.id}">${escapeHtml(section.title)}</h${level}>
${section.paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
${(section.notes ?? []).length === 0 ? '' : `<ul>${(section.notes ?? []).map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`}
${section.figures.map((figure) => figureHtml(figure, pictures.get(figure.id) ?? '')).join('\n')}
${section.tables.map(htmlTable).join('\n')}
${section.sections.map((inner) => sectionHtml(inner, level + 1, pictures)).join('\n')}
</section>`;
}

function figureHtml(figure: Figure, picture: string): string {
  return `<figure><div class="chart" id="${figure.id}" role="img" aria-label="${escapeHtml(figure.alt)}"><div aria-hidden="true">${picture}</div></div><figcaption>${escapeHtml(figure.caption)}</figcaption></figure>`;
}

function chartScripts(figures: readonly Figure[], scripts: PageScripts): string {
  const specs: Record<string, ChartSpec> = Object.fromEntries(figures.map((figure) => [figure.id, figure.spec]));
  const sources = [scripts.vega, scripts.vegaLite, scripts.vegaEmbed].map((text) => `<script>${inlineScript(text)}</script>`);
  return `${sources.join('\n')}
<script type="application/json" id="chart-specs">${scriptJson(specs)}</script>
<script>${bootstrap}</script>`;
}

/** A script text cannot hold the end of its own element; inside JavaScript strings the escaped form means the same. */
function inlineScript(text: string): string {
  return text.replace(/<\/script/gi, '<\\/script').replace(/<!--/g, '<\\!--');
}

/**
 * Replaces each picture by its interactive chart when that has been drawn; a chart that fails leaves the picture. Either is hidden from
 * assistive technology, which reads the description of the whole instead of hundreds of marks. Folded tables open for printing.
 */
const bootstrap = `
(function () {
  var specs = JSON.parse(document.getElementById('chart-specs').textContent);
  var drawn = Object.keys(specs).map(function (id) {
    var place = document.getElementById(id);
    var frame = document.createElement('div');
    var chart = document.createElement('div');
    frame.setAttribute('aria-hidden', 'true');
    frame.appendChild(chart);
    return vegaEmbed(chart, specs[id], { actions: false, renderer: 'svg' })
      .then(function () { place.replaceChildren(frame); })
      .catch(function () { place.dataset.still = 'true'; });
  });
  Promise.all(drawn).then(function () { document.documentElement.dataset.charts = 'ready'; });
  addEventListener('beforeprint', function () { document.querySelectorAll('details').forEach(function (fold) { fold.open = true; }); });
})();
`;
