/** Are output features as items what their matrices are in sum, and is what a study cannot do with them one clear error? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../property-seed.js';
import { evaluateScheme } from '../../../src/accuracy/evaluate-scheme.js';
import { observe } from '../../../src/accuracy/observe.js';
import { outputError } from '../../../src/accuracy/output-error.js';
import { quantizeModel } from '../../../src/accuracy/quantize-model.js';
import { featureErrors } from '../../../src/codesign/signals/feature-errors.js';
import { assignedScheme } from '../../../src/codesign/study/assigned-scheme.js';
import { assignmentIn } from '../../../src/codesign/study/feature-maps.js';
import { checkedFeatures, featureTables } from '../../../src/codesign/study/features.js';
import { itemsOf } from '../../../src/codesign/study/items.js';
import { studyOf, type StudyPlan } from '../../../src/codesign/study/read-study.js';
import type { StudyOption } from '../../../src/codesign/study/study-option.js';
import { resourceTable, valueOf, type StudyTables } from '../../../src/codesign/study/study-tables.js';
import { namedGroups } from '../../../src/decoder/product-names.js';
import { schemeSchema } from '../../../src/trace/scheme-config.js';
import { smallModel } from '../../decoder/rewrites/small-models.js';

const model = smallModel({ family: 'llama', hidden: 16, feedForward: 24, kvHeads: 1, heads: 2, headDim: 8, layers: 2, seed: 3 });
const tokens = Int32Array.from({ length: 240 }, (_, i) => (i * 7 + ((i * i) % 5)) % 19);
const stored = [3, 4, 8].map((bits): StudyOption => ({
  name: `rtn${bits}`,
  format: `int${bits}-g16`,
  weight: { quantizer: 'rtn', bits, group: 16 },
}));
const matrices = itemsOf(model, { items: 'product', only: undefined });
const planOf = (options: readonly StudyOption[]) => ({ options, place: () => 'study.yaml:9:3' }) as unknown as StudyPlan;
const features = checkedFeatures(planOf(stored), model, matrices);
const count = features.counts.reduce((sum, rows) => sum + rows, 0);

const NO_COSTS = {
  latency_s: new Float64Array(3 * matrices.length),
  energy_pJ: new Float64Array(3 * matrices.length),
  fixed: { latency_s: 0, energy_pJ: 0 },
  area_mm2: NaN,
  refused: [],
};

/** Bits of matrices as their groups of 16 have them: a scale of 16 bits per row and group. */
function tables(): StudyTables {
  const rows = matrices.flatMap(({ weights }, i) => {
    const cols = weights / features.counts[i]!;
    return [3, 4, 8].map((bits) => weights * bits + features.counts[i]! * Math.ceil(cols / 16) * 16);
  });
  const whole = {
    items: matrices,
    options: stored,
    error: new Float64Array(rows.length),
    bits: Float64Array.from(rows),
    memory: { bytes: new Float64Array(rows.length), fixed_bytes: 0 },
    hardware: [{ point: { name: '', design: '', settings: {}, place: '' }, costs: NO_COSTS }],
    weights: matrices.reduce((sum, { weights }) => sum + weights, 0),
  };
  return featureTables(whole, features, new Float64Array(count * 3));
}

const choices = fc
  .record({ seed: fc.array(fc.nat(2), { minLength: count, maxLength: count }), plain: fc.nat(5) })
  .map(({ seed, plain }) => Int32Array.from(seed, (option, i) => (i % 6 < plain ? 0 : option)));

describe('output features as items', () => {
  it('come to the bits that the scheme of an assignment stores, maps of rows included', () => {
    const own = tables();
    const base = schemeSchema.parse({ name: 's', weight: { quantizer: 'rtn', bits: 4, group: 16 } });
    fc.assert(
      fc.property(choices, (choice) => {
        const scheme = schemeSchema.parse(assignedScheme(base, own, choice));
        const { bitsPerWeight } = evaluateScheme({ model, scheme, evaluation: tokens.subarray(0, 30), windows: 1 });
        expect(valueOf(resourceTable(own, 'bits', 0), 3, choice)).toBeCloseTo(bitsPerWeight, 10);
        const { reserve = 0, per } = resourceTable(own, 'bits', 0);
        expect(bitsPerWeight).toBeLessThanOrEqual(
          valueOf({ ...resourceTable(own, 'bits', 0), beside: () => reserve }, 3, choice) + 1 / per,
        );
      }),
      { numRuns: 8 },
    );
  });

  it('are counted by matrix and option', () => {
    const all = assignmentIn(tables(), new Int32Array(count).fill(1));
    expect(all).toEqual({ choice: [], features: features.counts.map((rows) => [0, rows, 0]) });
  });
});

describe('errors of output features', () => {
  const quantized = quantizeModel(model, { weight: { quantizer: 'rtn', options: { bits: 3, group: 16 } } });
  const errors = featureErrors({ floats: quantized.rewritten, stored: quantized.model }, { tokens, windows: 2 }, [
    ...(['weight', 'output', 'fisher', 'salience'] as const),
  ]);

  it('add up to those of the matrix: squared weight errors', () => {
    for (const { name, mse, rows, cols } of quantized.products) {
      const sum = errors.weight!.get(name)!.reduce((all, error) => all + error, 0);
      expect(sum).toBeCloseTo(mse * rows * cols, 10);
    }
  });

  it('of outputs are those of the inputs of the float model, and 0 where nothing changes', () => {
    const { groups } = observe(model, tokens, ['samples']);
    const after = new Map(
      namedGroups(quantized.model).flatMap(({ group }) => group.products.map(({ name, weight }) => [name, weight.data])),
    );
    for (const { group } of namedGroups(model)) {
      for (const { name, weight } of group.products) {
        const sum = errors.output!.get(name)!.reduce((all, error) => all + error, 0);
        expect(Math.sqrt(sum)).toBeCloseTo(outputError(groups.get(group.name)!.samples!, weight, after.get(name)!)!, 6);
      }
    }
    const same = featureErrors({ floats: model, stored: model }, { tokens, windows: 2 }, ['weight', 'output', 'fisher']);
    for (const byProduct of Object.values(same)) for (const own of byProduct.values()) expect(Math.max(...own)).toBe(0);
  });

  it('of the reverse pass are never negative, and grow fourfold in second order where the change doubles', () => {
    const doubled = {
      ...quantized.model,
      layers: quantized.model.layers.map((layer, l) => ({
        ...layer,
        attention: {
          ...layer.attention,
          output: {
            ...layer.attention.output,
            products: layer.attention.output.products.map((product, p) => {
              const float = quantized.rewritten.layers[l]!.attention.output.products[p]!.weight.data;
              return { ...product, weight: { ...product.weight, data: product.weight.data.map((value, i) => 2 * value - float[i]!) } };
            }),
          },
        },
      })),
    };
    const twice = featureErrors({ floats: quantized.rewritten, stored: doubled }, { tokens, windows: 2 }, ['fisher']);
    const { name } = quantized.model.layers[0]!.attention.output.products[0]!;
    for (const [n, error] of errors.fisher!.get(name)!.entries()) {
      expect(error).toBeGreaterThanOrEqual(0);
      expect(twice.fisher!.get(name)![n]! / (4 * error)).toBeCloseTo(1, 4);
    }
  });
});

const text = (fields: string): string => `name: s
model: tiny
scheme: bitmod-4b
items: output-feature
hardware: [bitmod]
budgets: [{ resource: bits, values: [5] }]
${fields}`;
const OPTIONS = 'options: [{ weight: { quantizer: rtn, bits: 4 } }, { weight: { quantizer: rtn, bits: 8 } }]\n';

describe('a study file of output features', () => {
  it('measures the second order of the divergence unless it says otherwise', () => {
    expect(studyOf(text(OPTIONS), 'study.yaml').file.error).toBe('fisher');
    expect(studyOf(text(OPTIONS).replace('items: output-feature\n', ''), 'study.yaml').file.error).toBe('divergence');
  });

  it.each([
    [
      'divergence',
      `${OPTIONS}error: divergence\n`,
      /divergence is not measured of items that are output features.*study\.yaml:8:.*weight, output, fisher, salience/s,
    ],
    [
      'rows that share a scale',
      'options: [{ weight: { quantizer: rtn, granularity: tensor } }]\n',
      /an option whose rows share a scale.*study\.yaml:7:/s,
    ],
    ['activations', 'options: [{ weight: { quantizer: rtn }, activation: { format: int8 } }]\n', /no inputs of their own.*study\.yaml:7:/s],
    [
      'a ranking of matrices',
      `${OPTIONS}methods: [ilp, adapt]\n`,
      /adapt ranks by something of whole matrices: divergence.*study\.yaml:8:/s,
    ],
  ])('is refused for %s', (_, fields, message) => {
    expect(() => studyOf(text(fields), 'study.yaml')).toThrow(message);
  });

  it('refuses errors of single features for whole items', () => {
    const whole = text(`${OPTIONS}error: fisher\n`).replace('items: output-feature\n', '');
    expect(() => studyOf(whole, 'study.yaml')).toThrow(/fisher is not measured of items that are matrices or more.*study\.yaml:7:/s);
  });

  it('refuses an option that stores something for all rows together', () => {
    const ordered = { name: 'gptq', format: 'int4-g8', weight: { quantizer: 'gptq', bits: 4, group: 8, actOrder: true } };
    expect(() => checkedFeatures(planOf([ordered]), model, matrices)).toThrow(
      /stores something for all rows of a matrix together: gptq.*study\.yaml:9:3/s,
    );
  });
});
