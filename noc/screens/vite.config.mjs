// Builds the screens: the log-in, which anybody may load, and the page that holds all the others.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = path => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../../dist/screens'),
    emptyOutDir: true,
    target: 'es2022',
    manifest: 'manifest.json',
    // The content security policy takes nothing that is written into a page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: [here('index.html'), here('login.html')] },
  },
})
