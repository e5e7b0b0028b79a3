/** Words for a POSIX shell, so that names with blanks, quotes, dollars or newlines come through as they are. */

/** One word. Between single quotes a shell changes nothing; a single quote itself goes between two of them, behind a backslash. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export const shellCommand = (words: readonly string[]): string => words.map(shellWord).join(' ');
