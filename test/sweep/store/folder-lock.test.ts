import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../../src/sweep/store/folder-lock.js';
import { temporaryFolder } from '../../tensors/temporary-folder.js';
import { freshFolder } from '../engine/tiny-run.js';

const root = temporaryFolder();
const holderOf = (dir: string): { pid: number; host: string; began: string | null } =>
  JSON.parse(readFileSync(join(dir, '.lock'), 'utf8')) as never;

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A process that is there, and the lock it would have. */
async function lockOfAnother(dir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000); console.log(1)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  const [boot] = (holderOf(dir).began ?? '').split(' ');
  const stat = existsSync(`/proc/${child.pid}/stat`) ? readFileSync(`/proc/${child.pid}/stat`, 'utf8') : '';
  const began = stat === '' ? null : `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  writeFileSync(join(dir, '.lock'), JSON.stringify({ pid: child.pid, host: hostname(), began }));
  return child;
}

describe('the lock of a sweep folder', () => {
  it('is refused while its holder works, with process, place and remedy, and gone when that is done', () => {
    const dir = freshFolder(root);
    const lock = lockFolder(dir, undefined);
    expect(() => lockFolder(dir, undefined)).toThrow(
      new RegExp(`another process is working on this sweep.*${process.pid} on .*\\.lock.*choose another folder`),
    );
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
    lockFolder(dir, undefined).release();
  });

  it('is held apart for each shard', () => {
    const dir = freshFolder(root);
    const shards = [1, 2].map((index) => lockFolder(dir, { index, count: 2 }));
    expect(readdirSync(dir).sort()).toEqual(['.lock-1-of-2', '.lock-2-of-2']);
    expect(() => lockFolder(dir, { index: 2, count: 2 })).toThrow(/working on this sweep/);
    for (const lock of shards) lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is refused while another process that lives holds it, and taken over once that is killed', async () => {
    const dir = freshFolder(root);
    const first = lockFolder(dir, undefined);
    const other = await lockOfAnother(dir);
    first.release();
    expect(holderOf(dir).pid).toBe(other.pid);
    expect(() => lockFolder(dir, undefined)).toThrow(new RegExp(`process ${other.pid} on`));
    other.kill('SIGKILL');
    await once(other, 'exit');
    const lock = lockFolder(dir, undefined);
    expect([lock.notes, holderOf(dir).pid]).toEqual([[], process.pid]);
    lock.release();
  });

  it.runIf(existsSync('/proc/self/stat'))('is taken over where the number of its dead holder is that of another process now', async () => {
    const dir = freshFolder(root);
    const first = lockFolder(dir, undefined);
    await lockOfAnother(dir);
    first.release();
    const holder = holderOf(dir);
    writeFileSync(join(dir, '.lock'), JSON.stringify({ ...holder, began: `${holder.began}1` }));
    lockFolder(dir, undefined).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    { of: 'an empty file', text: '', notes: [] },
    { of: 'a half of one', text: '{"pid":', notes: [] },
    { of: 'this process before it was this one', text: JSON.stringify({ pid: process.pid, host: hostname(), began: null }), notes: [] },
    {
      of: 'another host',
      text: JSON.stringify({ pid: 1, host: 'elsewhere.invalid', began: null }),
      notes: ['process 1 of elsewhere.invalid had begun this sweep; whether it still runs cannot be told from here'],
    },
  ])('is taken over from $of', ({ text, notes }) => {
    const dir = freshFolder(root);
    writeFileSync(join(dir, '.lock'), text);
    const lock = lockFolder(dir, undefined);
    expect(lock.notes).toEqual(notes);
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is not removed by a run from which it was taken over', () => {
    const dir = freshFolder(root);
    const lock = lockFolder(dir, undefined);
    writeFileSync(join(dir, '.lock'), JSON.stringify({ pid: 1, host: 'elsewhere.invalid', began: null }));
    lock.release();
    expect(holderOf(dir).host).toBe('elsewhere.invalid');
  });
});
