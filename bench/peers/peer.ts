/** Another program that can do the same work. */
export interface Peer {
  /** With its version and what was done for it to be fast. */
  name: string;
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

/** What the peers are pointed at. */
export interface PeerTask {
  /** Where they are installed and keep what they keep. */
  folder: string;
  /** Of the virtual environment's programs. */
  bin: string;
  sourceUrl: string;
  table: string;
  destinationUrl: string;
}
