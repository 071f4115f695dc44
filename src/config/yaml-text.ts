import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type Fault, type PathStep, pathText } from './faults.js';

/** A file of definitions as plain data that remembers where each entry stands. */
export interface YamlText {
  /** undefined when the text is not YAML: then `faults` says why. */
  value: unknown;
  faults: Fault[];
  /** The line of an entry's key, or of the nearest entry around it that exists. */
  lineOf: (path: readonly PathStep[]) => number;
}

/** Entries of a file with its aliases written out: more than any file of definitions has, and few enough to be read. */
const MAX_ENTRIES = 1_000_000;

/**
 * Parses YAML 1.2. Whatever is wrong with it is a fault with its line: syntax errors, keys written twice, aliases of nothing.
 * No fault quotes the file, which may hold a secret.
 */
export function parseYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  // Keys written twice are looked for below, where both lines and the path are known.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
  const document = parseDocument(text, options);
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const syntax = [...document.errors, ...document.warnings].map((problem) => syntaxFault(file, lineAt, problem));
  if (syntax.length > 0) return { value: undefined, faults: firstOfEachLine(syntax), lineOf: () => 1 };
  const reader = new NodeReader(file, lineAt);
  const value = reader.read(document.contents, []);
  if (reader.isUnreadable) return { value: undefined, faults: reader.faults, lineOf: () => 1 };
  return {
    value,
    faults: reader.faults,
    lineOf: (path) => lineAt(reader.offsetOf(document.contents, path)),
  };
}

/** What follows a syntax error on its line is mostly its consequence. */
function firstOfEachLine(faults: Fault[]): Fault[] {
  return faults.filter(({ line }, i) => faults.findIndex((fault) => fault.line === line) === i);
}

/** What the parser calls an error or a warning; both are faults here. */
interface SyntaxProblem {
  code: string;
  message: string;
  pos: [number, number];
}

function syntaxFault(file: string, lineAt: (offset: number) => number, problem: SyntaxProblem): Fault {
  return {
    file,
    line: lineAt(problem.pos[0]),
    path: '',
    message: `is not YAML: ${syntaxRule(problem)}`,
    remedy:
      'Check the indentation and the quotes around here; a text that begins with * or a ${VAR} inside { } needs double quotes.',
  };
}

function syntaxRule({ code, message }: SyntaxProblem): string {
  switch (code) {
    case 'BAD_DQ_ESCAPE':
      return 'a backslash in double quotes begins no known escape';
    case 'RESOURCE_EXHAUSTION':
      return 'it is nested too deeply';
    case 'TAG_RESOLVE_FAILED':
      return 'a tag (!...) that is not known';
    default:
      // What follows a colon quotes the file.
      return message.split(':')[0]!.replace(/^./, (first) => first.toLowerCase());
  }
}

interface Anchored {
  node: unknown;
  value: unknown;
  /** With all that it holds, its own aliases written out. */
  entries: number;
  /** While what it stands on is read: an alias of it would have no end. */
  isOpen: boolean;
}

/** Makes plain data of the parser's nodes, and finds the faults that only whole nodes show. */
class NodeReader {
  readonly faults: Fault[] = [];
  /** Whether what is read cannot be trusted: what else it is would be told by faults that mislead. */
  isUnreadable = false;
  private readonly file: string;
  private readonly lineAt: (offset: number) => number;
  private readonly anchors = new Map<string, Anchored>();
  private readonly targets = new Map<Alias, unknown>();
  private entries = 0;

  constructor(file: string, lineAt: (offset: number) => number) {
    this.file = file;
    this.lineAt = lineAt;
  }

  /** The plain data of a node; an alias gives what its anchor gave. */
  read(node: unknown, path: PathStep[]): unknown {
    this.entries++;
    if (isAlias(node)) return this.readAlias(node, path);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    const anchored: Anchored = { node, value: undefined, entries: this.entries, isOpen: true };
    if (node.anchor !== undefined) this.anchors.set(node.anchor, anchored);
    anchored.value = this.readContent(node, path);
    anchored.entries = this.entries - anchored.entries + 1;
    anchored.isOpen = false;
    return anchored.value;
  }

  /** Where an entry's key stands, or the nearest entry around it that exists. */
  offsetOf(root: unknown, path: readonly PathStep[]): number {
    let node = root;
    let offset = offsetOfNode(node) ?? 0;
    for (const step of path) {
      const holder = isAlias(node) ? this.targets.get(node) : node;
      if (isMap(holder)) {
        const pair = pairOf(holder, String(step));
        if (!pair) break;
        offset = offsetOfNode(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(holder) && typeof step === 'number') {
        node = holder.items[step];
        offset = offsetOfNode(node) ?? offset;
      } else break;
    }
    return offset;
  }

  private readContent(node: Scalar | YAMLMap | YAMLSeq, path: PathStep[]): unknown {
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, i) => this.read(item, [...path, i]));
    return this.readMap(node, path);
  }

  private readMap(map: YAMLMap, path: PathStep[]): Record<string, unknown> {
    const entries: Record<string, unknown> = {};
    const firstLines = new Map<string, number>();
    for (const { key, value } of map.items) {
      const name = keyText(key);
      const here = [...path, name];
      const offset = offsetOfNode(key);
      const firstLine = firstLines.get(name);
      if (!isScalar(key)) {
        this.refuse(offset, path, 'has a key that is no text', 'Write a plain name before the colon.');
      } else if (name === '<<' && key.type === 'PLAIN') {
        this.refuse(
          offset,
          path,
          'has a merge key (<<), which YAML 1.2 does not have',
          'Write the settings out in each place; an alias (*name) can stand for a whole entry.',
        );
        this.isUnreadable = true;
      } else if (name === '__proto__') {
        this.refuse(offset, here, 'is a name of JavaScript itself', 'Use another name.');
        // Defined, not assigned: an assignment would set the prototype.
        Object.defineProperty(entries, name, { value: this.read(value, here), enumerable: true });
      } else if (firstLine !== undefined) {
        const rule = `is written twice, first on line ${firstLine}`;
        this.refuse(offset, here, rule, 'Rename or remove one of the two.');
      } else {
        firstLines.set(name, this.lineAt(offset ?? 0));
        entries[name] = this.read(value, here);
      }
    }
    return entries;
  }

  private readAlias(alias: Alias, path: PathStep[]): unknown {
    const anchored = this.anchors.get(alias.source);
    const offset = offsetOfNode(alias);
    if (anchored === undefined) {
      this.isUnreadable = true;
      const remedy = 'Put a text that begins with * in double quotes.';
      this.refuse(offset, path, 'is an alias (*...) of nothing', remedy);
      return undefined;
    }
    if (anchored.isOpen) {
      this.isUnreadable = true;
      const remedy = 'Write out what is meant, or move the anchor.';
      this.refuse(offset, path, 'is an alias (*...) of something that it is a part of', remedy);
      return undefined;
    }
    const before = this.entries;
    this.entries += anchored.entries;
    if (before <= MAX_ENTRIES && this.entries > MAX_ENTRIES) {
      this.isUnreadable = true;
      const rule = `makes the file, with its aliases written out, one of more than ${MAX_ENTRIES} entries`;
      this.refuse(offset, path, rule, 'Use fewer aliases of aliases.');
    }
    this.targets.set(alias, anchored.node);
    return anchored.value;
  }

  private refuse(offset: number | undefined, path: PathStep[], message: string, remedy: string): void {
    this.faults.push({
      file: this.file,
      line: this.lineAt(offset ?? 0),
      path: pathText(path),
      message,
      remedy,
    });
  }
}

function pairOf(map: YAMLMap, key: string) {
  return map.items.find((pair) => keyText(pair.key) === key);
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function offsetOfNode(node: unknown): number | undefined {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && node.range ? node.range[0] : undefined;
}
