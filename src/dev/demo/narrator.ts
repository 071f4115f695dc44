import pc from 'picocolors';
import { LiveLines } from '../../terminal/live-lines.js';

/** Tells the demo to a person who reads along. */
export interface Narrator {
  /** Opens a chapter: what comes, and why it matters. */
  chapter(title: string, ...why: string[]): void;
  say(...lines: string[]): void;
  /** Something that was done or found. */
  done(text: string): void;
  /** How it came out. */
  verdict(ok: boolean, text: string): void;
  /** A command, as the reader could type it. */
  command(text: string): void;
  /** What a command wrote, or a table: several lines that belong together. */
  quote(text: string): void;
  /** Lines that are replaced by the next ones and by whatever is told next, on terminals only. */
  live(lines: string[]): void;
}

/** Writes to `stream`, with colours where it is a terminal that wants them. */
export function narratorOn(stream: NodeJS.WriteStream): Narrator {
  const colours = pc.createColors(wantsColours(stream));
  const { bold, cyan, dim, green, red } = colours;
  let chapters = 0;
  const liveLines = new LiveLines(stream);
  const write = (text: string): void => {
    liveLines.clear();
    stream.write(text);
  };
  return {
    chapter: (title, ...why) => {
      chapters += 1;
      write(`\n${bold(cyan(`${chapters}. ${title}`))}\n${why.map((line) => `   ${line}\n`).join('')}`);
    },
    say: (...lines) => write(lines.map((line) => `   ${line}\n`).join('')),
    done: (text) => write(` ${green('✓')} ${text}\n`),
    verdict: (ok, text) => write(` ${ok ? green('✓') : red('✗')} ${bold(text)}\n`),
    command: (text) => write(` ${bold('$')} ${bold(text)}\n`),
    quote: (text) => write(`${text.trimEnd().replace(/^/gm, `   ${dim('│')} `)}\n`),
    live: (lines) => {
      if (stream.isTTY) liveLines.show(lines.map((line) => `   ${line}`));
    },
  };
}

function wantsColours(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  return Boolean(FORCE_COLOR) || (stream.isTTY && TERM !== 'dumb');
}
