/** The entries of each section as they were written: of unknown form, but maps. */
export interface WrittenSections {
  sources: Map<string, unknown>;
  segments: Map<string, unknown>;
  destinations: Map<string, unknown>;
  activations: Map<string, unknown>;
}
