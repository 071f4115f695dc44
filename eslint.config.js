import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { importDoors } from './scripts/lint/import-doors.js';

/** The folders of src/ that each folder may import. No arrow runs back up, and there are no circles. */
const doors = {
  activation: [],
  text: ['activation'],
  buffers: [],
  lines: ['activation'],
  copy: ['lines', 'buffers'],
  schema: [],
  config: ['activation', 'text', 'schema', 'sources', 'destinations'],
  sources: ['activation', 'lines', 'copy', 'schema'],
  destinations: ['activation', 'lines', 'schema', 'buffers'],
  engine: ['activation', 'lines', 'copy', 'destinations'],
  snapshot: ['activation', 'lines', 'copy', 'buffers', 'engine'],
  delivery: ['activation', 'lines', 'copy', 'config', 'engine', 'snapshot', 'destinations'],
  temporal: ['activation'],
  worker: ['activation', 'config', 'engine'],
  terminal: ['activation', 'text', 'engine:type'],
  operations: [
    ...['activation', 'text', 'lines', 'config', 'engine', 'snapshot', 'sources', 'destinations', 'delivery'],
    'temporal',
  ],
  recovery: [
    ...['activation', 'config', 'engine', 'sources', 'destinations', 'delivery', 'temporal', 'operations', 'worker'],
  ],
  alerts: ['activation', 'text', 'config', 'engine', 'worker', 'delivery'],
  activities: [
    'activation',
    'lines',
    'config',
    'engine',
    'snapshot',
    'sources',
    'destinations',
    'delivery',
    'operations',
    'recovery',
  ],
  workflows: ['activation', 'text', 'activities:type'],
  cli: ['activation', 'text', 'terminal', 'config', 'engine', 'temporal', 'operations', 'dev', 'worker.js'],
  dev: ['activation', 'text', 'terminal', 'config', 'engine', 'temporal', 'worker'],
};

const forbid = (files, group, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
});

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
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'no-duplicate-imports': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'PrivateIdentifier', message: 'Private members are `private`, not `#`.' },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/cli/**', 'src/dev/**'], rules: { 'no-console': 'error' } },
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
  {
    files: ['src/**/*.ts'],
    plugins: { outflow: { rules: { 'import-doors': importDoors(import.meta.dirname, doors) } } },
  },
  { files: ['src/**/*.ts'], rules: { 'outflow/import-doors': 'error' } },
  forbid(
    ['src/workflows/**'],
    ['node:*', '@temporalio/activity', '@temporalio/client', '@temporalio/worker'],
    'Workflow code is pure.',
  ),
  forbid(
    ['src/activation/**', 'src/text/**'],
    ['node:*', 'pg', 'knex', 'undici', '@temporalio/*'],
    'The domain does no I/O.',
  ),
  forbid(
    ['src/dev/stand-ins/**'],
    ['**/destinations/**'],
    'A stand-in shares nothing with the destination that it checks.',
  ),
);
