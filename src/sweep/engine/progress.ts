/** How far a sweep is and how long it will take, from the parts that were simulated; parts found on disk go by too fast to tell. */
export interface Progress {
  /** Positions done, of `total`. For a grid they include those without a point. */
  readonly done: number;
  readonly total: number;
  readonly rows: number;
  readonly failed: number;
  /** Rows simulated per second since the start of this run. */
  readonly rowsPerSecond: number;
  /** Null until the first part is simulated. */
  readonly secondsLeft: number | null;
}

interface Step {
  readonly positions: number;
  readonly rows: number;
  readonly failed: number;
  readonly found: boolean;
}

/** Reports at most ten times a second, and at the end. `now`: seconds. */
export function progressMeter(
  total: number,
  report: ((progress: Progress) => void) | undefined,
  now = (): number => performance.now() / 1000,
): (step: Step) => void {
  const start = now();
  let reported = -Infinity;
  let [done, rows, failed, simulated, simulatedRows] = [0, 0, 0, 0, 0];
  return (step) => {
    done += step.positions;
    rows += step.rows;
    failed += step.failed;
    if (!step.found) {
      simulated += step.positions;
      simulatedRows += step.rows;
    }
    const time = now();
    if (report === undefined || (time - reported < 0.1 && done < total)) return;
    reported = time;
    const seconds = Math.max(time - start, 1e-9);
    report({
      ...{ done, total, rows, failed },
      rowsPerSecond: simulatedRows / seconds,
      secondsLeft: simulated === 0 ? null : ((total - done) * seconds) / simulated,
    });
  };
}
