import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { nonNullNumbers } from './scripts/eslint/non-null-numbers.js';

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', 'docs/api', '**/*.run/**', '.venv'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { hpo: { rules: { 'non-null-numbers': nonNullNumbers } } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `return say(x)` and `() => list.push(x)` are short, and clear enough.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Messages are made of numbers.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // What an async function throws before its first await stays in the promise.
      '@typescript-eslint/require-await': 'off',
      // Types of Node say boolean where a pipe has undefined: `isTTY === true`.
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'off',
      // A generator that may be resumed with nothing takes `Decision | void`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Arithmetic on arrays reads elements whose index is right by construction: `x[i]!`, and nothing else.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'hpo/non-null-numbers': 'error',
    },
  },
  {
    // Longer lists of arguments are mixed up; kernels of arithmetic, which have dimensions and strides, are exempt.
    files: ['app', 'cli', 'controller', 'dashboard', 'metrics', 'report', 'store', 'web'].map(
      (room) => `src/${room}/**`,
    ),
    rules: { '@typescript-eslint/max-params': ['error', { max: 5 }] },
  },
  {
    files: ['test/**', 'bench/**', 'campaign/**'],
    rules: {
      // A test that expects what is not there fails, as it should.
      'hpo/non-null-numbers': 'off',
      // Matchers such as expect.stringContaining() are of type any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Fakes hand on single methods, and short lambdas are cases of a table.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
    },
  },
  {
    files: ['test/**'],
    ignores: ['test/eventually.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['waitFor', 'waitUntil'].map((property) => ({
          object: 'vi',
          property,
          message: 'Use eventually() of test/eventually.ts: its patience holds on a busy machine too.',
        })),
      ],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], languageOptions: { globals: { console: 'readonly', process: 'readonly' } } },
  // The scripts of a page share one scope: what one defines another uses.
  {
    files: ['assets/report/*.js'],
    languageOptions: { sourceType: 'script' },
    rules: { 'no-unused-vars': ['error', { vars: 'local' }] },
  },
  prettier,
);
