/** `lowbit diff`: declaration of the command and its options. */
import { outputOptions, type CommandRecord } from '../command.js';

export const diff: CommandRecord = {
  command: 'diff <a> <b>',
  describe: 'two simulate results, or two points of co-design studies: which settings, layers and terms changed, and by how much',
  positionals: {
    a: 'JSON file of `simulate --json`; codesign.json, or a point of it: codesign.json#p1',
    b: 'the same',
  },
  options: outputOptions,
  examples: [
    ['diff before.json after.json', 'what a change of the design did, term by term'],
    ['diff study/codesign.json#p1 study/codesign.json#p4', 'items, costs and accuracy between two points of a front'],
  ],
  run: async (args) => {
    (await import('../run/diff.js')).runDiff(args);
  },
};
