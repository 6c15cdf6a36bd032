import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, unwrap, webhookSecrets } from '@mission-control/core'
import { createWebhookCarrier } from '@mission-control/host-http'
import { Webhook } from 'standardwebhooks'
import { startReceiver } from './receiver.ts'

// The receiver is on this machine, so private addresses are allowed here. Leave both options out in earnest.
const allowsPrivateTargets = true
const mc = createMissionControl({
  storage: createMemoryStorage(),
  webhooks: {
    // The key belongs to the hosts, beside the address of the database. Secrets are made from it and stored nowhere.
    secrets: webhookSecrets({ keyId: 'k1', keys: { k1: randomBytes(32) } }),
    carrier: createWebhookCarrier({ allowsPrivateTargets }),
    allowsPrivateTargets,
  },
})
const setup = unwrap(await mc.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Docs', slug: 'docs' } }))
const admin = (await mc.as(setup.principalId)).inProject(setup.projectId ?? '')
const receiver = await startReceiver()

// The secret is shown once, here.
const { webhook, secret } = unwrap(await admin.webhooks.create({ url: receiver.url, events: ['task.*'] }))
receiver.secret = secret

const task = unwrap(await admin.tasks.create({ title: 'Explain the install steps', type: 'DOCS' }))
// A host does this every five seconds.
await mc.outbox.sendDue()
assert.deepEqual(
  receiver.events.map(({ type, subject }) => [type, subject]),
  [['task.created', `task/${task.id}`]],
)

// Sent again by hand, it has the same id, and the receiver drops it.
const webhookId = webhook.id
const [delivery] = unwrap(await admin.webhooks.deliveries({ webhookId })).data
unwrap(await admin.webhooks.replay({ webhookId, deliveryId: delivery?.id ?? '' }))
assert.deepEqual(await mc.outbox.sendDue(), { sent: 1, failed: 0, updated: 0 })
assert.equal(receiver.events.length, 1)

// What is forged, changed on the way, or recorded and played again later is refused.
const body = JSON.stringify({ type: 'task.created', subject: 'task/forged' })
const attempts = [
  { name: 'forged', signedWith: `whsec_${randomBytes(32).toString('base64')}`, at: Date.now(), sent: body },
  { name: 'changed', signedWith: secret, at: Date.now(), sent: body.replace('forged', 'other') },
  { name: 'old', signedWith: secret, at: Date.now() - 6 * 60_000, sent: body },
]
for (const { name, signedWith, at, sent } of attempts) {
  const answer = await fetch(receiver.url, {
    method: 'POST',
    body: sent,
    headers: {
      'webhook-id': `evt_${name}`,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': new Webhook(signedWith).sign(`evt_${name}`, new Date(at), body),
    },
  })
  assert.equal(answer.status, 401, name)
}
assert.equal(receiver.events.length, 1)

// After a rotation both secrets sign until the overlap ends: the receiver changes over when it likes.
const rotated = unwrap(await admin.webhooks.rotateSecret({ webhookId }))
unwrap(await admin.tasks.create({ title: 'Try every step', type: 'DOCS' }))
await mc.outbox.sendDue()
receiver.secret = rotated.secret
unwrap(await admin.tasks.create({ title: 'Write the page', type: 'DOCS' }))
await mc.outbox.sendDue()
assert.equal(receiver.events.length, 3)

console.log('heard of', receiver.events.map(({ type }) => type).join(', '))
await receiver.close()
await mc.close()
