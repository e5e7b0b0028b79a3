import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modelSchema } from '../../src/trace/model/model-config.js';
import { modelParameters } from '../../src/trace/model/parameters.js';
import published from '../fixtures/models/parameter-counts.json' with { type: 'json' };

const folder = new URL('../../models/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

function parametersOf(name: string): number {
  return modelParameters(modelSchema.parse(parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8')))).total;
}

describe('parameters counted from the shapes', () => {
  it('there are at least 30 models, each with a published count', () => {
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(Object.keys({ ...published.exact, ...published.rounded }).sort()).toEqual([...names].sort());
  });

  it.each(Object.entries(published.exact))('%s has exactly the parameters of its published weights', (name, parameters) => {
    expect(parametersOf(name)).toBe(parameters);
  });

  it.each(Object.entries(published.rounded))('%s is within 1 percent of the published figure', (name, parameters) => {
    expect(Math.abs(parametersOf(name) / parameters - 1)).toBeLessThan(0.01);
  });

  it('every model file carries the name it is found by and a source', () => {
    for (const name of names) {
      const model = modelSchema.parse(parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8')));
      expect(model.name).toBe(name);
      expect(model.source.length).toBeGreaterThan(10);
    }
  });
});
