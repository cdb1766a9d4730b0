import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/'] },
  {
    files: ['src/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text from the server enters the page as text: textContent or dom.ts.' },
        { property: 'outerHTML', message: 'Text from the server enters the page as text: textContent or dom.ts.' },
        { property: 'insertAdjacentHTML', message: 'Text from the server enters the page as text.' },
      ],
      'max-lines': ['error', 400],
    },
  },
  {
    files: ['src/**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-deprecated': 'off',
      'no-restricted-properties': 'off',
    },
  },
)
