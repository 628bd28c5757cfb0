/** Which running workflows are slower than which alerts allow, and were not told of yet. A workflow without start is none. */
export function slowWorkflows<
  Run extends { readonly since: Date | null; readonly told: readonly string[] },
  Rule extends { readonly id: string; readonly slowerThanMs: number },
>(options: {
  readonly workflows: readonly Run[]
  readonly alerts: readonly Rule[]
  readonly now: Date
}): { readonly workflow: Run; readonly alert: Rule }[] {
  const { workflows, alerts, now } = options
  return workflows.flatMap((workflow) => {
    const { since, told } = workflow
    if (since === null) return []
    const ranMs = now.getTime() - since.getTime()
    return alerts
      .filter(({ id, slowerThanMs }) => ranMs > slowerThanMs && !told.includes(id))
      .map((alert) => ({ workflow, alert }))
  })
}
