/** What was sent to the cluster for a folder: `slurm/jobs.json`, from which `status` and a second submission know the jobs and what they asked for. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LowbitError } from '../../lowbit-error.js';

const jobRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  engine: z.literal('slurm'),
  file: z.string(),
  options: z.array(z.string()),
  request: z.strictObject({
    shards: z.number(),
    time: z.string(),
    memory_MiB: z.number(),
    cpus: z.number(),
    partition: z.string().optional(),
  }),
  submissions: z
    .array(
      z.strictObject({
        array: z.string().describe('job of the array'),
        shards: z.array(z.number()).describe('its tasks'),
        merge: z.string().describe('job that waits for them and joins the shards; empty: it could not be sent'),
      }),
    )
    .describe('oldest first'),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

const recordFile = (folder: string): string => join(folder, 'slurm/jobs.json');

/** Undefined where nothing was sent to a cluster. */
export function readJobRecord(folder: string): JobRecord | undefined {
  const file = recordFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    return jobRecordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new LowbitError('not a record of jobs that this version of lowbit wrote', {
      place: file,
      remedy: 'delete it to submit anew; parts that are done are kept',
    });
  }
}

export function writeJobRecord(folder: string, record: JobRecord): void {
  mkdirSync(join(folder, 'slurm'), { recursive: true });
  const temporary = `${recordFile(folder)}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(temporary, recordFile(folder));
}
