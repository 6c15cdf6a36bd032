// Runs before any install at the root. npm stops earlier, at `engines`; anything else would install the
// root's tools only and leave every package unlinked: half a workspace that looks like a whole one.
const agent = process.env.npm_config_user_agent ?? ''

if (!agent.startsWith('pnpm/')) {
  const found = agent.split(' ')[0] || 'something else'
  process.stderr.write(
    [
      '',
      `This workspace is installed by pnpm, not by ${found}, which cannot link its packages.`,
      '',
      '  npm start        installs what is missing and starts the reference server',
      '  npm test         installs what is missing and runs every test',
      '  npm run setup    only installs',
      '',
      'None of them needs pnpm on this machine. If you have it: pnpm install',
      '',
      '',
    ].join('\n'),
  )
  process.exit(1)
}
