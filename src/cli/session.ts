import type { Actor } from '../activation/actor.js';
import { type Session, withSession as open } from '../operations/session.js';
import { userName } from './user-name.js';

/** Whoever typed the command. */
export function cliActor(): Actor {
  return { who: userName(), by: 'cli' };
}

/** Opens what a command works with, in the name of whoever typed it, and closes everything that it opened. */
export function withSession<T>(file: string, work: (session: Session) => Promise<T>): Promise<T> {
  return open(file, cliActor(), work);
}
