/**
 * Accuracy of two points of co-design fronts against each other: the mean difference of their losses over the same windows, with the interval of the paired
 * bootstrap (numeric/paired-bootstrap.ts; 95 %, seed 1, as in `evaluate`). Windows are the same where the text, their length and number, and the loss
 * of the model in float32 on each of them are; otherwise it says what is not.
 */
import { pairedBootstrap } from '../../numeric/paired-bootstrap.js';
import { measuredOf } from '../../report/codesign-tables.js';
import type { CodesignDocument, DiffDocument } from '../../report/documents.js';
import { counted } from '../../units/si.js';

/** A point with the study it is of. */
export interface StudyPoint {
  readonly document: CodesignDocument;
  readonly point: CodesignDocument['front'][number];
}

type PairedAccuracy = NonNullable<DiffDocument['accuracy']>;
type Losses = readonly (number | null)[];

const BOOTSTRAP_SEED = 1;

/** Log-perplexity of b minus that of a, or why it is not known. */
export function pairedAccuracy(a: StudyPoint, b: StudyPoint): PairedAccuracy {
  const [first, second] = [lossesOf(a, 'a'), lossesOf(b, 'b')];
  if (typeof first === 'string') return without(first);
  if (typeof second === 'string') return without(second);
  const otherwise = otherWindows(a.document.reference, b.document.reference);
  if (otherwise !== undefined) return without(otherwise);
  const [from, to] = [first.filter((loss) => loss !== null), second.filter((loss) => loss !== null)];
  if (from.length < first.length || to.length < first.length) return without('a window has a loss that is no number');
  const windows = from.length;
  if (windows < 2) return { difference: { mean: to[0]! - from[0]!, low: null, high: null, resolved: false }, windows, unknown: null };
  const { difference: mean, low, high, resolved } = pairedBootstrap(to, from, { seed: BOOTSTRAP_SEED });
  return { difference: { mean, low, high, resolved }, windows, unknown: null };
}

const without = (unknown: string): PairedAccuracy => ({ difference: null, windows: null, unknown });

/** Losses of a point by window, or why there are none. */
function lossesOf({ document, point }: StudyPoint, side: string): Losses | string {
  const measured = measuredOf(document, point);
  if (measured === null) return `${side} (${point.id}) was not evaluated`;
  return measured.windowLosses_nats ?? `the document of ${side} is an older one, without the losses of windows: run its study anew`;
}

/** What makes windows others; undefined: they are the same. Points that were evaluated have a reference. */
function otherWindows(a: CodesignDocument['reference'], b: CodesignDocument['reference']): string | undefined {
  if (a === null || b === null) return 'a study has no reference in float32';
  if (a.text !== b.text) return 'they were evaluated on different texts';
  if (a.window !== b.window) return `windows of ${a.window} and of ${b.window} tokens`;
  if (a.windows !== b.windows) return `${a.windows} and ${counted(b.windows, 'window')}`;
  const [own, other] = [a.windowLosses_nats ?? [], b.windowLosses_nats ?? []];
  return own.every((loss, w) => loss === other[w]) ? undefined : 'the models in float32 differ in the loss of a window';
}
