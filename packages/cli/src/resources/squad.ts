import type { Resource } from './resource.ts'

/** One verb per action: what is typed in a hurry should be a word. */
const control = (verb: string, action: string, summary: string): Resource => ({
  path: ['agent', verb],
  operation: 'agents.control',
  summary,
  words: ['agentId'],
  fixed: { action },
})

export const squadCommands: readonly Resource[] = [
  {
    path: ['project', 'list'],
    operation: 'projects.list',
    columns: ['id', 'slug', 'name', 'operatorMode', 'timeZone'],
  },
  { path: ['project', 'get'], operation: 'projects.get', words: ['project'] },
  { path: ['project', 'create'], operation: 'projects.create', words: ['slug', 'name'] },
  { path: ['project', 'update'], operation: 'projects.update' },
  { path: ['project', 'archive'], operation: 'projects.archive' },
  { path: ['project', 'stats'], operation: 'projects.stats' },
  { path: ['project', 'mode'], operation: 'projects.setOperatorMode', words: ['mode'] },
  { path: ['project', 'stop'], operation: 'projects.emergencyStop' },
  {
    path: ['agent', 'list'],
    operation: 'agents.list',
    columns: ['id', 'name', 'role', 'status', 'pausedBy', 'budgetDailyMicros', 'allowedTaskTypes'],
  },
  { path: ['agent', 'get'], operation: 'agents.get', words: ['agentId'] },
  { path: ['agent', 'register'], operation: 'agents.register', words: ['name'] },
  control('resume', 'RESUME', 'Lets a paused agent work again.'),
  control('pause', 'PAUSE', 'Stops an agent within a heartbeat; it keeps its tasks.'),
  control('drain', 'DRAIN', 'Lets an agent finish what it has, and nothing more.'),
  control('quarantine', 'QUARANTINE', 'Isolates an agent: its runs stop, its tasks are blocked.'),
  control('lift', 'LIFT', 'Ends a quarantine.'),
  control('restart', 'RESTART', 'Has an agent start anew.'),
  { path: ['agent', 'retire'], operation: 'agents.retire', words: ['agentId'] },
  { path: ['agent', 'pause-all'], operation: 'agents.controlAll', fixed: { action: 'PAUSE_ALL' } },
  { path: ['agent', 'resume-all'], operation: 'agents.controlAll', fixed: { action: 'RESUME_ALL' } },
  { path: ['agent', 'permissions'], operation: 'reports.permissions' },
]
