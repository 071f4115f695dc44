import pc from 'picocolors';

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
  /** A line that is replaced by the next one, on terminals only; undefined takes it away. */
  live(text: string | undefined): void;
}

/** Writes to `stream`, with colours where it is a terminal that wants them. */
export function narratorOn(stream: NodeJS.WriteStream): Narrator {
  const colours = pc.createColors(wantsColours(stream));
  const { bold, cyan, dim, green, red } = colours;
  let chapters = 0;
  let isLive = false;
  const write = (text: string): void => {
    if (isLive) stream.write('\r\x1b[K');
    isLive = false;
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
    quote: (text) => write(text.replace(/\n*$/, '\n').replace(/^(?=.)/gm, `   ${dim('│')} `)),
    live: (text) => {
      if (!stream.isTTY) return;
      write('');
      if (text === undefined) return;
      stream.write(dim(`   ${text}`.slice(0, stream.columns - 1)));
      isLive = true;
    },
  };
}

function wantsColours(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  return Boolean(FORCE_COLOR) || (stream.isTTY && TERM !== 'dumb');
}
