import { defineConfig } from 'vitest/config'

// The customer's page. `npm run dev` sends the API to a platform that is running already.
const platform = process.env['DANGOL_URL'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    // Everything is a file of our own origin: the content security policy allows no inline script, style or font.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': platform, '/media': platform } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
})
