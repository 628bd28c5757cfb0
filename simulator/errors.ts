import type { FaultKind } from './faults.ts'

/** An error answer of the API: `{code, message}` plus what some real answers add. */
export class ApiError extends Error {
  readonly status: number
  readonly code: number
  readonly extra: Readonly<Record<string, unknown>>

  constructor(status: number, code: number, message: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.extra = extra
  }

  get body(): Readonly<Record<string, unknown>> {
    return { code: this.code, message: this.message, ...this.extra }
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, 1, message)
export const unauthenticated = (): ApiError => new ApiError(401, 2, 'Authentication failed.')
export const lacksScope = (scope: string): ApiError =>
  new ApiError(401, 3, `Authorization failed. The token lacks the scope ${scope}.`)
export const notPermitted = (): ApiError =>
  new ApiError(403, 29, 'You are not permitted to access that resource.')
export const adAccountNotFound = (): ApiError => new ApiError(404, 2, 'AdAccount not found.')
export const listNotFound = (): ApiError => new ApiError(404, 404, 'Customer list not found.')
export const audienceNotFound = (): ApiError => new ApiError(404, 404, 'Audience not found.')
export const rateLimited = (): ApiError =>
  new ApiError(429, 8, 'You have exceeded your rate limit. Try again later.')
export const tooLarge = (): ApiError => new ApiError(413, 413, 'The request body is too large.')
export const wentWrong = (status: number): ApiError =>
  new ApiError(status, status, 'Something went wrong on our end.')
const passing400 = (): ApiError => new ApiError(400, 12, 'Something went wrong. Try again.')

const OF_FAULTS: Readonly<Partial<Record<FaultKind, () => ApiError>>> = {
  '400-1': () => badRequest('Invalid request.'),
  '400-12': passing400,
  '401': unauthenticated,
  '401-expired': unauthenticated,
  '403': notPermitted,
  '413': tooLarge,
  '429': rateLimited,
  '502': () => wentWrong(502),
  '503': () => wentWrong(503),
}

/** The answer of a fault that ends in an error. */
export function errorOfFault(kind: FaultKind): ApiError {
  return OF_FAULTS[kind]?.() ?? wentWrong(500)
}
