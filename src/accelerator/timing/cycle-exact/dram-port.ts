/**
 * The DRAM port: one request at a time, `bandwidth` bits per beat and one beat per cycle, in the fixed order L0, L1, L2, S0, L3, S1, ...
 * (L: what a step lacks, S: the output tile a step completes). A request that may not start yet holds up those behind it.
 */
import type { ExactProduct } from './exact-case.js';
import type { TileStep } from './tile-steps.js';

export interface DramRequest {
  readonly kind: 'load' | 'store';
  readonly step: TileStep;
  readonly bits: number;
}

export interface DramPort {
  /** Requests that have not ended. */
  readonly waiting: number;
  beats: number;
  read_bits: number;
  write_bits: number;
  /** One cycle: starts the first request if it may, moves a beat; the request that ends with it. */
  tick(): DramRequest | undefined;
}

/** Requests of all steps in the order of the port. */
function requestsOf(steps: readonly TileStep[], { bits }: ExactProduct): DramRequest[] {
  const requests: DramRequest[] = [];
  for (let i = 0; i < steps.length + 2; i++) {
    const load = steps[i];
    if (load !== undefined) {
      const weights = load.loadsWeights ? load.tn * load.tk * bits.weight : 0;
      const activations = load.loadsActivations ? load.tm * load.tk * bits.activation : 0;
      if (load.loadsWeights || load.loadsActivations) requests.push({ kind: 'load', step: load, bits: weights + activations });
    }
    const store = steps[i - 2];
    if (store?.closesOutput === true) requests.push({ kind: 'store', step: store, bits: store.tm * store.tn * bits.output });
  }
  return requests;
}

/** A port with all requests of a product before it; `starts` begins a request if the machine is in a state that takes it. */
export function dramPort(
  steps: readonly TileStep[],
  product: ExactProduct,
  bandwidth_bitsPerCycle: number,
  starts: (request: DramRequest) => boolean,
): DramPort {
  const requests = requestsOf(steps, product);
  let next = 0;
  let beats = 0;
  return {
    get waiting() {
      return requests.length - next;
    },
    beats: 0,
    read_bits: 0,
    write_bits: 0,
    tick() {
      const request = requests[next];
      if (request === undefined || (beats === 0 && !starts(request))) return undefined;
      beats++;
      this.beats++;
      if (beats * bandwidth_bitsPerCycle < request.bits) return undefined;
      if (request.kind === 'load') this.read_bits += request.bits;
      else this.write_bits += request.bits;
      beats = 0;
      next++;
      return request;
    },
  };
}
