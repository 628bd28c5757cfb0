import { existsSync } from 'node:fs'
import bundled from '@sparticuz/chromium'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** A real browser: an installed Chrome or Chromium, or else the one that npm brought, which needs no package of the system. */
export async function openBrowser(): Promise<Browser> {
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed !== undefined) return chromium.launch({ executablePath: installed, args: ['--no-sandbox'] })
  return chromium.launch({
    executablePath: await bundled.executablePath(),
    args: [...bundled.args.filter((arg) => !LEFT_OUT.has(arg)), '--disable-gpu'],
  })
}

/**
 * The bundled one is made for a single page in a small sandbox, where it keeps no origins apart. Several people at once need a
 * process each, and what other sites may not do is to be tried. It also plays a graphics card in software, which takes the
 * processor more time than everything else that a page of the console does.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--in-process-gpu',
])

const INSTALLED = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
]
