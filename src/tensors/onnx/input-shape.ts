/** The text form of graph input shapes, as on the command line: `x=1,3,48,320`. */
import { LowbitError } from '../../lowbit-error.js';
import type { InputShapes } from './shapes.js';

/** Parses one text per input. Throws LowbitError for anything but a name and positive whole numbers, or a name given twice. */
export function parseInputShapes(texts: readonly string[]): InputShapes {
  const shapes = new Map<string, number[]>();
  for (const text of texts) {
    // Names of graph inputs may themselves hold an equals sign; dimensions cannot.
    const at = text.lastIndexOf('=');
    const name = text.slice(0, Math.max(at, 0));
    const dimensions = text
      .slice(at + 1)
      .split(',')
      .map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
    if (name === '' || dimensions.some((dimension) => !Number.isSafeInteger(dimension) || dimension < 1)) {
      throw new LowbitError('an input shape is a name and its positive dimensions', { value: text, remedy: 'write it as x=1,3,48,320' });
    }
    if (shapes.has(name)) throw new LowbitError('the shape of an input is given twice', { value: name, remedy: 'give it once' });
    shapes.set(name, dimensions);
  }
  return Object.fromEntries(shapes);
}
