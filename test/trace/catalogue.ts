/** Models and schemes as shipped, for tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { modelSchema, type ModelConfig } from '../../src/trace/model/model-config.js';
import { schemeSchema, type SchemeConfig } from '../../src/trace/scheme-config.js';

const folder = new URL('../../models/', import.meta.url);

function names(path: string): string[] {
  return readdirSync(new URL(path, folder))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
}

const parsed = new Map<string, unknown>();

function load(path: string): unknown {
  if (!parsed.has(path)) parsed.set(path, parse(readFileSync(new URL(`${path}.yaml`, folder), 'utf8')));
  return parsed.get(path);
}

export const modelNames = names('.');
export const schemeNames = names('schemes');

export function modelNamed(name: string): ModelConfig {
  return modelSchema.parse(load(name));
}

export function schemeNamed(name: string): SchemeConfig {
  return schemeSchema.parse(load(`schemes/${name}`));
}
