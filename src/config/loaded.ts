/** What loaders of configurations return. */

/** A configuration with where it came from and what the user should know about how it was resolved. */
export interface Loaded<T> {
  readonly config: T;
  /** File as shown to the user. */
  readonly file: string;
  readonly notes: readonly string[];
}
