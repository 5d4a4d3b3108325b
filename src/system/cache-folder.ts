// The folder in which hpo keeps what can be made again, shared by all studies of this machine.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** HPO_CACHE, else the place that the system has for this (XDG Base Directory Specification; Apple's and Microsoft's). */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const chosen = env['HPO_CACHE'];
  if (chosen) return chosen;
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'hpo');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'hpo');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'hpo');
  return join(homedir(), '.cache', 'hpo');
}
