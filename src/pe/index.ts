/** The processing elements an accelerator can be built of, by the name used in `pe.model`. */
import { unknownName } from '../lowbit-error.js';
import { integerOnly } from './datapath/integer-only.js';
import { adaptivfloat } from './adaptivfloat.js';
import { ant } from './ant.js';
import { biscaled } from './biscaled.js';
import { bitfusion } from './bitfusion.js';
import { bitmod } from './bitmod.js';
import { eyeriss } from './eyeriss.js';
import { figna } from './figna.js';
import { fp16 } from './fp16.js';
import { gobo } from './gobo.js';
import { int8 } from './int8.js';
import { lqer } from './lqer.js';
import { mixpeW4A16, mixpeW4A8 } from './mixpe.js';
import { olaccel } from './olaccel.js';
import { olive } from './olive.js';
import { pragmatic } from './pragmatic.js';
import { qfx } from './qfx.js';
import { stripes } from './stripes.js';
import type { ProcessingElement } from './processing-element.js';

export const pes: Readonly<Record<string, ProcessingElement>> = Object.freeze({
  fp16,
  int8,
  bitfusion,
  stripes,
  pragmatic,
  ant,
  'ant-integer': integerOnly(ant),
  olive,
  'olive-integer': integerOnly(olive),
  olaccel,
  biscaled,
  bitmod,
  adaptivfloat,
  gobo,
  figna,
  'mixpe-w4a8': mixpeW4A8,
  'mixpe-w4a16': mixpeW4A16,
  lqer,
  qfx,
  eyeriss,
});

/** The PE model of a name. Throws LowbitError for an unknown one; `place` says where the name was written. */
export function peNamed(name: string, place?: string): ProcessingElement {
  const pe = Object.hasOwn(pes, name) ? pes[name] : undefined;
  if (pe === undefined) throw unknownName('PE model', name, Object.keys(pes), place);
  return pe;
}
