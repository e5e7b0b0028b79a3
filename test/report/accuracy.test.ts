import { describe, expect, it } from 'vitest';
import { evaluateDocumentSchema, type EvaluateDocument } from '../../src/report/evaluate-document.js';
import { readDocuments } from '../../src/report/read-documents.js';
import { renderReport } from '../../src/report/report.js';
import { accuracySection } from '../../src/report/sections/accuracy.js';

const noBits = { payload: 0, group: 0, channel: 0, tensor: 0, outlier: 0, lowRank: 0, permutation: 0 };

function evaluated(scheme: string, bitsPerWeight: number, perplexity: number | null): EvaluateDocument {
  const mean = perplexity === null ? 50 : Math.log(perplexity / 3.5);
  return evaluateDocumentSchema.parse({
    schemaVersion: 1,
    tool: { name: 'lowbit', version: '0.1.0' },
    configHash: 'c0ffee',
    command: 'evaluate',
    model: 'tiny',
    scheme,
    description: 'made up',
    text: 'models/tiny/evaluation.txt',
    calibration: null,
    window: 256,
    windows: 4,
    scoredTokens: 1020,
    perplexity,
    referencePerplexity: 3.5,
    logPerplexityDifference: { mean, low: mean - 0.001, high: mean + 0.001, resolved: Math.abs(mean) > 0.001 },
    bitsPerByte: 1.8,
    referenceBitsPerByte: 1.8074,
    nextTokenAgreement: 0.9,
    bitsPerWeight,
    bits: { ...noBits, payload: Math.floor(bitsPerWeight), group: bitsPerWeight % 1 },
    activationBits: 16,
    kvBits: 16,
    mse: 1e-5,
    sqnr_dB: 20,
    layers: [
      {
        name: 'q_proj',
        rows: 256,
        cols: 256,
        format: 'int4-g128',
        bitsPerWeight,
        bits: noBits,
        mse: 1e-5,
        sqnr_dB: 20,
        outputError: 0.05,
      },
    ],
    time_s: { quantize: 0.1, score: 1.2 },
    notes: ['computed in float32'],
  });
}

describe('the accuracy of schemes in a report', () => {
  const documents = [evaluated('int4', 4.125, 3.52), evaluated('int3', 3.125, 3.6), evaluated('broken', 4, null)];

  it('is a table by stored bits; a scheme that lost everything has no finite perplexity', () => {
    const section = accuracySection(documents)?.sections[0];
    expect(section?.tables[0]?.rows.map(([scheme]) => scheme)).toEqual(['int3', 'broken', 'int4']);
    expect(section?.tables[0]?.rows.map((row) => row[6])).toEqual(['3.6000', 'infinite', '3.5200']);
    expect(section?.tables[0]?.rows[2]?.[8]).toBe('+0.00470 .. +0.00670');
  });

  it('is drawn for two schemes and more, and lists the matrices of a single one', () => {
    expect(accuracySection(documents)?.sections[0]?.figures.map(({ id }) => id)).toEqual(['accuracy-1-perplexity']);
    const [single] = accuracySection(documents.slice(0, 1))?.sections ?? [];
    expect(single?.figures).toEqual([]);
    expect(single?.tables.at(-1)?.rows[0]).toEqual(['q_proj', '256 x 256', 'int4-g128', '4.1250', '20.00', '5.000']);
    expect(accuracySection([])).toBeNull();
  });

  it('comes back from JSON and is written as page, CSV and picture', async () => {
    const read = readDocuments({ documents: documents.map((document) => JSON.parse(JSON.stringify(document)) as unknown) }, 'x.json');
    const files = await renderReport(read, { title: 'accuracy' });
    expect([...files.keys()]).toEqual(expect.arrayContaining(['index.html', 'summary.md', 'results.csv', 'accuracy-1-perplexity.svg']));
    expect(String(files.get('results.csv')).split('\n')[0]).toContain('logPerplexityDifference_nats');
    expect(String(files.get('accuracy-1-perplexity.svg'))).toContain('perplexity above float32 (%)');
  });
});
