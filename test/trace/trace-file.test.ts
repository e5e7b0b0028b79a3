import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { modelSchema } from '../../src/trace/model/model-config.js';
import { schemeSchema } from '../../src/trace/scheme-config.js';
import { parseTrace, traceFileSchema, traceText } from '../../src/trace/trace-file.js';
import { workload } from '../../src/trace/workload/workload.js';
import { modelNamed, modelNames, schemeNamed, schemeNames } from './catalogue.js';

const page = readFileSync(new URL('../../docs/trace-format.md', import.meta.url), 'utf8');
const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

function changed(change: (document: { schemaVersion: unknown; kind: unknown; layers: Record<string, unknown>[] }) => void): string {
  const document = JSON.parse(example) as Parameters<typeof change>[0];
  change(document);
  return JSON.stringify(document);
}

describe('trace files', () => {
  it('the example of the documentation is a trace, with the defaults the page states', () => {
    expect(parseTrace(example, 'a.trace.json').layers[0]).toMatchObject({ name: 'fc1', gemms: 1, repeat: 1, sharedOperand: 'weight' });
  });

  it('the documentation names every key', () => {
    const schema = JSON.stringify(z.toJSONSchema(traceFileSchema, { io: 'input' }));
    const keys = [...schema.matchAll(/"([A-Za-z_]+)":\{"(?:type|anyOf|allOf|enum|const|\$ref|description|default)"/g)].map(
      (match) => match[1] ?? '',
    );
    for (const key of new Set(keys.filter((one) => !['properties', 'items', 'additionalProperties', 'propertyNames'].includes(one))))
      expect(page).toContain(key);
    expect(keys).toContain('payload_bitsPerElement');
  });

  it('what is written is read back as it was, and written again as the same bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...modelNames),
        fc.constantFrom(...schemeNames),
        fc.integer({ min: 1, max: 3000 }),
        (model, scheme, context) => {
          const made = workload(modelNamed(model), schemeNamed(scheme), { phase: 'prefill', context });
          const layers = made.segments.flatMap((segment) => segment.layers);
          const content = {
            tool: { name: 'lowbit', version: '0.1.0' },
            source: `${model} ${scheme}`,
            tensors: 'a.safetensors',
            notes: [...made.notes],
            layers,
          };
          const text = traceText(content);
          const read = parseTrace(text, 'a.trace.json');
          expect(read).toEqual({ schemaVersion: 1, kind: 'lowbit-trace', ...content });
          expect(traceText(content)).toBe(text);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('the schemas of traces, models and schemes exist as JSON Schema', () => {
    for (const schema of [traceFileSchema, modelSchema, schemeSchema])
      expect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).toHaveProperty('$schema');
  });
});

describe('bad traces', () => {
  it.each([
    ['{ "kind": "lowbit-trace",\n  "layers": [ }', /not valid JSON \(t.json:2:15\)/],
    ['', /not valid JSON \(t.json:1:1\); the file is empty/],
    ['{ "kind": "lowbit-trace",\n  "layers": [{"m": 1, "m": 64}] }', /duplicate key: m \(t.json:2:23\); keep one of the two/],
    ['[]', /not a trace \(t.json\)/],
    ['null', /not a trace/],
    [changed((d) => (d.kind = 'other')), /not a trace \(t.json\); a trace is a JSON object with "kind": "lowbit-trace"/],
    [changed((d) => (d.schemaVersion = 2)), /trace of another version: 2 \(t.json: schemaVersion\); expected one of: 1/],
    [changed((d) => (d.layers = [])), /\(t.json: layers\); it must be at least 1/],
    [changed((d) => (d.layers[0]!['m'] = 0)), /a value is not valid: 0 \(t.json: layers\[0\].m\); it must be more than 0/],
    [changed((d) => (d.layers[0]!['m'] = 1.5)), /a value is not valid: 1.5 \(t.json: layers\[0\].m\); it must be a whole number/],
    [changed((d) => delete d.layers[0]!['k']), /a value is missing \(t.json: layers\[0\].k\); it must be of type number/],
    [changed((d) => (d.layers[0]!['gemm'] = 2)), /unknown key: gemm \(t.json: layers\[0\]\); did you mean gemms/],
    [
      changed((d) => (d.layers[0]!['kind'] = 'conv')),
      /not one of those known: "conv" \(t.json: layers\[0\].kind\); expected one of: gemm, /,
    ],
    [
      changed((d) => ((d.layers[0]!['weight'] as Record<string, unknown>)['payload_bitsPerElement'] = -1)),
      /layers\[0\].weight.payload_bitsPerElement\); it must be at least 0/,
    ],
    [changed((d) => Object.assign(d, { tensors: '../x.safetensors' })), /a \.safetensors file name without a folder/],
  ])('%s is refused with its place', (text, message) => {
    expect(() => parseTrace(text, 't.json')).toThrow(message);
  });

  it('a convolution must agree with the product it was lowered to', () => {
    const conv = {
      batch: 1,
      outputHeight: 16,
      outputWidth: 16,
      kernelHeight: 1,
      kernelWidth: 1,
      strideHeight: 1,
      strideWidth: 1,
      inputChannels: 2048,
      outputChannels: 8192,
    };
    const withConv = (change: object): string => changed((d) => (d.layers[0]!['conv'] = { ...conv, ...change }));
    expect(parseTrace(withConv({}), 't.json').layers[0]?.conv).toEqual(conv);
    expect(() => parseTrace(withConv({ kernelWidth: 3 }), 't.json')).toThrow(
      /layers\[0\].k\); must equal inputChannels x kernelHeight x kernelWidth of conv over its groups, 6144/,
    );
    const grouped = {
      n: 1,
      k: 9,
      gemms: 8192,
      sharedOperand: 'none',
      conv: { ...conv, inputChannels: 8192, kernelHeight: 3, kernelWidth: 3 },
    };
    expect(
      parseTrace(
        changed((d) => Object.assign(d.layers[0]!, grouped)),
        't.json',
      ).layers[0]?.gemms,
    ).toBe(8192);
    expect(() => parseTrace(withConv({ outputChannels: 8193 }), 't.json')).toThrow(
      /layers\[0\].n\); must divide outputChannels of conv, 8193/,
    );
    expect(() => parseTrace(withConv({ outputHeight: 17 }), 't.json')).toThrow(/layers\[0\].m\); m x gemms must equal/);
  });
});
