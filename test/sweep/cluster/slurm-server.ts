/**
 * A Slurm of one node for the test that needs a real one: munged, slurmctld and slurmd with their own configuration, key, ports and folders below a
 * temporary folder, run in the foreground as children of the test, and stopped by the process ids of those children.
 * Nothing of a Slurm that the machine may have otherwise is read or changed.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface SlurmServer {
  /** Environment in which sbatch, squeue and scancel talk to this Slurm. */
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel'] as const;
// Daemons are in sbin, which is not on the path of everybody.
const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** What is missing for a Slurm here; undefined: nothing. */
export function missingForSlurm(): string | undefined {
  const missing = programs.filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: { ...process.env, PATH: path } }).status !== 0,
  );
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')} (Debian: slurm-wlm and munge)`;
}

/** Starts the three daemons and waits until the node takes jobs. */
export async function startSlurm(): Promise<SlurmServer> {
  const root = mkdtempSync(join(tmpdir(), 'lowbit-slurm-'));
  // munged insists that everybody can reach its socket, and nobody its key.
  chmodSync(root, 0o755);
  for (const folder of ['munge', 'key', 'controller', 'node', 'log'])
    mkdirSync(join(root, folder), { mode: folder === 'key' ? 0o700 : 0o755 });
  writeFileSync(join(root, 'key/munge.key'), randomBytes(128), { mode: 0o400 });
  const [controllerPort, nodePort] = await freePorts();
  writeFileSync(join(root, 'slurm.conf'), configuration(root, controllerPort, nodePort));
  const environment = { ...process.env, PATH: path, SLURM_CONF: join(root, 'slurm.conf') };
  const children: ChildProcess[] = [];
  const start = (name: string, args: readonly string[]): void => {
    children.push(spawn(name, args, { env: environment, stdio: 'ignore' }));
  };
  const stop = async (): Promise<void> => {
    // A step that outlives its node waits for it without end, and its task writes on.
    spawnSync('scancel', [`--user=${userInfo().username}`], { env: environment });
    const jobs = (): string => spawnSync('squeue', ['--noheader'], { env: environment }).stdout.toString();
    await until('all jobs have ended', () => jobs() === '').catch(() => undefined);
    // The node first, so that the controller still hears of it.
    for (const child of children.reverse()) await ended(child);
    rmSync(root, { recursive: true, force: true });
  };
  const files = ['socket', 'pid-file', 'log-file', 'seed-file'].map((option) => `--${option}=${join(root, 'munge', option)}`);
  start('munged', ['--foreground', `--key-file=${join(root, 'key/munge.key')}`, ...files]);
  try {
    await until('munged answers', () => spawnSync('munge', ['--no-input', `--socket=${join(root, 'munge/socket')}`]).status === 0);
    start('slurmctld', ['-D', '-c']);
    start('slurmd', ['-D', '-c']);
    await until(
      'the node is idle',
      () => spawnSync('sinfo', ['--noheader', '--format=%T'], { env: environment }).stdout.toString().trim() === 'idle',
    );
  } catch (error) {
    const logs = ['controller', 'node'].map((name) => readLog(join(root, 'log', name)));
    await stop();
    throw new Error(`Slurm does not start: ${(error as Error).message}\n${logs.join('\n')}`, { cause: error });
  }
  return { environment, stop };
}

/** SIGTERM, and SIGKILL to one that does not listen within ten seconds. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(late);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (holds()) return;
    await pause(200);
  }
  throw new Error(`waited 30 s in vain until ${what}`);
}

const readLog = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').slice(-2000);
  } catch {
    return `${file} was not written`;
  }
};

/** Two ports nobody listens on, both held until both are known. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) => new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number];
}

/**
 * One node that takes four tasks of one CPU at a time, whatever the machine has (config_overrides); processes are followed through their parents, for
 * control groups are often not there in a container.
 */
function configuration(root: string, controllerPort: number, nodePort: number): string {
  const host = hostname().split('.')[0] ?? 'localhost';
  const user = userInfo().username;
  return `ClusterName=lowbit
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${root}/munge/socket
CredType=cred/munge
StateSaveLocation=${root}/controller
SlurmdSpoolDir=${root}/node
SlurmctldPidFile=${root}/controller.pid
SlurmdPidFile=${root}/node.pid
SlurmctldLogFile=${root}/log/controller
SlurmdLogFile=${root}/log/node
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=1,sched_min_interval=0
KillWait=2
MinJobAge=300
NodeName=${host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=local Nodes=${host} Default=YES MaxTime=INFINITE State=UP
`;
}
