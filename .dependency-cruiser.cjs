// Who may import whom. Each rule names its folder and everything that folder may reach; whatever is
// not named is refused. `scripts/import-rules.test.ts` breaks each rule once and expects it to bite.

/** The parsers that rules may stand on: pure, synchronous, without dependencies of their own. */
const pureParsers = ['unbash', 'picomatch', 'ipaddr.js', '@noble/hashes', 'canonicalize']

const core = '^packages/core/src/'
const coreRoot = `${core}index\\.ts$`
const coreStorage = `${core}storage\\.ts$`
/** What a broken promise between our own parts is thrown as; it knows the model only. */
const coreErrors = `${core}errors\\.ts$`
/** The list of all commands and queries: data that the engine runs by. */
const coreRegistry = `${core}registry\\.ts$`
const publicEntries = '^packages/[^/]+/src/(index|policy|storage|client|mcp|conformance|vitest|bot-api)\\.ts$'
const tests = '\\.test\\.ts$'

/** An installed package, with or without its types, however the package manager lays it out. */
const npm = (...names) => names.map((name) => `(^|/)node_modules/(@types/)?${name.replaceAll('.', '\\.')}/`)

const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: tests },
  to: { pathNot: allowed },
})

module.exports = {
  forbidden: [
    only('model-stands-alone', `${core}model/`, [`${core}model/`, ...npm('zod')], 'The model is data: zod and itself.'),
    only(
      'rules-are-pure',
      `${core}rules/`,
      [`${core}(model|rules)/`, coreErrors, ...npm(...pureParsers)],
      'Rules are functions over the model; they may use a parser that is as pure as they are.',
    ),
    only(
      'decisions-are-pure',
      `${core}(decide|effects)/`,
      [`${core}(model|rules|decide|effects|ports)/`, coreErrors, ...npm('zod')],
      'What commands are made of: the shape of a command, the snapshot it reads, the changes it makes together.',
    ),
    only(
      'commands-decide',
      `${core}commands/`,
      [`${core}(model|rules|decide|effects|commands|ports)/`, coreErrors, ...npm('zod')],
      'A command has an input schema and decides from a snapshot; it never runs anything.',
    ),
    {
      name: 'commands-stand-apart',
      comment:
        'A command that needs another one hides a rule that both should share. Only the registry (index.ts) ' +
        'knows them all; what they have in common is in rules/, decide/ and effects/, and inputs.ts for their schemas.',
      severity: 'error',
      from: { path: `${core}commands/`, pathNot: [`${core}commands/index\\.ts$`, tests] },
      to: { path: `${core}commands/`, pathNot: `${core}commands/inputs\\.ts$` },
    },
    {
      name: 'deciders-know-port-types-only',
      comment: 'A decider may name the shape of a scope. It may not hold a port.',
      severity: 'error',
      from: { path: `${core}(commands|decide|effects)/`, pathNot: tests },
      to: { path: `${core}ports/`, dependencyTypesNot: ['type-only'] },
    },
    only(
      'ports-are-shapes',
      `${core}ports/`,
      [`${core}(model|ports)/`, ...npm('zod', 'ulid')],
      'A port says what core needs from outside, in words of the model.',
    ),
    only(
      'engine-is-the-shell',
      `${core}(engine|queries)/`,
      [
        `${core}(model|rules|decide|effects|commands|ports|engine|queries)/`,
        coreErrors,
        coreRegistry,
        ...npm('zod', 'p-retry', 'eventemitter3'),
      ],
      'The engine and the queries load, decide and commit through ports; they know no adapter.',
    ),
    {
      name: 'inner-core-never-looks-up',
      comment: 'The engine serves commands and rules, not the other way round.',
      severity: 'error',
      from: { path: `${core}(model|rules|decide|effects|commands|ports)/`, pathNot: tests },
      to: { path: `${core}(engine|queries)/` },
    },
    {
      name: 'core-knows-no-sibling',
      comment: 'Everything depends on core, and core on nothing of ours.',
      severity: 'error',
      from: { path: core, pathNot: tests },
      to: { path: '^(packages/(?!core/)|examples/|bench/|test-support/|scripts/)' },
    },
    {
      name: 'core-uses-web-apis',
      comment: 'Core runs wherever JavaScript does.',
      severity: 'error',
      from: { path: core, pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'adapters-know-the-port',
      comment: 'An adapter looks things up and applies changes. Rules and other adapters are none of its business.',
      severity: 'error',
      from: { path: '^packages/(adapter-[^/]+)/src/', pathNot: tests },
      to: { path: '^packages/', pathNot: ['^packages/$1/', coreStorage] },
    },
    {
      name: 'testing-knows-core-and-memory',
      comment: 'The harness runs on the memory adapter; a real database or a host would make it slow and partial.',
      severity: 'error',
      from: { path: '^packages/testing/src/', pathNot: tests },
      to: {
        path: '^packages/',
        pathNot: ['^packages/testing/', coreRoot, coreStorage, '^packages/adapter-memory/src/index\\.ts$'],
      },
    },
    {
      name: 'simulator-uses-public-clients',
      comment:
        'The simulator calls what every user calls; only its planted faults reach into core, and they are tests.',
      severity: 'error',
      from: { path: '^packages/testing/sim/' },
      to: {
        path: '^packages/',
        pathNot: ['^packages/testing/(sim|src)/', coreRoot, coreStorage, '^packages/adapter-memory/src/index\\.ts$'],
      },
    },
    {
      name: 'simulator-stays-apart',
      comment: 'Nothing that is published knows of it.',
      severity: 'error',
      from: { path: '^(packages/[^/]+/src|examples|bench)/', pathNot: tests },
      to: { path: '^packages/testing/sim/' },
    },
    {
      name: 'testing-is-runner-neutral',
      comment: 'The conformance suite runs under any test runner; the matchers alone belong to one.',
      severity: 'error',
      from: { path: '^packages/testing/src/', pathNot: ['^packages/testing/src/vitest(\\.ts$|/)', tests] },
      to: { path: [...npm('vitest', '@vitest/[^/]+', '@fast-check/vitest', 'jest', 'mocha'), '^(node:)?test$'] },
    },
    {
      name: 'hosts-know-the-core-root',
      comment: 'HTTP, Telegram and agents see what every user of the SDK sees, so they can run anywhere.',
      severity: 'error',
      from: {
        path: '^packages/(host-http|telegram|agent-node|genai-prices)/src/',
        pathNot: [tests, '^packages/telegram/src/main\\.ts$'],
      },
      to: { path: '^packages/', pathNot: ['^packages/$1/', coreRoot] },
    },
    {
      name: 'bot-alone-knows-public-entries',
      comment: 'The program that runs the bot alone joins it with the way to a host, as any user could.',
      severity: 'error',
      from: { path: '^packages/telegram/src/main\\.ts$' },
      to: { path: '^packages/', pathNot: ['^packages/telegram/', publicEntries] },
    },
    {
      name: 'command-line-knows-public-entries',
      comment: 'The command line joins the packages as any user could.',
      severity: 'error',
      from: { path: '^packages/cli/src/', pathNot: tests },
      to: { path: '^packages/', pathNot: ['^packages/cli/', publicEntries] },
    },
    {
      name: 'public-entries-only',
      comment: 'Examples and measurements use the packages as their users do.',
      severity: 'error',
      from: { path: '^(examples/[^/]+|bench)/' },
      to: { path: '^packages/', pathNot: publicEntries },
    },
    {
      name: 'examples-stand-apart',
      comment: 'Each example is read alone.',
      severity: 'error',
      from: { path: '^examples/([^/]+)/' },
      to: { path: '^(examples|bench)/', pathNot: '^examples/$1/' },
    },
    {
      name: 'no-test-code-in-src',
      comment: 'What is published must not reach for what only tests have.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { path: [tests, '^test-support/', '^scripts/', '^packages/[^/]+/test/'] },
    },
    {
      name: 'no-dev-dependencies-in-src',
      comment: 'A user of the package would not have it.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'no-undeclared-dependencies',
      comment: 'Name it in package.json, or it works here by luck only.',
      severity: 'error',
      // Tests may also use what the root offers to all of them: the runner, generators of input, a driver.
      from: {
        path: '^(packages|examples|bench)',
        pathNot: [tests, '/test/', '\\.config\\.ts$', '^packages/testing/src/vitest\\.ts$'],
      },
      // An optional peer is declared twice, and the second place is read as one that declares nothing.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'nothing-unresolvable',
      comment: 'Peers of the bench have a package of their own outside of the workspace, installed by its first run.',
      severity: 'error',
      from: { pathNot: '^bench/peers/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or share a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    doNotFollow: { path: 'node_modules' },
    // What we build ourselves. Installed packages often have a dist folder too and must stay in sight.
    exclude: { path: ['^(packages|examples)/[^/]+/dist/', '(^|/)\\.cache/', '(^|/)\\.mission-control/'] },
    combinedDependencies: false,
    enhancedResolveOptions: {
      conditionNames: ['@mission-control/source', 'import', 'types', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
}
