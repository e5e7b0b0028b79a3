/** Is a budget below the smallest choice refused before anything is measured, and no other? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBudgets, requireArea } from '../../../src/codesign/study/check-budgets.js';
import { itemsOf } from '../../../src/codesign/study/items.js';
import type { StudyPlan } from '../../../src/codesign/study/read-study.js';
import { smallModel } from '../../decoder/rewrites/small-models.js';

const model = smallModel({ family: 'llama', hidden: 16, feedForward: 32, kvHeads: 1, heads: 2, headDim: 8, layers: 2, seed: 3 });
const items = itemsOf(model, { items: 'product', only: undefined });
const weights = items.reduce((sum, item) => sum + item.weights, 0);
type Weight = StudyPlan['options'][number]['weight'];

function check(resource: 'bits' | 'latency_s', value: number, ...options: readonly Weight[]): () => void {
  return checkOn({ area_mm2: 1 }, { resource, value, options });
}

function checkOn(
  { area_mm2, each = 1e-6 }: { readonly area_mm2: number; readonly each?: number },
  { resource, value, options }: { readonly resource: 'bits' | 'latency_s'; readonly value: number; readonly options: readonly Weight[] },
): () => void {
  const table = new Float64Array(items.length * options.length).fill(each);
  const plan = {
    file: { budgets: [{ resource, values: [value] }], objectives: ['error', 'area_mm2'] },
    options: options.map((weight) => ({ name: '', format: '', weight })),
    place: () => 'study.yaml:9:3',
  } as unknown as StudyPlan;
  const costs = { latency_s: table, energy_pJ: table, fixed: { latency_s: each, energy_pJ: 0 }, area_mm2, refused: [] };
  const hardware = [{ point: { name: 'array', design: 'array', settings: {}, place: '' }, costs }];
  return () => checkBudgets(plan, model, { items, weights, hardware, memory: { bytes: table, fixed_bytes: 0 } });
}

function messageOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

const latency = (value: number) => ({ resource: 'latency_s', value, options: [rtn(4)] }) as const;
const rtn = (bits: number): Weight => ({ quantizer: 'rtn', bits, granularity: 'group', group: 16 });

describe('a budget before the measurement', () => {
  it('in bits is held against what the narrowest option stores with all its scales', () => {
    expect(check('bits', 5, rtn(4), rtn(8))).not.toThrow();
    expect(check('bits', 4.9999, rtn(8), rtn(4))).toThrow(
      'budget below the smallest choice: 4.9999 (study.yaml:9:3); the smallest is 5 (bits)',
    );
  });

  it('is refused with a number that can be typed back, and hardly more than is needed', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (each) => {
        const smallest = (items.length + 1) * each;
        const told = Number(/the smallest is (\S+) /.exec(messageOf(checkOn({ area_mm2: 1, each }, latency(smallest * 0.99))))![1]);
        expect(checkOn({ area_mm2: 1, each }, latency(smallest))).not.toThrow();
        expect(checkOn({ area_mm2: 1, each }, latency(told))).not.toThrow();
        expect(told / smallest).toBeLessThan(1 + 1.1e-5);
      }),
    );
  });

  it('in latency is held against the cheapest choice on the design', () => {
    const smallest = (items.length + 1) * 1e-6;
    expect(check('latency_s', smallest * 1.001, rtn(4))).not.toThrow();
    expect(check('latency_s', smallest * 0.999, rtn(4))).toThrow(/budget below the smallest choice/);
  });

  it('counts nothing of what the values decide: outliers that are stored apart', () => {
    const gobo = { quantizer: 'gobo', bits: 3 } as Weight;
    // Codes, and what even a matrix without outliers stores, must fit.
    expect(check('bits', 3, gobo)).toThrow(/below the smallest choice: 3 /);
    expect(check('bits', 9, gobo)).not.toThrow();
  });

  it('leaves shapes that no option takes to the measurement, which says why', () => {
    expect(check('bits', 1, { quantizer: 'mx', element: 'e2m1' })).not.toThrow();
  });
});

describe('an objective before the measurement', () => {
  it('is refused on a design that has no model for it', () => {
    expect(checkOn({ area_mm2: NaN }, { resource: 'bits', value: 9, options: [rtn(4)] })).toThrow(
      /an objective without a model behind it: area_mm2 \(study\.yaml:9:3\); array has no value for it/,
    );
  });

  it('in area is refused on a GPU before its kernels are looked at, and on no array', () => {
    const asked = (...designs: readonly string[]) => ({
      file: { objectives: ['error', 'area_mm2'] } as unknown as StudyPlan['file'],
      hardware: designs.map((design) => ({ name: `my ${design}`, design, settings: {}, place: '' })),
      place: (path: readonly PropertyKey[]) => `study.yaml:${path.join('.')}`,
    });
    expect(() => {
      requireArea(asked('bitmod', 'h100-sxm'));
    }).toThrow(/without a model behind it: area_mm2 \(study\.yaml:objectives\.1\); my h100-sxm has no value for it/);
    expect(() => {
      requireArea(asked('bitmod', 'olive'));
    }).not.toThrow();
  });
});
