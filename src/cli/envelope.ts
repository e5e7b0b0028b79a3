/** The envelope of every JSON document: schema version, tool and the hash of what the result depends on. */
import { createHash } from 'node:crypto';
import { SCHEMA_VERSION } from '../report/schema-version.js';
import { toolVersion } from './tool-version.js';

export interface Envelope<Command extends string> {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly tool: { readonly name: 'lowbit'; readonly version: string };
  readonly configHash: string;
  readonly command: Command;
}

/** `inputs`: the resolved configuration, the workload and the model versions of every mechanism used. */
export function envelope<Command extends string>(command: Command, inputs: unknown): Envelope<Command> {
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'lowbit', version: toolVersion() },
    configHash: createHash('sha256').update(canonicalJson(inputs)).digest('hex'),
    command,
  };
}

/** JSON with keys in sorted order, so that equal configurations hash alike however they were written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
