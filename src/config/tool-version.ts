/** The version of this package, as its manifest says. */
import { readFileSync } from 'node:fs';
import { packagePath } from './files.js';

export function toolVersion(): string {
  const manifest = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
