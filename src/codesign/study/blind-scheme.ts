/** Schemes whose weights can be stored without a run over the calibration text, which takes longer than the quantizers of most of them. */
import { schemeNumbers } from '../../accuracy/scheme-numbers.js';
import { quantizerNamed } from '../../quantizers/index.js';
import type { SchemeConfig } from '../../trace/scheme-config.js';
import { weightQuantizers } from '../../trace/scheme-layers.js';

/** Whether nothing of a scheme looks at inputs. */
export function isBlind(scheme: SchemeConfig): boolean {
  const quantizers = weightQuantizers(scheme).map(quantizerNamed);
  return schemeNumbers(scheme).rewrites.length === 0 && quantizers.every(({ needs, uses }) => needs === undefined && uses === undefined);
}
