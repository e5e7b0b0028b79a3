#!/usr/bin/env node
/** Entry of the `lowbit` command: runs the program and turns what it throws into a message and an exit code. */
import { exitCodeOf, reportFailure } from './failure.js';
import { program } from './program.js';

// A reader that closes early (`lowbit ... | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  reportFailure(error);
  process.exit(1);
});
process.on('SIGINT', () => process.exit(130));

try {
  await program(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
  process.exitCode = exitCodeOf(error);
}
