import { describe, expect, it } from 'vitest';
import { layerTraceSchema } from '../../src/trace/layer-trace.js';
import { parseLayersCsv } from '../../src/trace/layers-csv.js';

const defaults = { activation: 'int8', weight: 'int8', output: 'int8' };
const read = (text: string) => parseLayersCsv(text, 't.csv', defaults);
const shapes = (text: string) => read(text).map(({ name, m, n, k, gemms }) => [name, m, n, k, gemms]);
const conv = 'Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,';

describe('a topology of SCALE-Sim', () => {
  it('of convolutions becomes products: output pixels, filters, filter area times channels', () => {
    const text = `${conv}\nConv1     ,224         ,224        ,11           ,11          ,3       ,96        ,4      ,\nInc5b, 7, 7, 3, 3, 192, 384, 1,\n`;
    expect(shapes(text)).toEqual([
      ['Conv1', 3025, 96, 363, 1],
      ['Inc5b', 25, 384, 1728, 1],
    ]);
    const [first] = read(text);
    expect(first).toMatchObject({ kind: 'gemm', repeat: 1, weight: { format: 'int8' } });
    expect(first?.conv).toEqual({
      batch: 1,
      outputHeight: 55,
      outputWidth: 55,
      kernelHeight: 11,
      kernelWidth: 11,
      strideHeight: 4,
      strideWidth: 4,
      inputChannels: 3,
      outputChannels: 96,
    });
    for (const layer of read(text)) expect(layerTraceSchema.safeParse(layer).success).toBe(true);
  });

  it.each(['Layer, M, N, K,', 'Layer Name, M, N, K,', 'Layer,M,N,K', 'Layer name,M,N,K,Sparsity,', 'layer,m,n,k'])(
    'of products is told by the header %j',
    (header) => {
      expect(shapes(`${header}\nTest 1, 256, 128, 64,\n`)).toEqual([['Test 1', 256, 128, 64, 1]]);
    },
  );

  it('loses no field where the last comma is missing', () => {
    expect(shapes('Layer,M,N,K\nQKT,1024,512,64')).toEqual([['QKT', 1024, 512, 64, 1]]);
    expect(shapes(`${conv}\nConv11,28,28,3,1,256,128,2`)).toEqual([['Conv11', 14 * 15, 128, 768, 1]]);
  });

  it('has empty lines, tabs, Windows lines, comments and a dense N:M', () => {
    expect(shapes(`${conv}\r\n\r\n\tConv2_dw, 112, 112, 3, 3, 1, 1, 1,#dw\r\nA,5,5,1,1,2,6,1,4:4,\r\n,,,,\r\n`)).toEqual([
      ['Conv2_dw', 12100, 1, 9, 1],
      ['A', 25, 6, 2, 1],
    ]);
  });

  it('has one product per channel where the name says DP, each with its own weights', () => {
    const [layer] = read(`${conv}\nDP1,14,14,3,3,32,1,1,`);
    expect(layer).toMatchObject({ m: 144, n: 1, k: 9, gemms: 32, sharedOperand: 'none', conv: { inputChannels: 32, outputChannels: 32 } });
  });

  it('rounds outputs up where the stride does not end at the border', () => {
    expect(shapes(`${conv}\na,7,8,3,3,1,1,2,\nb,8,8,3,3,1,1,5,`).map(([, m]) => m)).toEqual([3 * 4, 2 * 2]);
  });

  it('may give the two strides apart', () => {
    expect(shapes(`${conv.replace('Strides', 'Stride height, Stride width')}\na,9,9,3,3,1,1,2,3,`)).toEqual([['a', 4 * 3, 1, 9, 1]]);
  });

  it.each([
    [
      `${conv} Batch Size,\nEmbedding,512,512,1,1,3,4096,1,1,`,
      /column of a topology that is not modelled: Batch Size \(t.csv:1\); it takes Layer name, IFMAP Height/,
    ],
    ['Layer,M,N,K,Batch,\na,1,2,3,4,', /not modelled: Batch \(t.csv:1\)/],
    [
      'Layer,M,K,N,\na,1,2,3,',
      /columns of no topology of SCALE-Sim: Layer, M, K, N \(t.csv:1\); write Layer name, IFMAP Height, .*, or Layer, M, N, K/,
    ],
    ['Layer name,IFMAP Height,\na,1,', /columns of no topology/],
    ['Layer,M,N,K,\n', /no layers \(t.csv\)/],
    ['Layer,M,N,K,\na,1,2,', /row of another length than the header: 3 cells \(t.csv:2\); expected one of: 4 cells/],
    ['Layer,M,N,K,\na,1,2,3,4,', /5 cells \(t.csv:2\)/],
    ['Layer,M,N,K,\n\na,1,0,3,', /N must be a positive integer of at most 2\^40: 0 \(t.csv:3\)/],
    ['Layer,M,N,K,\na,1,,3,', /N must be a positive integer of at most 2\^40: nothing/],
    ['Layer,M,N,K,\n,1,2,3,', /layer without a name \(t.csv:2\)/],
    ['Layer,M,N,K,Sparsity,\na,1,2,3,2:4,', /sparse weights of SCALE-Sim are not modelled: 2:4 \(t.csv:2\); expected one of: 1:1/],
    [`${conv}\na,2,5,3,3,1,1,1,`, /filter larger than its input: 3 over 2 \(t.csv:2\); there is no padding/],
    [`${conv}\na,5,5,3,3,1,1,0,`, /Strides must be a positive integer/],
    [`${conv}\na,5,5,3,3,1,1,x,`, /Strides must be a positive integer of at most 2\^40: x/],
    [`${conv}\na,2097152,2097152,1,1,1,1,1,`, /output pixels must be a positive integer of at most 2\^40: 4398046511104/],
  ])('%j is refused with line and value', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
