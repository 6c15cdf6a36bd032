import {
  SEARCH_TODAY_MS,
  SEARCH_UNDER_WAY,
  SEARCH_WEEK_MS,
  SEARCH_WEIGHTS,
  type SearchRequest,
} from '@mission-control/core/storage'
import { RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { whereText } from './conditions.ts'

/** What is searched of each kind, folded. */
const TEXTS = {
  task: ['title', 'description', 'type'],
  message: ['content'],
  document: ['name', 'content'],
} as const

/**
 * Ranks everything in the project that fits. It reads all of the project's rows of the kind: a match may be anywhere
 * in a text, and the best one anywhere in the past.
 */
export function searchHits(request: SearchRequest): Statement {
  const { kind, tokens, at, limit } = request
  const table = RECORD_TABLES[kind]
  const values = new Parameters()
  const places = tokens.map((token) => values.add(token, 'text'))
  const said = TEXTS[kind].map((column) => `${SCHEMA}.folded(coalesce(t.${column}, '')) as ${column}`)
  const labels = `array(select ${SCHEMA}.folded(label) from jsonb_array_elements_text(t.labels) as label) as labels`
  const score = kind === 'task' ? scoreText(places, values.add(at, 'int8')) : '0'
  const where = whereText(
    table,
    request,
    values,
    places.map((token) => fitsText(kind, token)),
  )
  // `offset 0` keeps the planner from folding the texts anew at each mention.
  const text = `select json_build_object('hits', (select json_agg(found) from (
  select to_json(t) as row, ${score} as score
  from ${tableName(table)} as t
  cross join lateral (select ${[...said, ...(kind === 'task' ? [labels] : [])].join(', ')} offset 0) as said
  ${where}
  order by 2 desc, t.created_at desc, t.id desc limit ${values.add(limit, 'int8')}
) as found))::text as doc`
  return { text, values: values.values }
}

function fitsText(kind: SearchRequest['kind'], token: string): string {
  const texts = TEXTS[kind].map((column) => `strpos(said.${column}, ${token}) > 0`)
  const labels = `exists (select from unnest(said.labels) as label where strpos(label, ${token}) > 0)`
  return `(${[...texts, ...(kind === 'task' ? [labels] : [])].join(' or ')})`
}

function scoreText(tokens: readonly string[], at: string): string {
  const weights = SEARCH_WEIGHTS
  const points = (condition: string, weight: number) => `case when ${condition} then ${weight} else 0 end`
  const ofLabels = (condition: string, weight: number) =>
    `(select count(*) * ${weight} from unnest(said.labels) as label where ${condition})`
  const ofToken = (token: string) => [
    points(`strpos(said.title, ${token}) > 0`, weights.titleContains),
    points(`strpos(${SCHEMA}.as_words(said.title), ${SCHEMA}.as_words(${token})) > 0`, weights.titleWord),
    points(`starts_with(said.title, ${token})`, weights.titlePrefix),
    points(`strpos(said.description, ${token}) > 0`, weights.descriptionContains),
    ofLabels(`strpos(label, ${token}) > 0`, weights.labelContains),
    ofLabels(`label = ${token}`, weights.labelEquals),
    points(`strpos(said.type, ${token}) > 0`, weights.typeContains),
  ]
  const age = `${at} - t.created_at`
  const ofTask = [
    `case when ${age} < ${SEARCH_TODAY_MS} then ${weights.createdToday}
      when ${age} < ${SEARCH_WEEK_MS} then ${weights.createdThisWeek} else 0 end`,
    points(`t.status in (${SEARCH_UNDER_WAY.map((status) => `'${status}'`).join(', ')})`, weights.isUnderWay),
  ]
  return [...tokens.flatMap(ofToken), ...ofTask].join(' + ')
}
