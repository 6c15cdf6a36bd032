const actions = new Set<() => void>()

function runAll(): void {
  for (const action of actions) action()
}

/** Has `action` done when this program ends, unless the function given back is called before. One listener for all. */
export function atExit(action: () => void): () => void {
  if (actions.size === 0) process.once('exit', runAll)
  actions.add(action)
  return () => {
    actions.delete(action)
    if (actions.size === 0) process.off('exit', runAll)
  }
}
