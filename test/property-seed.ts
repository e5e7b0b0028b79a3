/**
 * Every property test draws the same inputs in every run, so that a failure of today is a failure of tomorrow.
 * LOWBIT_PROPERTY_SEED=N draws others; fast-check prints the seed of a failure.
 */
import fc from 'fast-check';

const FIXED_SEED = 20_250_301;

fc.configureGlobal({ seed: Number(process.env['LOWBIT_PROPERTY_SEED'] ?? FIXED_SEED) });
