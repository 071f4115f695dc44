import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** Its path in the project. */
  path: string;
  text: string;
}

export function page(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** The README, and all pages of docs/. */
export function allPages(): Page[] {
  const names = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return [page('README.md'), ...names.map((name) => page(`docs/${name}`))];
}

/** The contents of the code blocks of one language, in order. */
export function codeBlocks({ text }: Page, language: string): string[] {
  return Array.from(text.matchAll(/^```(\w*)\n(.*?)^```$/gms))
    .filter(([, written]) => written === language)
    .map(([, , content]) => content!);
}

/** The page without its code blocks. */
export function prose({ text }: Page): string {
  return text.replace(/^```\w*\n.*?^```$/gms, '');
}
