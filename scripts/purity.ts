import ts from 'typescript'

/** One place in a rule or a command where something else than the arguments could decide the answer. */
export interface Impurity {
  readonly file: string
  readonly line: number
  readonly what: string
}

/**
 * Everything a global name could bring in that the arguments did not: time, chance, the machine,
 * the network, or a later moment. `Date` and `Math` are looked at one use at a time.
 */
const forbiddenGlobals = new Set([
  'process',
  'globalThis',
  'global',
  'window',
  'self',
  'require',
  'module',
  'eval',
  'Function',
  'console',
  'crypto',
  'performance',
  'fetch',
  'Promise',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'queueMicrotask',
  'structuredClone',
  'AbortController',
  'AbortSignal',
  'EventTarget',
  'MessageChannel',
  'BroadcastChannel',
  'Worker',
  'WebSocket',
  'XMLHttpRequest',
  'Atomics',
  'SharedArrayBuffer',
  'WeakRef',
  'FinalizationRegistry',
])

/**
 * Finds what would make a rule depend on anything but its arguments, or let it wait. It reads the
 * syntax tree and not the text, so a comment may speak of time and a parameter may be called `window`.
 */
export function findImpurities(file: string, text: string): readonly Impurity[] {
  const { source, checker } = parse(file, text)
  const found: Impurity[] = []
  const visit = (node: ts.Node): void => {
    const what = waiting(node) ?? loading(node) ?? ambient(node, checker) ?? machineDefault(node)
    if (what !== null) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      found.push({ file, line: line + 1, what })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** The file alone, without libraries: a name that nothing in it declares is then a global. */
function parse(file: string, text: string): { source: ts.SourceFile; checker: ts.TypeChecker } {
  const options: ts.CompilerOptions = { noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.Latest }
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === file ? source : undefined),
    fileExists: (name) => name === file,
    readFile: () => undefined,
    writeFile: () => undefined,
    getDefaultLibFileName: () => 'lib.d.ts',
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => '/',
    getNewLine: () => '\n',
    useCaseSensitiveFileNames: () => true,
  }
  return { source, checker: ts.createProgram([file], options, host).getTypeChecker() }
}

function waiting(node: ts.Node): string | null {
  if (ts.isAwaitExpression(node)) return 'await: a decision is made in one go'
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) return 'for await: a decision is made in one go'
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async: rules and commands are synchronous'
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'then') return '.then: a decision is made in one go'
  return null
}

function loading(node: ts.Node): string | null {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'import(): loads later'
  if (ts.isMetaProperty(node)) return 'import.meta: knows where it runs'
  const from = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined
  if (from !== undefined && ts.isStringLiteral(from) && from.text.startsWith('node:')) return `${from.text}: needs Node`
  return null
}

function ambient(node: ts.Node, checker: ts.TypeChecker): string | null {
  // A field that is only declared brings nothing in.
  const isField = node.parent !== undefined && ts.isPropertyDeclaration(node.parent)
  if (node.kind === ts.SyntaxKind.DeclareKeyword && !isField) return 'declare: brings a global in by another name'
  if (!ts.isIdentifier(node) || isOnlyAName(node) || isDeclaredHere(node, checker)) return null
  if (forbiddenGlobals.has(node.text)) return `${node.text}: not an argument`
  if (node.text === 'Date') return dateUse(node)
  if (node.text === 'Math') return mathUse(node)
  if (node.text === 'Intl') return intlUse(node)
  return null
}

function isDeclaredHere(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node)
  return symbol?.declarations?.some((declaration) => declaration.getSourceFile() === node.getSourceFile()) ?? false
}

/** A property or a label may be called `process`; only a free-standing name reaches the global. */
function isOnlyAName(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) {
    return (ts.isPropertyAccessExpression(parent) ? parent.name : parent.right) === node
  }
  if (
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent)
  ) {
    return parent.name === node
  }
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return parent.propertyName === node
  return ts.isJSDoc(parent) || ts.isJSDocParameterTag(parent) || ts.isJSDocLinkLike(parent)
}

/**
 * `Date` may turn a given number into a calendar and back, in UTC: `Date.UTC(…)`, `Date.parse('…Z')`,
 * `new Date(ms).getUTC…()` and `.toISOString()`. Anything else reads the clock or the zone of the machine.
 */
function dateUse(node: ts.Identifier): string | null {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) && parent.name.text === 'UTC') return null
  if (ts.isPropertyAccessExpression(parent) && parent.name.text === 'parse' && parsesUtc(parent.parent)) return null
  if (ts.isNewExpression(parent) && parent.arguments?.length === 1) {
    const use = parent.parent
    const member = ts.isPropertyAccessExpression(use) ? use.name.text : ''
    if (member.startsWith('getUTC') || member === 'toISOString') return null
  }
  return "Date: time comes with the snapshot; pure are Date.UTC(…), Date.parse('…Z'), new Date(ms).getUTC…(), .toISOString()"
}

/** A text that names its zone at its end, so that the machine's zone plays no part. */
function parsesUtc(call: ts.Node): boolean {
  const argument = ts.isCallExpression(call) ? call.arguments[0] : undefined
  if (argument === undefined) return false
  if (ts.isStringLiteralLike(argument)) return argument.text.endsWith('Z')
  return ts.isTemplateExpression(argument) && argument.templateSpans.at(-1)?.literal.text.endsWith('Z') === true
}

function mathUse(node: ts.Identifier): string | null {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) && parent.name.text !== 'random') return null
  return 'Math.random: chance comes with the command'
}

/** A formatter takes what it is not given from the machine: its language and its zone. */
function intlUse(node: ts.Identifier): string | null {
  const member = node.parent
  if (ts.isQualifiedName(member)) return null
  const made = member.parent
  const language = ts.isNewExpression(made) && made.expression === member ? made.arguments?.[0] : undefined
  if (
    language !== undefined &&
    ts.isStringLiteral(language) &&
    ts.isNewExpression(made) &&
    made.arguments?.length === 2
  )
    return null
  return "Intl: only new Intl.X('en-US', { … }) says everything itself"
}

/** Calls that fall back to the machine's language, or to now. */
function machineDefault(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null
  const name = node.expression.name.text
  if (name.startsWith('toLocale') || name === 'localeCompare') return `${name}: the answer depends on the machine`
  const empty = node.arguments.length === 0
  return empty && (name === 'format' || name === 'formatToParts') ? `${name}(): formats the present moment` : null
}
