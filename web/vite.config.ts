import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The API of a running `rollcall start`, for `vite web`. */
const API = process.env['ROLLCALL_URL'] ?? 'http://127.0.0.1:7380'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The policy of the console allows no `data:` addresses.
    assetsInlineLimit: 0,
    // The preload helper of older browsers; every browser that runs this needs none.
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: { proxy: { '/api': API } },
})
