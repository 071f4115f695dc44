import pc from 'picocolors';

/** What a command answers goes to stdout; what it says about its work goes to stderr, so that stdout can be piped. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON value on one line of stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function warn(text: string): void {
  say(`${colours(process.stderr).yellow('!')} ${text}`);
}

/** Colours for a terminal that wants them; plain text for pipes and under NO_COLOR. */
export function colours(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return pc.createColors(false);
  return pc.createColors(Boolean(FORCE_COLOR) || (stream.isTTY && TERM !== 'dumb'));
}
