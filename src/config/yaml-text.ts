import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { pathText } from './faults.js';
import type { Fault, PathStep } from './faults.js';

/** A file of definitions as plain data that remembers where each entry stands. */
export interface YamlText {
  /** undefined when the text is not YAML: then `faults` says why. */
  value: unknown;
  faults: Fault[];
  /** The line of an entry's key, or of the nearest entry around it that exists. */
  lineOf: (path: readonly PathStep[]) => number;
}

/** Parses YAML 1.2. Syntax errors and keys written twice are faults; no fault quotes the file, which may hold a secret. */
export function parseYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  // Keys written twice are looked for below, where both lines and the path are known.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const syntax = [...document.errors, ...document.warnings].map((problem) => syntaxFault(file, lineAt, problem));
  if (syntax.length > 0) return { value: undefined, faults: firstOfEachLine(syntax), lineOf: () => 1 };
  const faults = nodeFaults({ file, document, lineAt }, document.contents, []);
  if (faults.some(({ message }) => message === unresolvedAlias)) return { value: undefined, faults, lineOf: () => 1 };
  return {
    value: document.toJS() as unknown,
    faults,
    lineOf: (path) => lineAt(offsetOf(document, path)),
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
    case 'TAG_RESOLVE_FAILED':
      return 'a tag (!...) that is not known';
    default:
      // What follows a colon quotes the file.
      return message.split(':')[0]!.replace(/^./, (first) => first.toLowerCase());
  }
}

const unresolvedAlias = 'is an alias (*...) of nothing';

interface Place {
  file: string;
  document: Document.Parsed;
  lineAt: (offset: number) => number;
}

/** Keys written twice and aliases without an anchor. */
function nodeFaults(place: Place, node: unknown, path: PathStep[]): Fault[] {
  const fault = (offset: number | undefined, at: PathStep[], message: string, remedy: string): Fault => ({
    file: place.file,
    line: place.lineAt(offset ?? 0),
    path: pathText(at),
    message,
    remedy,
  });
  if (isAlias(node) && node.resolve(place.document) === undefined)
    return [fault(offsetOfNode(node), path, unresolvedAlias, 'Put a text that begins with * in double quotes.')];
  if (isSeq(node)) return node.items.flatMap((item, i) => nodeFaults(place, item, [...path, i]));
  if (!isMap(node)) return [];
  const firstLines = new Map<string, number>();
  return node.items.flatMap((pair) => {
    const key = keyText(pair.key);
    const here = [...path, key];
    const offset = offsetOfNode(pair.key);
    const firstLine = firstLines.get(key);
    firstLines.set(key, firstLine ?? place.lineAt(offset ?? 0));
    if (key === '__proto__') return [fault(offset, here, 'is a name of JavaScript itself', 'Use another name.')];
    if (firstLine !== undefined)
      return [fault(offset, here, `is written twice, first on line ${firstLine}`, 'Rename or remove one of the two.')];
    return nodeFaults(place, pair.value, here);
  });
}

function offsetOf(document: Document.Parsed, path: readonly PathStep[]): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node) ?? 0;
  for (const step of path) {
    const holder = isAlias(node) ? node.resolve(document) : node;
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

function pairOf(map: YAMLMap, key: string) {
  return map.items.find((pair) => keyText(pair.key) === key);
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function offsetOfNode(node: unknown): number | undefined {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && node.range ? node.range[0] : undefined;
}
