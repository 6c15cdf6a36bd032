import fc from 'fast-check'
import { createStage, OPS_CHAT, type Stage } from './stage.ts'

const USER = 11
/** The longest an update may take here, save for the machine's own pauses. */
const SLOW_MS = 2_000

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '/start',
    '/inbox',
    '/approve',
    '/deny x',
    '/switch',
    '/quarantine',
    '/create_task DOCS',
    '/pair',
    '/my_approvals',
  ),
  fc
    .tuple(
      fc.constantFrom('approve', 'deny', 'switch', 'create_task', 'quarantine', 'pair', 'stop_all', 'status'),
      fc.string({ unit: 'binary', maxLength: 80 }),
    )
    .map(([name, args]) => `/${name} ${args}`),
  fc.integer({ min: 4000, max: 9000 }).map((units) => '/create_task DOCS é😀'.padEnd(units, 'é😀')),
)
const id = fc.oneof(fc.constantFrom(USER, OPS_CHAT, 0, -1, 1.5, 2 ** 53), fc.integer(), fc.string(), fc.constant(null))
const user = fc.oneof(
  fc.record({ id, is_bot: fc.boolean(), first_name: fc.string() }, { requiredKeys: [] }),
  fc.constant({ id: USER, is_bot: false }),
  fc.anything(),
)
const chat = fc.oneof(
  fc.constantFrom({ id: USER, type: 'private' }, { id: OPS_CHAT, type: 'supergroup' }, { id: -5, type: 'group' }),
  fc.record({ id, type: fc.constantFrom('private', 'group', 'channel', 'x') }, { requiredKeys: [] }),
)
const replied = fc.option(fc.record({ message_id: id }), { nil: undefined })
const message = fc.record(
  {
    message_id: id,
    from: user,
    chat,
    text: fc.oneof(text, fc.anything()),
    reply_to_message: replied,
    message_thread_id: id,
    is_topic_message: fc.boolean(),
  },
  { requiredKeys: [] },
)
const query = fc.record(
  {
    id: fc.oneof(fc.string(), fc.anything()),
    from: user,
    message: fc.oneof(message, fc.anything()),
    data: fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.anything()),
  },
  { requiredKeys: [] },
)
const update = fc.oneof(
  fc.anything(),
  fc.record({ message, edited_message: message, callback_query: query }, { requiredKeys: [] }),
  fc.record({ message }),
  fc.record({ callback_query: query }),
)

/**
 * Brings updates that anybody may have written to a bot, for so long. It must not throw or hang, and nobody may hear
 * anything but answers of the bot. Gives how many were handled.
 */
export async function fuzzUpdates(forMs: number, seed?: number): Promise<number> {
  const s = await createStage()
  let updateId = 100_000
  let handled = 0
  try {
    await s.operator('Olga', USER)
    await s.bot.stop()
    const property = fc.asyncProperty(update, async (given) => {
      const content = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : { given }
      await handleOne(s, { update_id: ++updateId, ...content })
      handled++
    })
    const chosen = seed === undefined ? {} : { seed }
    await fc.assert(property, {
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: forMs,
      markInterruptAsFailure: false,
      ...chosen,
    })
    const refused = s.tg.calls.filter(({ method, status }) => method === 'sendMessage' && status === 400)
    // A topic that was made up is not there to be answered in.
    const ours = [String(USER), String(OPS_CHAT)]
    const unexpected = refused.filter(
      ({ params }) => ours.includes(String(params.chat_id)) && params.message_thread_id === undefined,
    )
    if (unexpected.length > 0)
      throw new Error(`the bot sent what no chat takes: ${JSON.stringify(unexpected[0]?.params)}`)
    return handled
  } finally {
    await s.close()
  }
}

async function handleOne(s: Stage, given: unknown): Promise<void> {
  const beganAt = performance.now()
  const became = await s.bot.handle(given)
  if (became !== 'handled') throw new Error(`an update was left: ${became}`)
  const tookMs = performance.now() - beganAt
  if (tookMs > SLOW_MS) throw new Error(`an update took ${Math.round(tookMs)} ms`)
}
