import { readdir, readFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const ticksPerSecond = 100;

/** Fields of /proc/<pid>/stat after the command's name. */
const parentField = 1;
const timeFields = { own: [11, 12], ended: [13, 14] };

/** Processor seconds, user and system, of a process with its children, those that have ended included. */
export async function cpuSeconds(pid: number): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(processes.map(async (name) => ({ pid: Number(name), fields: await statOf(name) })));
  const counted = stats.filter(({ pid: each, fields }) => each === pid || Number(fields[parentField]) === pid);
  return counted.reduce((sum, { fields }) => sum + secondsOf(fields, [...timeFields.own, ...timeFields.ended]), 0);
}

/** Processor seconds of the children of this process that have ended. */
export async function endedChildrenCpuSeconds(): Promise<number> {
  return secondsOf(await statOf('self'), timeFields.ended);
}

async function statOf(process: string): Promise<string[]> {
  const stat = await readFile(`/proc/${process}/stat`, 'utf8').catch(() => ''); // it may have ended meanwhile
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function secondsOf(fields: readonly string[], indexes: readonly number[]): number {
  return indexes.reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) / ticksPerSecond;
}
