/** `lowbit codesign`: runs a study, prints its front, and writes document and schemes into the folder of `--out`. */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CodesignResult } from '../../codesign/codesign-result.js';
import { readStudy, type HardwarePoint, type StudyPlan } from '../../codesign/study/read-study.js';
import { runStudy, type StudyOutcome } from '../../codesign/study/run-study.js';
import { loadYaml } from '../../config/document.js';
import { isGpu } from '../../config/gpu-name.js';
import { versionsOf } from '../../config/model-versions.js';
import { LowbitError } from '../../lowbit-error.js';
import type { CodesignDocument } from '../../report/documents.js';
import { codesignText } from '../../report/codesign-text.js';
import { stableJson } from '../../report/json.js';
import { writeFileAtomically } from '../../tensors/atomic-file.js';
import { makeFolder } from '../../tensors/make-folder.js';
import { positiveInteger, single } from '../arguments.js';
import type { Arguments } from '../command.js';
import { endOnInterrupt } from '../end-by-signal.js';
import { envelope } from '../envelope.js';
import type { Design } from './design.js';
import { loadAcceleratorPoints } from './accelerator-design.js';
import { loadDesigns } from './load-designs.js';
import { outputFolder } from './output-folder.js';
import { note, noteOfDocument, print, writeReport } from './present.js';

export async function runCodesign(args: Arguments): Promise<void> {
  const plan = readStudy(single('study', args['study']) ?? '');
  const folder = outputFolder(args);
  const designs = await designsOf(plan);
  endOnInterrupt(() => {
    note(args, [`${process.stderr.isTTY ? '\r\u001b[K' : ''}${stopped(folder)}`]);
  });
  const outcome = await runStudy(plan, {
    jobs: positiveInteger('jobs', args['jobs'], availableParallelism(), 2),
    folder,
    progress: (done, count, what) => {
      if (process.stderr.isTTY) note(args, [`${done} of ${count} ${what}`]);
    },
    designOf: (point) => designs.get(point)!,
  });
  const document = documentOf(plan, outcome.result, [...designs.values()]);
  if (folder !== undefined) {
    const path = await written(folder, document, outcome);
    const page = await writeReport([document], { out: folder, title: document.name, png: args['png'], folderOf: 'codesign' });
    note(args, [`wrote ${path}`, `wrote ${page}`]);
  }
  noteOfDocument(args, document.notes);
  print(args, document, () => codesignText(document));
}

/** The last words of a study that Ctrl-C ends: every measurement is a file that is whole or not there. */
function stopped(folder: string | undefined): string {
  if (folder === undefined) return 'stopped; nothing is kept: with --out DIR the same command goes on from what was measured';
  const measured = join(folder, 'measured');
  const files = existsSync(measured) ? readdirSync(measured).filter((name) => name.endsWith('.json')) : [];
  if (files.length === 0) return 'stopped before the first measurement: nothing is kept';
  const kept = files.length === 1 ? '1 measurement is' : `${files.length} measurements are`;
  return `stopped; ${kept} kept in ${measured}: the same command goes on from there`;
}

/** The design of every point; with `iso` all arrays have one budget, so that they are resized together. */
async function designsOf({ file, hardware, place }: StudyPlan): Promise<ReadonlyMap<HardwarePoint, Design>> {
  if (file.iso === undefined) {
    const designs = new Map<HardwarePoint, Design>();
    for (const point of hardware) designs.set(point, await designOf(point));
    return designs;
  }
  const gpu = hardware.find(({ design }) => isGpu(design));
  if (gpu !== undefined) {
    throw new LowbitError('iso resizes arrays of accelerators', {
      value: gpu.name,
      place: gpu.place,
      remedy: 'leave the GPUs out, or iso',
    });
  }
  const points = hardware.map(({ design, settings }) => ({ name: design, settings: settingsOf(settings) }));
  const designs = await atPlace(place(['iso']), () => loadAcceleratorPoints(points, file.iso));
  return new Map(hardware.map((point, i) => [point, designs[i]!] as const));
}

function designOf({ design, settings, place }: HardwarePoint): Promise<Design> {
  const set = settingsOf(settings);
  return atPlace(place, async () => (await loadDesigns(set.length === 0 ? {} : { set }, [design]))[0]!);
}

function settingsOf(settings: HardwarePoint['settings']): string[] {
  return Object.entries(settings).map(([path, value]) => `${path}=${String(value)}`);
}

async function atPlace<T>(place: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LowbitError)) throw error;
    const inner = error.details.place;
    throw new LowbitError(error.what, { ...error.details, place: inner === undefined ? place : `${place}, ${inner}` });
  }
}

function documentOf(plan: StudyPlan, result: CodesignResult, designs: readonly Design[]): CodesignDocument {
  const { file, scheme, options, hardware, methods } = plan;
  const versions = Object.assign(
    {},
    versionsOf({ rules: ['workload', 'accuracy'] }),
    ...designs.map((design) => design.versions()),
  ) as object;
  // Not where a design stands in the file: that is no part of what was asked, and depends on the working folder.
  const asked = hardware.map(({ place: _place, ...point }) => point);
  return {
    ...envelope('codesign', { file, scheme, options, hardware: asked, methods, errors: result.errors, versions }),
    ...result,
    notes: [...designs.flatMap(({ notes }) => notes), ...result.notes],
  };
}

/** Schemes first: the document that names them is there only when they are. */
async function written(folder: string, document: object, { schemes }: StudyOutcome): Promise<string> {
  if (schemes.length > 0) makeFolder(join(folder, 'schemes'));
  const { stringify } = loadYaml();
  for (const scheme of schemes)
    await writeFileAtomically(
      join(folder, 'schemes', `${scheme.name}.yaml`),
      stringify(scheme, { lineWidth: 0, aliasDuplicateObjects: false }),
    );
  const path = join(folder, 'codesign.json');
  await writeFileAtomically(path, stableJson(document));
  return path;
}
