import { clearScreenDown, moveCursor } from 'node:readline';
import { say } from './output.js';

/**
 * A few lines at the end of a terminal that are written anew in their place. What else is said meanwhile goes above them.
 */
export class LiveLines {
  private readonly terminal: NodeJS.WriteStream;
  private shown = 0;

  constructor(terminal: NodeJS.WriteStream) {
    this.terminal = terminal;
  }

  show(lines: string[]): void {
    this.clear();
    const { columns } = this.terminal;
    // A line that wraps would take two, and the cursor would come back to the wrong place. Some terminals say 0.
    for (const line of lines) this.terminal.write(`${columns > 0 ? line.slice(0, columns - 1) : line}\n`);
    this.shown = lines.length;
  }

  say(text: string): void {
    this.clear();
    say(text);
  }

  clear(): void {
    if (this.shown === 0) return;
    moveCursor(this.terminal, 0, -this.shown);
    clearScreenDown(this.terminal);
    this.shown = 0;
  }
}
