/** The commands of lowbit, in the order of the help. */
import type { CommandRecord } from '../command.js';
import { compare } from './compare.js';
import { diff } from './diff.js';
import { explain } from './explain.js';
import { list } from './list.js';
import { quantize } from './quantize.js';
import { report } from './report.js';
import { reproduce } from './reproduce.js';
import { schema } from './schema.js';
import { simulate } from './simulate.js';
import { tour } from './tour.js';
import { validate } from './validate.js';

export const commands: readonly CommandRecord[] = Object.freeze([
  list,
  quantize,
  simulate,
  compare,
  explain,
  diff,
  reproduce,
  validate,
  schema,
  report,
  tour,
]);
