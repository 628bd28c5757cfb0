import { createHash } from 'node:crypto'
import { Agent, request } from 'undici'
import { AD_ACCOUNTS, DEMO_APP, startSimulator } from '../../simulator/main.ts'
import type { Simulator, SimulatorOptions } from '../../simulator/main.ts'

export interface ApiAnswer {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The parsed body, undefined when it is no JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface ApiCall {
  /** Sent as JSON, or as it is when a text. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export const ACCOUNT = `/ad_accounts/${AD_ACCOUNTS.owned}`
export const LISTS = `${ACCOUNT}/customer_lists`
export const AUDIENCES = `${ACCOUNT}/audiences`

/** A simulator with a plain HTTP client that holds a token. `await using` closes both. */
export class Api implements AsyncDisposable {
  readonly simulator: Simulator
  token: string
  readonly #agent = new Agent({ connections: 20 })
  /** Sees every answer. */
  onAnswer: (answer: ApiAnswer) => void = () => {}

  constructor(simulator: Simulator) {
    this.simulator = simulator
    this.token = simulator.control.accessToken()
  }

  async call(method: string, path: string, call: ApiCall = {}): Promise<ApiAnswer> {
    const { body, headers = {}, signal } = call
    const isJson = body !== undefined && typeof body !== 'string'
    const answer = await request(`${this.simulator.url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await answer.body.text()
    const whole = {
      method,
      path,
      status: answer.statusCode,
      headers: answer.headers,
      text,
      body: parsed(text),
    }
    this.onAnswer(whole)
    return whole
  }

  get(path: string): Promise<ApiAnswer> {
    return this.call('GET', path)
  }

  post(path: string, body: unknown): Promise<ApiAnswer> {
    return this.call('POST', path, { body })
  }

  patch(path: string, body: unknown): Promise<ApiAnswer> {
    return this.call('PATCH', path, { body })
  }

  /** A call of the control API. */
  async control(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const answer = await request(`${this.simulator.controlUrl}${path}`, {
      method,
      dispatcher: this.#agent,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, text: await answer.body.text() }
  }

  /** A call of the token endpoint with the right app. */
  exchange(
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> {
    return this.call('POST', '/oauth/token', {
      body: new URLSearchParams(form).toString(),
      headers: { authorization: BASIC, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  }

  refresh(refreshToken: string): Promise<ApiAnswer> {
    return this.exchange({ grant_type: 'refresh_token', refresh_token: refreshToken })
  }

  /** Creates a list of that many members and gives its id. */
  async list(name: string, members: number): Promise<string> {
    const made = await this.post(LISTS, { name, records: hashes(0, members).join(',') })
    return textOf(made.body['id'])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
    await this.simulator.close()
  }
}

const BASIC = `Basic ${Buffer.from(`${DEMO_APP.id}:${DEMO_APP.secret}`).toString('base64')}`

export async function startApi(options: SimulatorOptions = {}): Promise<Api> {
  return new Api(await startSimulator({ strict: true, ...options }))
}

/** SHA-256 of made-up people, from number `first` on. */
export function hashes(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => sha256(`person${first + index}@example.com`))
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function itemsOf(answer: ApiAnswer): Readonly<Record<string, unknown>>[] {
  return answer.body['items'] as Readonly<Record<string, unknown>>[]
}

function parsed(text: string): ApiAnswer['body'] {
  try {
    return JSON.parse(text) as ApiAnswer['body']
  } catch {
    return undefined as unknown as ApiAnswer['body']
  }
}
