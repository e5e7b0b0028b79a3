/**
 * Ends the process as a signal does that nothing listens to: a shell sees 128 + its number, as it does of `process.exit`. That one ends worker threads first,
 * and Node 20 aborts when one of them is loading modules just then (v8::Module::IsGraphAsync, 1 of 60 double interrupts in the first seconds of a sweep). What cleans
 * up at the end of the process is told.
 */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export function endBySignal(name: keyof typeof exitCodes): void {
  process.emit('exit', exitCodes[name]);
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

/** From when there are worker threads on: the answer of the program to Ctrl-C, after what there is to say. */
export function endOnInterrupt(lastWords?: () => void): void {
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', () => {
    lastWords?.();
    endBySignal('SIGINT');
  });
}
