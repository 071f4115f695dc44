import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Who may import what: each module's doors, kept by lint. */
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});
const group = (names, message) => ({ group: names, message });

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.outflow/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/cli/**', 'src/dev/**'], rules: { 'no-console': 'error' } },
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
  forbid(
    ['src/workflows/**'],
    [
      group(['node:*', '@temporalio/activity', '@temporalio/client', '@temporalio/worker'], 'Workflow code is pure.'),
      {
        regex: '^\\.\\./(?!activation/)',
        message: 'Workflow code imports src/activation and types only.',
        allowTypeImports: true,
      },
    ],
  ),
  forbid(
    ['src/activation/**'],
    [
      group(['node:*', 'pg', 'knex', 'undici', '@temporalio/*'], 'The domain does no I/O.'),
      { regex: '^\\.\\./', message: 'The domain stands on nothing else.' },
    ],
  ),
  forbid(
    ['src/copy/**', 'src/lines/**', 'src/destinations/**'],
    [
      {
        regex: '^\\.\\./(\\.\\./)?(?!activation/|lines/|delivery/|destinations/)[a-z]',
        message: 'COPY and destinations stand on the domain only.',
      },
    ],
  ),
  forbid(
    ['src/sources/**'],
    [{ regex: '^\\.\\./(?!activation/|lines/|copy/|sources/)', message: 'Sources stand on the domain and on COPY only.' }],
  ),
  forbid(
    ['src/dev/stand-ins/**'],
    [{ regex: 'destinations', message: 'The stand-in shares nothing with the client that it checks.' }],
  ),
);
