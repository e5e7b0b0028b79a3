/** A unit that makes so many operations per cycle, one job at a time in the order given: dequantization, epilogue. */

export interface RateUnit<Job> {
  readonly busy: boolean;
  operations: number;
  /** Takes a job; throws while another is under way. */
  begin(job: Job, operations: number): void;
  /** One cycle; the job that ends with it. */
  tick(): Job | undefined;
}

/** An idle unit. */
export function rateUnit<Job>(perCycle: number): RateUnit<Job> {
  let current: { readonly job: Job; readonly operations: number; cycles: number } | undefined;
  return {
    get busy() {
      return current !== undefined;
    },
    operations: 0,
    begin(job, operations) {
      if (current !== undefined) throw new Error('a unit takes one job at a time');
      current = { job, operations, cycles: 0 };
      this.operations += operations;
    },
    tick() {
      if (current === undefined) return undefined;
      // Counted from the start of the job, so that a fractional rate does not add up rounding errors.
      if (++current.cycles * perCycle < current.operations) return undefined;
      const { job } = current;
      current = undefined;
      return job;
    },
  };
}
