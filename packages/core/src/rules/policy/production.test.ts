import { describe, expect, test } from 'vitest'
import { hitsProduction } from './production.ts'

function split(command: string): string[] {
  return command.split(' ')
}

describe('R-46 production is found by whole token', () => {
  test.each([
    'domain',
    'deliver',
    'product',
    'maintain',
    'check-domain delivery products maintainer',
    'git checkout -b feature/product-page',
    'npm run deliver',
    'pnpm --filter domain test',
    'curl https://products.example.com/deliver?domain=maintain',
    'node scripts/live.ts',
    'cat docs/production.md config/live/settings.json',
    'git push origin feature/main-menu',
    'git push origin maintenance',
    'git push origin HEAD:refs/heads/domain',
    'git log main',
    'git push origin release',
    'git commit -m reproduction',
    'curl https://example.com/live',
    'curl https://example.com/health?check=alive',
    'npm install live-server',
    'git checkout -b olive',
    'https://delivery.domain.example/production',
    '--liveness=true',
    'user@deliver',
  ])('no hit: %s', (command) => {
    expect(hitsProduction(split(command), [])).toBeNull()
  })

  test('prose is not read', () => {
    expect(hitsProduction(['git', 'commit', '-m', 'Fix the live production bug on main'], [])).toBeNull()
  })

  test.each([
    ['prod', 'prod'],
    ['Production', 'production'],
    ['deploy --env prod', 'prod'],
    ['deploy --env=prod', 'prod'],
    ['deploy --prod', 'prod'],
    ['deploy --prod=true', 'prod'],
    ['deploy -production', 'production'],
    ['NODE_ENV=production node scripts/seed.js', 'production'],
    ['deploy --targets=staging,prod', 'prod'],
    ['kubectl --context prod-eu get pods', 'prod'],
    ['kubectl --context=live_1 get pods', 'live'],
    ['npm run deploy:prod', 'prod'],
    ['curl https://api.prod.example.com/v1', 'prod'],
    ['curl https://db-prod-1.example.com', 'prod'],
    ['curl https://user@live.example.com:8443/x', 'live'],
    ['curl https://example.com/?env=production', 'production'],
    ['ssh deploy@prod', 'prod'],
    ['ssh deploy@prod.example.com', 'prod'],
    ['scp file prod:/srv/app', 'prod'],
    ['psql postgres://app@prod-db.example.com/app', 'prod'],
    ['git checkout production', 'production'],
    ['git merge origin/production', 'production'],
    ['git merge refs/heads/live', 'live'],
    ['ｐｒｏｄ', 'prod'],
  ])('hit: %s', (command, token) => {
    expect(hitsProduction(split(command), [])).toBe(token)
  })

  test.each([
    ['git push origin main', 'push to main'],
    ['git push origin master --force', 'push to master'],
    ['git push origin release/2.4', 'push to release/2.4'],
    ['git push origin HEAD:main', 'push to main'],
    ['git push origin +feature:refs/heads/main', 'push to main'],
    ['git push origin :master', 'push to master'],
    ['git -C sub -c push.default=current push origin main', 'push to main'],
    ['/usr/bin/git push origin main', 'push to main'],
    ['git push --mirror', 'push to main'],
    ['git push --all origin', 'push to main'],
    ['git_push branch=main', 'push to main'],
    ['git-force-push main', 'push to main'],
  ])('push: %s', (command, found) => {
    expect(hitsProduction(split(command), [])).toBe(found)
  })

  test('configured names count like the built-in ones', () => {
    const names = ['Acme-Store', 'db.acme.example', 'hotfix/*']
    expect(hitsProduction(split('deploy acme-store'), names)).toBe('acme-store')
    expect(hitsProduction(split('curl https://eu.db.acme.example/'), names)).toBe('db.acme.example')
    expect(hitsProduction(split('git checkout hotfix/7'), names)).toBe('hotfix/7')
    expect(hitsProduction(split('deploy acme-store-docs'), names)).toBeNull()
    expect(hitsProduction(split('git checkout hotfix'), names)).toBeNull()
    expect(hitsProduction(['deploy'], [''])).toBeNull()
  })
})
