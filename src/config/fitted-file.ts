/** Files of fitted GPU parameters (hw-configs/gpus/fitted/): read with every device that names one, written by `lowbit calibrate`. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fittedDeviceSchema, type FittedDevice } from '../gpu/calibration/fitted-device.js';
import { nearestNames, unknownName } from '../lowbit-error.js';
import { catalogueFile, catalogueNames, isFileName, readText, shownFile } from './files.js';
import { parseConfig } from './parse-config.js';

/** A checked text. Throws LowbitError with file:line:column for every problem, values outside the range of their parameter among them. */
export function readFitted(text: string, file: string): FittedDevice {
  return parseConfig(text, file, fittedFileSchema);
}

/** Kernels of the user may have any name but one that is hardly another than that of a kernel that ships: nobody would ever use its parameters. */
const fittedFileSchema = fittedDeviceSchema.superRefine((fit, context) => {
  const shipped = catalogueNames('kernels');
  for (const name of Object.keys(fit.kernels)) {
    const near = shipped.includes(name) ? [] : nearestNames(name, shipped).filter((other) => Math.abs(other.length - name.length) < 2);
    if (near.length === 0) continue;
    const params = {
      shown: name,
      remedy: `did you mean ${near.join(' or ')}? A kernel of your own needs a name that is further from these`,
    };
    context.addIssue({ code: 'custom', path: ['kernels', name], message: 'unknown kernel', params });
  }
});

/** Word of the `fitted` key for default parameters. */
const NOTHING = 'none';

/**
 * Fitted parameters by a word of the `fitted` key of a GPU file: a name of hw-configs/gpus/fitted, a file, or `none`. undefined: nothing was fitted, of
 * `none` or of a card that ships without a fit. Throws LowbitError for other names.
 */
export function loadFitted(nameOrFile: string): FittedDevice | undefined {
  const file = isFileName(nameOrFile) ? nameOrFile : catalogueFile('fits', nameOrFile);
  if (!isFileName(nameOrFile) && !existsSync(file)) {
    if ([NOTHING, ...catalogueNames('gpus')].includes(nameOrFile)) return undefined;
    throw unknownName('card with fitted parameters', nameOrFile, [...catalogueNames('fits'), NOTHING]);
  }
  return readFitted(readText(file), shownFile(file));
}

/** What was fitted on the card itself; not that of similar cards. */
export function ownFit({
  name,
  fitted,
}: {
  readonly name: string;
  readonly fitted?: string | string[] | undefined;
}): FittedDevice | undefined {
  const found = [fitted ?? []].flat().map(loadFitted);
  return found.find((fit) => fit?.device === name);
}

const HEADING = `# Written by \`lowbit calibrate\`: fitted to measured latencies, not edited by hand. Errors in percent, per regime, in-sample and on unseen (n,k) pairs.\n`;

/** Text of a fitted file: kernels and profiles in the order of their names, so that equal fits give equal bytes. */
export function fittedText({ device, kind, kernels, profiles }: FittedDevice): string {
  const { Document, isMap, isScalar, visit } = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  const document = new Document({ device, kind, kernels: byName(kernels), profiles: byName(profiles) }, { aliasDuplicateObjects: false });
  visit(document, {
    // A row of an error table stays in one line.
    Map: (_key, node) => {
      const hasRegime = isMap(node) && node.has('regime');
      if (hasRegime) node.flow = true;
      return hasRegime ? visit.SKIP : undefined;
    },
    Seq: (_key, node) => {
      node.flow = node.items.every((item) => isScalar(item));
    },
  });
  return HEADING + document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function byName<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** SHA-256 of a text, hexadecimal. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
