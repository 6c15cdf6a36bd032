import type { AgentDocumentType } from '../model/agent-document.ts'

const DATE = /^\d{4}-\d{2}-\d{2}$/

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  // The calendar has no 30 February, and a parser may make the 2 March of it.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

/**
 * The key of a document of an agent: none for those there is one of, today for a note without a date, and what the
 * caller says for a memory. An object says what is wrong with it.
 */
export function documentKey(
  type: AgentDocumentType,
  given: string | undefined,
  today: string,
): { readonly key: string } | { readonly problem: string } {
  switch (type) {
    case 'SOUL_MD':
    case 'WORKING_MD':
      return given === undefined || given === '' ? { key: '' } : { problem: 'must be left out: there is one per agent' }
    case 'DAILY_NOTE': {
      const key = given ?? today
      return isDate(key) ? { key } : { problem: 'must be a date such as 2026-03-29' }
    }
    case 'SESSION_MEMORY':
      return given === undefined || given === '' ? { problem: 'must name a session or a task' } : { key: given }
  }
}
