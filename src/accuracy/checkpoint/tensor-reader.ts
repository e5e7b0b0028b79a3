/** What the mapping of names to a decoder needs of a file of weights, whatever its format. */
export interface TensorReader {
  /** The file or folder, for errors. */
  readonly path: string;
  /** Every tensor there is, in the order of the file. */
  readonly names: readonly string[];
  /** Undefined for a name that is not there. */
  shapeOf(name: string): readonly number[] | undefined;
  /** float32 values, row-major. Throws LowbitError when they cannot be read. */
  read(name: string): Promise<Float32Array>;
}
