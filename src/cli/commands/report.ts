/** `lowbit report`: declaration of the command and its options. */
import { outputOptions, workloadOptions, type CommandRecord, type OptionRecord } from '../command.js';

export const report: CommandRecord = {
  command: 'report <inputs..>',
  describe: 'pages, tables and charts from the JSON documents of other commands',
  positionals: { inputs: 'JSON documents or folders of them' },
  options: {
    title: { value: 'TEXT', describe: 'title of the page' },
    out: workloadOptions['out'] as OptionRecord,
    png: workloadOptions['png'] as OptionRecord,
    ...outputOptions,
  },
  examples: [['report compare.json reproduce.json --out reports/mine', 'one page about both']],
  run: async (args) => (await import('../run/report.js')).runReport(args),
};
