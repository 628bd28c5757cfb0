import { createHash } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

/**
 * Builds the console to `dist/web`, when what lies there was made from other sources. `npm test` and `rollcall start` run this in a
 * checkout, as a process of its own; what is installed brings the built files.
 */

// Whatever this was started from, such as a test: the libraries are built as they are used.
process.env['NODE_ENV'] = 'production'

const root = resolve(import.meta.dirname, '..')
const target = join(root, 'dist/web')
/** Beside the built files and not among them, so that it is not served. */
const stamp = join(root, 'dist/web.digest')

async function isBuilt(digest: string): Promise<boolean> {
  return existsSync(join(target, 'index.html')) && (await readFile(stamp, 'utf8').catch(() => '')) === digest
}

async function buildConsole(digest: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const made = await mkdtemp(join(dirname(target), '.web-'))
  try {
    const { build } = await import('vite')
    await build({
      configFile: join(root, 'web/vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: made, emptyOutDir: true },
    })
    await compress(made)
    // The server may run as another user than the one who builds.
    await chmod(made, 0o755)
    // Files that another process put there meanwhile are in use already.
    if (await isBuilt(digest)) return
    await put(made)
    await writeFile(stamp, digest)
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

const COMPRESSED: ReadonlySet<string> = new Set(['.js', '.css', '.svg', '.json'])

/** Beside each file that shrinks, the same as it is sent to browsers that take it. */
async function compress(folder: string): Promise<void> {
  const files = globSync('**/*', { cwd: folder }).filter((file) => COMPRESSED.has(extname(file)))
  const zip = promisify(gzip)
  await Promise.all(
    files.map(async (file) => {
      const bytes = await zip(await readFile(join(folder, file)), { level: constants.Z_BEST_COMPRESSION })
      await writeFile(join(folder, `${file}.gz`), bytes)
    }),
  )
}

/**
 * The old files give way at the last moment, and as a whole: a folder that is being removed file by file cannot be told from one that
 * another process has just put there. When one was quicker with the same files, those stay.
 */
async function put(made: string): Promise<void> {
  const old = `${made}-old`
  await rename(target, old).catch(unless('ENOENT'))
  await rename(made, target).catch(unless('ENOTEMPTY', 'EEXIST'))
  await rm(old, { recursive: true, force: true })
}

function unless(...codes: readonly string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error
  }
}

/** Of everything that the built files are made from. */
async function digestOfSources(): Promise<string> {
  const files = ['package-lock.json', ...globSync('web/**/*.*', { cwd: root }).toSorted()]
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(root, file)))
  return hash.digest('hex')
}

const digest = await digestOfSources()
if (!(await isBuilt(digest))) await buildConsole(digest)
