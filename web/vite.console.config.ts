import { defineConfig } from 'vite'

// The staff console's two files, under names that templates can write down.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist/console',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    // htmx holds one eval, which console.ts turns off and the content security policy would refuse.
    rolldownOptions: { checks: { eval: false } },
    lib: {
      entry: 'src/console.ts',
      formats: ['iife'],
      name: 'dangolConsole',
      fileName: () => 'console.js',
      cssFileName: 'console',
    },
  },
})
