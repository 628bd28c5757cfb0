import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { parseSchedule } from '../../src/calendar/schedule.ts'

/** Why a schedule is refused, or "accepted". */
export function refusal(cron: string, timeZone = 'Europe/Berlin'): string {
  try {
    parseSchedule(cron, timeZone)
  } catch (error) {
    if (!isRollcallError(error) || error.code !== 'request_invalid') throw error
    return error.message
  }
  return 'accepted'
}
