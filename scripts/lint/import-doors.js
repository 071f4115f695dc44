import { dirname, relative, resolve } from 'node:path';

/**
 * An ESLint rule: the folders of src/ that a folder of src/ may import. `doors` maps each folder to its allow-list; a folder
 * may always import itself. A door `workflows:type` is open to types only. Files right under src/ may import everything.
 */
export function importDoors(root, doors) {
  return {
    meta: { type: 'problem', schema: [], messages: { shut: '{{from}} may not import {{to}}. {{remedy}}' } },
    create(context) {
      const [from, isFile] = placeOf(root, context.filename);
      if (from === undefined || isFile) return {};
      const allowed = doors[from];
      return {
        Program(node) {
          if (allowed !== undefined) return;
          const remedy = 'List the folder in eslint.config.js.';
          context.report({ node, messageId: 'shut', data: { from: `src/${from}`, to: 'anything', remedy } });
        },
        'ImportDeclaration, ExportNamedDeclaration[source], ExportAllDeclaration, ImportExpression'(node) {
          const specifier = node.source.value;
          if (allowed === undefined || typeof specifier !== 'string' || !specifier.startsWith('.')) return;
          const [to] = placeOf(root, resolve(dirname(context.filename), specifier));
          if (to === from || allowed.includes(to)) return;
          const isTypeOnly = node.importKind === 'type' || node.exportKind === 'type';
          if (isTypeOnly && allowed.includes(`${to}:type`)) return;
          const remedy = `It may import ${['itself', ...allowed].join(', ')}.`;
          context.report({ node, messageId: 'shut', data: { from: `src/${from}`, to: `src/${to ?? ''}`, remedy } });
        },
      };
    },
  };
}

/** The folder or file right under src/ that a file is in, and whether it is a file; nothing for what is elsewhere. */
function placeOf(root, file) {
  const [top, place, ...rest] = relative(root, file).split('/');
  return top === 'src' ? [place, rest.length === 0] : [];
}
