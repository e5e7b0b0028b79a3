/** Names of layers in a sentence. */

/** The first names, and how many more there are. */
export function namesText(all: readonly string[]): string {
  const names = [...new Set(all)];
  return names.slice(0, 4).join(', ') + (names.length > 4 ? `, and ${names.length - 4} more` : '');
}
