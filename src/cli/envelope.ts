/** The envelope of every JSON document: schema version, tool and the hash of what the result depends on. */
import { hashOf } from '../config/canonical-json.js';
import { SCHEMA_VERSION } from '../report/schema-version.js';
import { toolVersion } from '../config/tool-version.js';

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
    configHash: hashOf(inputs),
    command,
  };
}
