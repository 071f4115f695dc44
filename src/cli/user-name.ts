import { userInfo } from 'node:os';

/** Whoever types the command, as the machine names them: shown to the others. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`; // one without a name, as in containers
  }
}
