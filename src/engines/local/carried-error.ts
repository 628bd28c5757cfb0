import { errorCatalogue } from '../../base/catalogue.ts'
import type { ErrorCode, ErrorData } from '../../base/catalogue.ts'
import { RollcallError } from '../../base/rollcall-error.ts'

/** What is left of an error on the way between threads or processes, where classes do not travel. */
export type CarriedError = Readonly<Partial<Record<'code' | 'data' | 'message' | 'passing', unknown>>>

/** An error as it is sent. */
export function carried(error: unknown): CarriedError {
  const { code, data, message, passing } = Object(error) as CarriedError
  return { code, data, message, passing }
}

/** The error that was sent: one of the catalogue if it was, else a plain one with its code. */
export function errorOf({ code, data, message, passing }: CarriedError): Error {
  if (typeof code === 'string' && code in errorCatalogue)
    return new RollcallError(code as ErrorCode, data as ErrorData, { passing: passing === true })
  return Object.assign(new Error(String(message)), { code })
}
