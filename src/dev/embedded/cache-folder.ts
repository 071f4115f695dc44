import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Our folder in the user's cache directory, made if it is missing: for executables, which every checkout shares.
 * $XDG_CACHE_HOME where it is set.
 */
export async function cacheFolder(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const folder = join(env['XDG_CACHE_HOME'] ?? usualCacheFolder(), 'outflow');
  await mkdir(folder, { recursive: true });
  return folder;
}

function usualCacheFolder(): string {
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
}
