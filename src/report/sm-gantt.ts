/**
 * A timeline of SMs as a picture: one row per slot of an SM, one bar per stage of a tile. Static SVG of fixed width, the same bytes for the same timeline.
 * Large timelines are thinned: at most `rowLimit` rows, SMs evenly spaced, the busiest and the idlest among them; neighbours of one kind in a row that are too
 * narrow to tell apart become one bar. The picture says what it leaves out. Kinds differ in lightness and pattern, not in hue alone, for print.
 */
import type { SmTimeline, TimelineEvent } from '../gpu/timeline/sm-timeline.js';
import { percent } from './number-text.js';
import { barsOf, type Bar } from './sm-gantt-bars.js';

const rowLimit = 48;
const left = 64;
const plotWidth = 1000;
const top = 62;
/** Fill of the main stage by kind of tile, light and dark in turn, and of the other stages. */
const kindFills = ['#1f4e79', '#f0b060', '#5a9e6f', '#d9c8e8', '#8c2d04', '#b5d8f0'] as const;
const stageFills = { fill: 'url(#rising)', drain: 'url(#falling)', barrier: 'url(#dots)', reduce: '#222222' } as const;
const patterns = `<defs>
<pattern id="rising" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#e8e8e8"/><path d="M0 6L6 0" stroke="#777" stroke-width="1"/></pattern>
<pattern id="falling" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#cfcfcf"/><path d="M0 0L6 6" stroke="#555" stroke-width="1"/></pattern>
<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#fff"/><circle cx="2.5" cy="2.5" r="0.9" fill="#c0392b"/></pattern>
</defs>`;

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
const at = (value: number): string => String(Number(value.toFixed(2)));

/** SMs to draw: all, or evenly spaced ones with the busiest and the idlest. */
function shownSms({ sms, slotsPerSm, events }: SmTimeline): number[] {
  const room = Math.max(2, Math.floor(rowLimit / slotsPerSm));
  if (sms <= room) return Array.from({ length: sms }, (_, sm) => sm);
  const busy_s = new Float64Array(sms);
  for (const { sm, stage, start_s, end_s } of events) if (stage !== 'barrier') busy_s[sm] = busy_s[sm]! + end_s - start_s;
  const most = busy_s.indexOf(Math.max(...busy_s));
  const least = busy_s.indexOf(Math.min(...busy_s));
  const spaced = Array.from({ length: room - 2 }, (_, i) => Math.round((i * (sms - 1)) / Math.max(1, room - 3)));
  return [...new Set([...spaced, most, least])].sort((a, b) => a - b);
}

/** Round steps of an axis of `span`, at most eight. */
function ticks(span: number): number[] {
  if (!(span > 0)) return [0];
  const raw = span / 8;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * (1 - 1e-9)) ?? 10 * power;
  return Array.from({ length: Math.floor(span / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Unit in which the makespan reads well. */
function unitOf(seconds: number): { name: string; scale: number } {
  if (seconds >= 1) return { name: 's', scale: 1 };
  if (seconds >= 1e-3) return { name: 'ms', scale: 1e3 };
  return { name: 'us', scale: 1e6 };
}

function legend(labels: readonly string[], stages: ReadonlySet<string>): string {
  const entries: [string, string][] = labels.map((label, i) => [label === '' ? 'tile' : label, kindFills[i % kindFills.length]!]);
  const named = { fill: 'fill', drain: 'drain', barrier: 'waits at barrier', reduce: 'adds up parts' } as const;
  for (const [stage, name] of Object.entries(named)) if (stages.has(stage)) entries.push([name, stageFills[stage as keyof typeof named]]);
  entries.push(['idle', '#ffffff']);
  let x = left;
  return entries
    .map(([name, fill]) => {
      const box = `<rect x="${at(x)}" y="36" width="14" height="12" fill="${fill}" stroke="#444" stroke-width="0.6"/><text x="${at(x + 19)}" y="46">${escaped(name)}</text>`;
      x += 42 + 6.6 * name.length;
      return box;
    })
    .join('');
}

function barText({ x, width, text, dark }: Bar, y: number, height: number): string {
  if (height < 11 || width < 6.2 * text.length + 4) return '';
  return `<text x="${at(x + width / 2)}" y="${at(y + height / 2 + 3.6)}" text-anchor="middle" font-size="10" fill="${dark ? '#fff' : '#000'}">${escaped(text)}</text>`;
}

function axis(makespan_s: number, bottom: number): string {
  const unit = unitOf(makespan_s);
  const span = makespan_s * unit.scale;
  const marks = ticks(span).map((tick) => {
    const x = left + (span > 0 ? (tick / span) * plotWidth : 0);
    return `<path d="M${at(x)} ${top}V${bottom + 4}" stroke="#999" stroke-width="0.5"/><text x="${at(x)}" y="${bottom + 17}" text-anchor="middle">${tick}</text>`;
  });
  return `${marks.join('')}<path d="M${left} ${bottom}H${left + plotWidth}" stroke="#444"/><text x="${left + plotWidth}" y="${bottom + 32}" text-anchor="end">time [${unit.name}]</text>`;
}

/** The picture; `title` stands above it. */
export function toSmGantt(timeline: SmTimeline, title: string): string {
  const { makespan_s, idleShare, slotsPerSm, sms, tiles } = timeline;
  const shown = shownSms(timeline);
  const rows = shown.length * slotsPerSm;
  const pitch = rows <= 8 ? 26 : rows <= 24 ? 18 : 13;
  const bottom = top + rows * pitch + 4;
  const labels = [...new Set(tiles.map(({ label }) => label))];
  const fillOf = (event: TimelineEvent): string =>
    event.stage === 'main' ? kindFills[labels.indexOf(tiles[event.tile]?.label ?? '') % kindFills.length]! : stageFills[event.stage];
  const lines: string[] = [];
  for (const [i, sm] of shown.entries()) {
    for (let slot = 0; slot < slotsPerSm; slot++) {
      const y = top + (i * slotsPerSm + slot) * pitch + 2;
      const events = timeline.events.filter((event) => event.sm === sm && event.slot === slot);
      if (slot === 0) lines.push(`<text x="${left - 8}" y="${at(y + pitch / 2 + 2)}" text-anchor="end">SM ${sm}</text>`);
      lines.push(
        `<rect x="${left}" y="${at(y)}" width="${plotWidth}" height="${pitch - 3}" fill="#fff" stroke="#ccc" stroke-width="0.4"/>`,
      );
      for (const bar of barsOf(events, { left, scale: makespan_s > 0 ? plotWidth / makespan_s : 0 }, fillOf)) {
        const shape = `<rect x="${at(bar.x)}" y="${at(y)}" width="${at(bar.width)}" height="${pitch - 3}" fill="${bar.fill}" stroke="#333" stroke-width="${bar.tiles > 1 ? 0 : 0.4}"><title>${escaped(bar.title)}</title></rect>`;
        lines.push(shape + barText(bar, y, pitch - 3));
      }
    }
  }
  const unit = unitOf(makespan_s);
  const count = `${tiles.length} tiles on ${sms} SMs, ${Number((makespan_s * unit.scale).toPrecision(4))} ${unit.name}, idle ${percent(idleShare)}`;
  const left_out = shown.length < sms ? `; ${shown.length} of ${sms} SMs shown` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + plotWidth + 26}" height="${bottom + 42}" viewBox="0 0 ${left + plotWidth + 26} ${bottom + 42}" font-family="Helvetica, Arial, sans-serif" font-size="12" role="img" aria-label="${escaped(`${title}: ${count}`)}">
<rect width="100%" height="100%" fill="#fff"/>
${patterns}
<text x="${left}" y="20" font-size="14" font-weight="bold">${escaped(title)}</text><text x="${left + plotWidth}" y="20" text-anchor="end">${escaped(count + left_out)}</text>
${legend(labels, new Set(timeline.events.map(({ stage }) => stage)))}
${lines.join('\n')}
${axis(makespan_s, bottom)}
</svg>
`;
}
