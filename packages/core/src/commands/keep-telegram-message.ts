import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { TELEGRAM_MESSAGE_KINDS, telegramChatIdSchema, telegramUserIdSchema } from '../model/telegram.ts'
import { inProject, verdictInput } from './inputs.ts'

const hashInput = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex')

/** Remembers what a message of the bot stands for, before it is sent, so that no button is ever shown that nobody knows. */
export const keepTelegramMessage = projectCommand({
  name: 'telegram.keepMessage',
  summary: 'Remembers what a message in a chat stands for.',
  input: z.strictObject({
    ...inProject,
    kind: z.enum(TELEGRAM_MESSAGE_KINDS),
    subject: refSchema,
    taskId: refSchema.optional(),
    chatId: telegramChatIdSchema,
    topicId: z.int().positive().optional(),
    messageId: z.int().positive().optional(),
    yesHash: hashInput.optional(),
    noHash: hashInput.optional(),
    verdict: verdictInput.optional(),
    forUserId: telegramUserIdSchema.optional(),
    shown: hashInput.optional(),
    /** How long its buttons work. */
    validMs: z
      .int()
      .positive()
      .max(8 * 86_400_000)
      .optional(),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  scope: () => ({}),
  decide({ changes, project, now }, given) {
    return accept(
      changes.insert('telegramMessage', {
        projectId: project.id,
        kind: given.kind,
        subject: given.subject,
        taskId: given.taskId ?? null,
        chatId: given.chatId,
        topicId: given.topicId ?? null,
        messageId: given.messageId ?? null,
        yesHash: given.yesHash ?? null,
        noHash: given.noHash ?? null,
        verdict: given.verdict ?? null,
        forUserId: given.forUserId ?? null,
        shown: given.shown ?? null,
        expiresAt: given.validMs === undefined ? null : now + given.validMs,
        closedAt: null,
      }),
    )
  },
})

/**
 * Writes down where the message is, what it shows now, which buttons it has, or that it is closed: its buttons are gone
 * for good. Of two hosts that give it new buttons at once, one does.
 */
export const changeTelegramMessage = projectCommand({
  name: 'telegram.changeMessage',
  summary: 'Writes down where a message is, what it shows, or that its buttons are gone.',
  input: z.strictObject({
    ...inProject,
    telegramMessageId: refSchema,
    topicId: z.int().positive().optional(),
    messageId: z.int().positive().optional(),
    yesHash: hashInput.optional(),
    noHash: hashInput.optional(),
    shown: hashInput.optional(),
    isClosed: z.literal(true).optional(),
    /** What it must show still, where the change is about what it shows. */
    showsNow: hashInput.optional(),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  whenArchived: 'allowed',
  scope: ({ telegramMessageId }) => ({ records: [{ kind: 'telegramMessage', id: telegramMessageId }] }),
  decide(deciding, { telegramMessageId, topicId, messageId, yesHash, noHash, shown, showsNow, isClosed }) {
    const { record, problem } = own(deciding, 'telegramMessage', telegramMessageId)
    if (problem !== null) return refuse(problem)
    if (showsNow !== undefined && record.shown !== showsNow) {
      return refuse(refusal('VERSION_CONFLICT', `${record.id} shows something else by now`))
    }
    return accept(
      deciding.changes.update('telegramMessage', record, {
        topicId: topicId ?? record.topicId,
        messageId: messageId ?? record.messageId,
        yesHash: yesHash ?? record.yesHash,
        noHash: noHash ?? record.noHash,
        shown: shown ?? record.shown,
        closedAt: isClosed === true ? (record.closedAt ?? deciding.now) : record.closedAt,
      }),
    )
  },
})
