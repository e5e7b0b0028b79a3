/** SVG text to PNG with resvg, an optional dependency: it brings a binary for each platform, and most reports need no PNG. */
import { LowbitError } from '../lowbit-error.js';

/** Twice the size of the SVG, for screens with two pixels a point. Throws LowbitError when resvg is not installed. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  const picture = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: 2 },
    font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
  });
  return picture.render().asPng();
}

async function loadResvg(): Promise<typeof import('@resvg/resvg-js')> {
  try {
    return await import('@resvg/resvg-js');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new LowbitError('PNG needs the optional package @resvg/resvg-js', {
      value: reason,
      remedy: 'install it (npm install @resvg/resvg-js) or leave out --png: the SVG files hold the same pictures',
    });
  }
}
