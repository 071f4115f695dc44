/** A body whose memory is used for another one once it is given back. */
export interface Body {
  readonly bytes: Buffer;
  /** Gives the memory back: nobody reads the bytes any more. Throws when it was called before. */
  release(): void;
}
