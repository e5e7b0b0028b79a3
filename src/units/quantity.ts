/**
 * Quantities whose unit is part of the type, for the places where one unit becomes another.
 * The brand is invariant (a function of the unit in both directions), so that passing picojoules for cycles does not compile.
 * Hot loops use plain numbers whose names end in the unit; they are wrapped where a conversion happens.
 */
declare const unit: unique symbol;
type Quantity<Unit extends string> = number & { readonly [unit]: (u: Unit) => Unit };

export type Cycles = Quantity<'cycles'>;
export type Seconds = Quantity<'s'>;
export type Megahertz = Quantity<'MHz'>;
export type Picojoules = Quantity<'pJ'>;
export type Joules = Quantity<'J'>;
export type SquareMicrometres = Quantity<'um2'>;
export type SquareMillimetres = Quantity<'mm2'>;

export const cycles = (value: number): Cycles => quantity(value, 'cycles') as Cycles;
export const megahertz = (value: number): Megahertz => quantity(value, 'MHz') as Megahertz;
export const picojoules = (value: number): Picojoules => quantity(value, 'pJ') as Picojoules;
export const squareMicrometres = (value: number): SquareMicrometres => quantity(value, 'um2') as SquareMicrometres;

/** Time of a number of clock cycles. Throws RangeError for a clock of 0. */
export function cyclesToSeconds(count: Cycles, clock: Megahertz): Seconds {
  if (clock === 0) throw new RangeError('a clock of 0 MHz has no cycle time');
  return (count / (clock * 1e6)) as Seconds;
}

export const picojoulesToJoules = (energy: Picojoules): Joules => (energy * 1e-12) as Joules;

export const squareMicrometresToSquareMillimetres = (area: SquareMicrometres): SquareMillimetres => (area / 1e6) as SquareMillimetres;

function quantity(value: number, name: string): number {
  if (!(value >= 0) || value === Infinity) throw new RangeError(`${value} ${name} is no quantity: it must be finite and not negative`);
  return value;
}
