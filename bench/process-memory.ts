import { readFile, writeFile } from 'node:fs/promises';

const bytesPerMb = 1e6;

/** Whether this system says what a process holds: Linux does. */
export const canReadMemory = process.platform === 'linux';

/** What the process holds now, MB. */
export function residentMb(pid: number): Promise<number> {
  return memory(pid, 'VmRSS');
}

/** The most that it has held since `forgetPeak`, MB. */
function peakMb(pid: number): Promise<number> {
  return memory(pid, 'VmHWM');
}

async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

async function memory(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return (Number(kibibytes) * 1024) / bytesPerMb;
}

/** Does some work and says how far above `idleMb` the process came meanwhile, MB; NaN where the system does not say. */
export async function watchPeak<T>(
  pid: number,
  idleMb: number,
  work: () => Promise<T>,
): Promise<{ value: T; mb: number }> {
  if (!canReadMemory) return { value: await work(), mb: NaN };
  await forgetPeak(pid);
  const value = await work();
  return { value, mb: (await peakMb(pid)) - idleMb };
}
