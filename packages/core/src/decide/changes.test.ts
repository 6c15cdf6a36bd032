import { describe, expect, it } from 'vitest'
import { idSequence } from '../model/ids.ts'
import { SYSTEM_ACTOR } from '../model/principal.ts'
import type { RecordOf } from '../model/records.ts'
import { Changes, clipped } from './changes.ts'
import { LoadedSnapshot } from './snapshot.ts'

const ULID = '01J00000000000000000000000'
const project: RecordOf<'project'> = {
  id: 'prj_1',
  projectId: null,
  version: 4,
  createdAt: 1,
  updatedAt: 1,
  name: 'One',
  slug: 'one',
  description: null,
  timeZone: 'UTC',
  status: 'ACTIVE',
  operatorMode: 'NORMAL',
  policyDefaults: null,
  metadata: null,
}

function given() {
  const snapshot = new LoadedSnapshot(
    {
      records: [
        { kind: 'project', id: 'prj_1' },
        { kind: 'task', id: 'tsk_none' },
      ],
    },
    { now: 1000, records: [project, null], lookups: [], balances: [], receipt: null },
  )
  const changes = new Changes({
    snapshot,
    nextId: idSequence(ULID),
    actor: SYSTEM_ACTOR,
    projectId: 'prj_1',
    traceparent: null,
  })
  return { snapshot, changes }
}

describe('changes', () => {
  it('check whatever the decider relied upon, absence included, and nothing it only peeked at', () => {
    const { snapshot, changes } = given()
    snapshot.peek('project', 'prj_1')
    expect(changes.toCommit().checks).toEqual([])
    snapshot.get('project', 'prj_1')
    snapshot.get('task', 'tsk_none')
    expect(changes.toCommit().checks).toEqual([
      { kind: 'project', id: 'prj_1', version: 4 },
      { kind: 'task', id: 'tsk_none', version: null },
    ])
  })

  it('raise a version once however often a record is changed', () => {
    const { snapshot, changes } = given()
    const read = snapshot.get('project', 'prj_1') as RecordOf<'project'>
    changes.update('project', read, { name: 'Two' })
    const last = changes.update('project', read, { operatorMode: 'PAUSED' })
    expect(last).toMatchObject({ version: 5, name: 'Two', operatorMode: 'PAUSED', updatedAt: 1000 })
    expect(changes.toCommit().puts).toHaveLength(1)
  })

  it('name the fields in which an updated record differs from what was read, and of a new one none', () => {
    const { snapshot, changes } = given()
    const read = snapshot.get('project', 'prj_1') as RecordOf<'project'>
    changes.update('project', { ...read, slug: 'kept' }, { name: 'Two', status: 'ACTIVE' })
    changes.insert('subscription', {
      projectId: 'prj_1',
      taskId: 'tsk_1',
      principalId: 'usr_1',
      reason: 'MENTION',
    } as never)
    expect(changes.toCommit().puts.map(({ changed }) => changed)).toEqual([['name', 'slug'], undefined])
  })

  it('redact what an event says before it is anywhere', () => {
    const { changes } = given()
    changes.event('SETTINGS_CHANGED', { subject: 'x/1', summary: 'token ghp_Zk3TqP9vLxW2bRj7NcYd5HsMf8GaEuQ1oViB' })
    expect(changes.events[0]?.summary).not.toContain('Zk3T')
  })

  it('leave nothing behind when they are discarded', () => {
    const { snapshot, changes } = given()
    changes.update('project', snapshot.get('project', 'prj_1') as RecordOf<'project'>, { name: 'Two' })
    changes.event('PROJECT_UPDATED', { subject: 'project/prj_1', summary: 'x' })
    changes.discard()
    expect(changes.isEmpty).toBe(true)
  })

  it('asking for what the scope did not name is a bug', () => {
    expect(() => given().snapshot.get('task', 'tsk_other')).toThrow('did not ask')
  })
})

describe('ids of a command', () => {
  it('are the same for the same command, and different within it', () => {
    const first = idSequence(ULID)
    const second = idSequence(ULID)
    const drawn = [first('task'), first('task'), first('event')]
    expect([second('task'), second('task'), second('event')]).toEqual(drawn)
    expect(new Set(drawn).size).toBe(3)
  })

  it('are counted in the middle, so that they sort as drawn and end as randomly as the ULID', () => {
    const next = idSequence('01K0000000ABCDEFGHJKMNPQRS')
    const drawn = Array.from({ length: 40 }, () => next('event'))
    expect(drawn.slice(0, 2)).toEqual(['evt_01K00000000000EFGHJKMNPQRS', 'evt_01K00000000001EFGHJKMNPQRS'])
    expect(drawn).toEqual([...drawn].sort())
    for (const id of drawn) expect(id.slice(-12)).toBe('EFGHJKMNPQRS')
  })
})

describe('clipping', () => {
  it('cuts between characters and says that it cut', () => {
    expect(clipped('abc', 3)).toBe('abc')
    expect(clipped('ab😀cd', 4)).toBe('ab…')
    expect(clipped('abcdef', 4)).toBe('abc…')
  })
})
