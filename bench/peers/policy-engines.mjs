// Policy engines of others on the rule set of the bench. Told what to do on standard input, one JSON value per line;
// the first is the rule set with the calls.
import { createInterface } from 'node:readline'
import { AbilityBuilder, createMongoAbility, subject } from '@casl/ability'
import { newEnforcer, newModelFromString } from 'casbin'

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const literal = (text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
const patternOf = (glob) => new RegExp(`^${glob.split('*').map(literal).join('[^]*')}$`)

/** Every rule on its own: the least role, the tool, a pattern and what it does. */
function flatRules({ roles, tools, kinds, patterns }) {
  const rules = []
  for (const [tool, rank] of Object.entries(tools)) {
    const kind = kinds[tool]
    for (const pattern of kind === undefined ? ['*'] : patterns.allow[kind]) {
      rules.push({ role: roles[rank], tool, pattern, effect: 'allow' })
    }
    for (const pattern of kind === undefined ? [] : patterns.deny[kind]) {
      rules.push({ role: roles[0], tool, pattern, effect: 'deny' })
    }
  }
  return rules
}

function casl({ roles }, rules) {
  class Call {
    constructor(argument) {
      this.argument = argument
    }
  }
  const abilities = new Map(
    roles.map((role, rank) => {
      const builder = new AbilityBuilder(createMongoAbility)
      const of = (effect) => rules.filter((rule) => rule.effect === effect && roles.indexOf(rule.role) <= rank)
      for (const { tool, pattern } of of('allow')) {
        if (pattern === '*') builder.can(tool, 'Call')
        else builder.can(tool, 'Call', { argument: { $regex: patternOf(pattern) } })
      }
      for (const { tool, pattern } of of('deny')) {
        builder.cannot(tool, 'Call', { argument: { $regex: patternOf(pattern) } })
      }
      return [role, builder.build()]
    }),
  )
  return ({ role, tool, argument }) => abilities.get(role).can(tool, subject('Call', new Call(argument)))
}

async function casbin({ roles }, rules) {
  const enforcer = await newEnforcer(
    newModelFromString(`[request_definition]
r = role, tool, argument
[policy_definition]
p = role, tool, pattern, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = p.tool == r.tool && g(r.role, p.role) && glob(r.argument, p.pattern)`),
  )
  const compiled = new Map()
  await enforcer.addFunction('glob', (text, glob) => {
    const pattern = compiled.get(glob) ?? patternOf(glob)
    compiled.set(glob, pattern)
    return pattern.test(text)
  })
  await enforcer.addPolicies(rules.map(({ role, tool, pattern, effect }) => [role, tool, pattern, effect]))
  for (let rank = 1; rank < roles.length; rank++) await enforcer.addGroupingPolicy(roles[rank], roles[rank - 1])
  return ({ role, tool, argument }) => enforcer.enforceSync(role, tool, argument)
}

/** As many rounds over the calls as fit into the time. */
function measure(decide, calls, seconds) {
  let operations = 0
  let allowed = 0
  const before = process.cpuUsage()
  const from = performance.now()
  const latenciesMs = []
  while (performance.now() - from < seconds * 1000) {
    const start = performance.now()
    for (const call of calls) if (decide(call)) allowed++
    latenciesMs.push((performance.now() - start) / calls.length)
    operations += calls.length
  }
  const { user, system } = process.cpuUsage(before)
  return {
    operations,
    allowed,
    latenciesMs,
    elapsedSeconds: (performance.now() - from) / 1000,
    cpuMicros: user + system,
  }
}

let engines = {}
let rules
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line)
  try {
    if (told.type === 'rules') {
      rules = told
      const flat = flatRules(told)
      engines = { casl: casl(told, flat), casbin: await casbin(told, flat) }
      say({ type: 'ready', verdicts: { casl: told.calls.map(engines.casl), casbin: told.calls.map(engines.casbin) } })
    } else {
      const calls = rules.calls.filter(({ tool }) => (tool === 'shell') === (told.kind === 'shell'))
      measure(engines[told.engine], calls, told.warmSeconds)
      say({ type: 'measured', ...measure(engines[told.engine], calls, told.seconds) })
    }
  } catch (error) {
    say({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}
