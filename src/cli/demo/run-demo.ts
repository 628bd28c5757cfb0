import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AD_ACCOUNTS, startSimulator } from '../../../simulator/main.ts'
import type { Simulator } from '../../../simulator/main.ts'
import { changeShop, generateShop } from '../../../simulator/shop.ts'
import { bold, dim, mark } from '../output.ts'
import { count } from '../../base/words.ts'

/**
 * The main job on a made-up shop, with a local Pinterest: no account, nothing left behind. Every step is the real
 * command in a process of its own, as a person would type it.
 */

const CUSTOMERS = 12_000
const LIST = 'Loyal customers'
/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130

interface Stage {
  readonly simulator: Simulator
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly account: string
}

/** Plays the demo and removes its folder. */
export async function runDemo(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-demo-'))
  const simulator = await startSimulator({})
  const account = AD_ACCOUNTS.owned
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ROLLCALL_HOME: join(folder, 'home'),
    ROLLCALL_PINTEREST_API: simulator.url,
    PINTEREST_APP_ID: simulator.app.id,
    PINTEREST_APP_SECRET: simulator.app.secret,
    PINTEREST_REFRESH_TOKEN: simulator.app.refreshToken,
  }
  // The demo brings its own database, whatever the shell is set up for.
  delete env['DATABASE_URL']
  const close = async (): Promise<void> => {
    await simulator.close()
    await rm(folder, { recursive: true, force: true })
  }
  process.once('SIGINT', () => void close().finally(() => process.exit(INTERRUPTED)))
  try {
    await play({ simulator, folder, env, account })
  } finally {
    await close()
  }
}

async function play(stage: Stage): Promise<void> {
  const shop = { customers: CUSTOMERS, seed: 1 }
  const file = join(stage.folder, 'customers.csv')
  const job = ['--from', 'customers.csv', '--ad-account', stage.account, '--list', LIST]

  say(
    `Rollcall keeps a Pinterest customer list exactly in step with your customers.`,
    `This demo runs it on a made-up shop of ${count(CUSTOMERS)} customers, with a local stand-in for Pinterest`,
    `at ${stage.simulator.url}. It needs no account, sends nothing anywhere and removes what it makes.`,
  )

  chapter('1  What would happen?')
  say(
    'The file has the usual dirt: capitals, spaces, duplicates, blanks, typing errors, hashes, other alphabets.',
  )
  await write(generateShop(shop), file)
  await rollcall(stage, ['plan', ...job])

  chapter('2  The first sync')
  say(
    'The list does not exist yet. Rollcall makes it, fills it, and makes the audience that ads are shown to.',
  )
  await rollcall(stage, ['sync', ...job])
  await compareWithTruth(stage)

  chapter('3  The shop changes: customers join, others leave')
  await write(generateShop(changeShop(shop, { joined: 0.04, left: 0.02 })), file)
  say('Only the difference is sent.')
  await rollcall(stage, ['sync', ...job])
  await compareWithTruth(stage)

  chapter('4  A bad export: most customers are missing from the file')
  await write(generateShop(changeShop(shop, { joined: 0.04, left: 0.8 })), file)
  say(
    'Nobody wants an audience emptied by a bad file. The run waits for a person and names what can be done.',
  )
  await rollcall(stage, ['sync', ...job])
  await compareWithTruth(stage)

  chapter('5  Resolved: the export is repaired, the workflow restarted')
  await write(generateShop(changeShop(shop, { joined: 0.05, left: 0.02 })), file)
  await rollcall(stage, ['resolve', await waitingWorkflow(stage), 'restart'])
  await compareWithTruth(stage)

  chapter('6  What happened, on record')
  await rollcall(stage, ['runs'])
  await rollcall(stage, ['status'])

  chapter('Your own list')
  say(
    'With an app of your own at Pinterest, set these and leave out ROLLCALL_PINTEREST_API:',
    '',
    '  export PINTEREST_APP_ID=…  PINTEREST_APP_SECRET=…  PINTEREST_REFRESH_TOKEN=…',
    `  rollcall plan --from customers.csv --ad-account YOUR_AD_ACCOUNT --list "${LIST}"`,
    '',
    'rollcall --help lists all commands; rollcall simulator runs the local Pinterest to try on.',
  )
}

function chapter(title: string): void {
  process.stdout.write(`\n${bold(`── ${title} `)}${dim('─'.repeat(Math.max(0, 76 - title.length)))}\n\n`)
}

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

async function write(chunks: AsyncIterable<string>, file: string): Promise<void> {
  await pipeline(Readable.from(chunks), createWriteStream(file))
}

/** Types a command and shows what it prints. Its exit code is part of the story, not a failure of the demo. */
async function rollcall(stage: Stage, args: readonly string[]): Promise<void> {
  const typed = args.map((arg) => (/[\s"]/.test(arg) ? JSON.stringify(arg) : arg)).join(' ')
  process.stdout.write(`\n${dim('$')} rollcall ${typed}\n`)
  const code = await start(stage, args, 'inherit').ended
  if (code !== 0) say(dim(`(exit code ${code})`))
}

function start(stage: Stage, args: readonly string[], stdout: 'inherit' | 'pipe') {
  const bin = join(import.meta.dirname, '../../../bin/rollcall.js')
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: stage.folder,
    env: stage.env,
    stdio: ['ignore', stdout, 'inherit'],
  })
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  return { child, ended }
}

async function waitingWorkflow(stage: Stage): Promise<string> {
  const { child, ended } = start(stage, ['runs', '--json'], 'pipe')
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await ended
  const { runs } = JSON.parse(text) as { runs: { workflow: string }[] }
  return runs[0]?.workflow ?? ''
}

/** The stand-in knows who is really on the list, which Pinterest tells nobody. */
async function compareWithTruth(stage: Stage): Promise<void> {
  const lists = stage.simulator.control.lists(stage.account)
  const list = lists.find(({ name }) => name === LIST)
  say(
    '',
    `${mark('=', 'green')} The local Pinterest really has ${bold(count(list?.members ?? 0))} members on this list.`,
  )
}
