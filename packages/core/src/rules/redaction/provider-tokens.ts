import { isVaried, looksDrawn } from './values.ts'

/** How the tokens of one provider look: a fixed beginning and what follows it. */
export interface TokenShape {
  readonly kind: string
  readonly prefix: string
  /** Sticky; what follows the prefix. It must give up or succeed within a bounded stretch. */
  readonly body: RegExp
  /** Whether the prefix is telling enough to be found inside a longer word too. */
  readonly isFoundInside: boolean
  readonly isLikely: (body: string) => boolean
}

/** A body is read this far before it is judged; what follows in the same run belongs to it. */
export const BODY_CHARS_MAX = 200

interface ShapeOptions {
  /** The prefix also begins ordinary words, so what follows must look drawn at random. */
  readonly isCommonPrefix?: boolean
}

function shapes(kind: string, prefixes: string, body: string, options: ShapeOptions = {}): TokenShape[] {
  const isCommon = options.isCommonPrefix === true
  return prefixes.split(' ').map((prefix) => ({
    kind,
    prefix,
    body: new RegExp(body.replaceAll(',}', `,${BODY_CHARS_MAX}}`), 'y'),
    isFoundInside: !isCommon && prefix.length >= 3 && /[_-]$/.test(prefix),
    isLikely: isCommon ? looksDrawn : isVaried,
  }))
}

// The alphabets are wider and the lengths shorter than the providers promise: a token that changes a little must not slip through.
const ALNUM = '[A-Za-z0-9]'
const URL64 = '[A-Za-z0-9_-]'
const NO_MORE = '(?![A-Za-z0-9])'
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
const COMMON = { isCommonPrefix: true }

/** Tokens that are known by how they begin. Prefixes are separated by spaces. */
export const TOKEN_SHAPES: readonly TokenShape[] = [
  // Ours
  ...shapes('mission-control', 'mc_live_ mc_test_', `${URL64}{16,}`),
  // Code hosting, packages and builds
  ...shapes('github', 'ghp_ gho_ ghu_ ghs_ ghr_', `${ALNUM}{20,}`),
  ...shapes('github', 'github_pat_', '[A-Za-z0-9_]{20,}'),
  ...shapes(
    'gitlab',
    'glpat- gldt- glft- glsoat- glrt- glrtr- glcbt- glptt- glimt- glagent- gloas- glffct-',
    `${URL64}{16,}(?:\\.[0-9a-z]{2,}){0,3}`,
  ),
  ...shapes('bitbucket', 'ATBB', `${ALNUM}{24,}`),
  ...shapes('atlassian', 'ATATT3 ATCTT3', '[A-Za-z0-9_=-]{40,}'),
  ...shapes('npm', 'npm_', `${ALNUM}{30,}`),
  ...shapes('pypi', 'pypi-', `${URL64}{32,}`),
  ...shapes('rubygems', 'rubygems_', `${ALNUM}{32,}`),
  ...shapes('crates', 'cio', `${ALNUM}{32}${NO_MORE}`, COMMON),
  ...shapes('nuget', 'oy2', `${ALNUM}{43}${NO_MORE}`, COMMON),
  ...shapes('docker', 'dckr_pat_ dckr_oat_', `${URL64}{20,}`),
  ...shapes('clojars', 'CLOJARS_', `${ALNUM}{40,}`),
  ...shapes('artifactory', 'AKCp', `${ALNUM}{60,}`),
  ...shapes('artifactory', 'cmVmdGtuOjAxOj', `${ALNUM}{20,}`),
  ...shapes('circleci', 'CCIPAT_', `${URL64}{20,}`),
  ...shapes('buildkite', 'bkua_', `${ALNUM}{30,}`),
  ...shapes('sonar', 'squ_ sqp_ sqa_', `${ALNUM}{32,}`),
  ...shapes('sourcegraph', 'sgp_', '[A-Za-z0-9_]{32,}'),
  ...shapes('openshift', 'sha256~', `${URL64}{40,}`),
  ...shapes('pulumi', 'pul-', `${ALNUM}{40}${NO_MORE}`, COMMON),
  // Models
  ...shapes('anthropic', 'sk-ant-', `${URL64}{20,}`, COMMON),
  ...shapes('openrouter', 'sk-or-', `${URL64}{20,}`, COMMON),
  ...shapes('langfuse', 'sk-lf-', UUID),
  ...shapes('openai', 'sk-proj- sk-svcacct- sk-admin- sk-None-', `${URL64}{20,}`, COMMON),
  ...shapes('api-key', 'sk-', `${URL64}{16,}`, COMMON),
  ...shapes('hugging-face', 'hf_ api_org_', `${ALNUM}{24,}`),
  ...shapes('replicate', 'r8_', `${ALNUM}{30,}`),
  ...shapes('groq', 'gsk_', `${ALNUM}{30,}`),
  ...shapes('xai', 'xai-', `${ALNUM}{30,}`),
  ...shapes('perplexity', 'pplx-', `${ALNUM}{24,}`),
  ...shapes('cerebras', 'csk-', `${ALNUM}{30,}`, COMMON),
  ...shapes('fireworks', 'fw_', `${ALNUM}{20,}`, COMMON),
  ...shapes('nvidia', 'nvapi-', `${URL64}{40,}`),
  ...shapes('tavily', 'tvly-', `${URL64}{20,}`),
  ...shapes('firecrawl', 'fc-', `${ALNUM}{32}${NO_MORE}`, COMMON),
  ...shapes('langsmith', 'lsv2_pt_ lsv2_sk_', '[A-Za-z0-9_]{30,}'),
  ...shapes('pinecone', 'pcsk_', '[A-Za-z0-9_]{40,}'),
  ...shapes('e2b', 'e2b_', `${ALNUM}{32,}`),
  ...shapes('voyage', 'pa-', `${URL64}{40,}`, COMMON),
  // Clouds
  ...shapes('aws', 'AKIA ASIA ABIA ACCA', `[A-Z0-9]{16,20}${NO_MORE}`),
  ...shapes('aws', 'ABSK', '[A-Za-z0-9+/]{60,}={0,2}'),
  ...shapes('google', 'AIza', `${URL64}{30,}`),
  ...shapes('google', 'GOCSPX-', `${URL64}{20,}`),
  ...shapes('google', 'ya29.', '[A-Za-z0-9._-]{20,}'),
  ...shapes('google', '1//', `${URL64}{30,}`, COMMON),
  ...shapes('amazon', 'amzn.mws.', `${URL64}{30,}`),
  ...shapes('alibaba', 'LTAI', `${ALNUM}{12,30}${NO_MORE}`, COMMON),
  ...shapes('tencent', 'AKID', `${ALNUM}{32,40}${NO_MORE}`, COMMON),
  ...shapes('yandex', 'y0_ AQVN', `${URL64}{30,}`),
  ...shapes('digitalocean', 'dop_v1_ doo_v1_ dor_v1_', `${ALNUM}{32,}`),
  ...shapes('cloudflare', 'v1.0-', `${ALNUM}{16,40}-${ALNUM}{80,}`, COMMON),
  ...shapes('cloudflare', 'cfut_ cfat_', `${URL64}{30,}`),
  ...shapes('heroku', 'HRKU-', `${URL64}{30,}`),
  ...shapes('fly', 'fm1_ fm2_ fm1a_ fm1r_ fo1_', '[A-Za-z0-9+/_=-]{30,}'),
  ...shapes('netlify', 'nfp_ nfc_ nfo_', `${ALNUM}{30,}`),
  ...shapes('vercel', 'vcp_ vci_ vca_ vcr_ vck_ vercel_blob_rw_', '[A-Za-z0-9_]{20,}'),
  ...shapes('render', 'rnd_', `${ALNUM}{24,}`, COMMON),
  ...shapes('databricks', 'dapi', `${ALNUM}{32}(?:-\\d{1,2})?${NO_MORE}`, COMMON),
  ...shapes('tailscale', 'tskey-', `${URL64}{20,}`),
  ...shapes('vault', 'hvs. hvb. hvr.', `${URL64}{20,}`),
  ...shapes('vault', 's.', `${ALNUM}{24}${NO_MORE}`, COMMON),
  ...shapes('doppler', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.', '[A-Za-z0-9._-]{30,}'),
  ...shapes('1password', 'ops_', `${URL64}{60,}={0,2}`),
  // Data
  ...shapes('supabase', 'sbp_ sb_secret_', `${URL64}{20,}`),
  ...shapes('planetscale', 'pscale_tkn_ pscale_pw_ pscale_oauth_', '[A-Za-z0-9._-]{30,}'),
  ...shapes('neon', 'napi_', `${ALNUM}{30,}`),
  ...shapes('mongodb', 'mdb_sa_sk_', `${URL64}{30,}`),
  ...shapes('airtable', 'pat', `${ALNUM}{14}\\.[0-9a-zA-Z]{32,}`),
  ...shapes('notion', 'secret_', `${ALNUM}{43}${NO_MORE}`, COMMON),
  ...shapes('notion', 'ntn_', `${ALNUM}{30,}`),
  ...shapes('contentful', 'CFPAT-', `${URL64}{30,}`),
  ...shapes('elastic', 'essu_', '[A-Za-z0-9+/=_-]{30,}'),
  // Watching
  ...shapes('sentry', 'sntrys_ sntryu_', '[A-Za-z0-9+/=_-]{30,}'),
  ...shapes('grafana', 'glc_ glsa_', '[A-Za-z0-9+/=_]{30,}'),
  ...shapes('new-relic', 'NRAK- NRII- NRAL- NRIQ-', `${URL64}{20,}`),
  ...shapes('posthog', 'phx_ phr_', `${ALNUM}{30,}`),
  ...shapes('dynatrace', 'dt0c01. dt0s01. dt0s02. dt0s16.', `${ALNUM}{8,40}\\.${ALNUM}{40,}`),
  ...shapes('launchdarkly', 'sdk-', UUID),
  // Talking
  ...shapes(
    'slack',
    'xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xoxe.xoxp- xoxe.xoxb- xapp-',
    '[A-Za-z0-9%-]{10,}',
    COMMON,
  ),
  ...shapes('twilio', 'SK', `${ALNUM}{32}${NO_MORE}`, COMMON),
  ...shapes('sendgrid', 'SG.', `${URL64}{14,64}\\.${URL64}{14,}`),
  ...shapes('mailgun', 'key-', `[0-9a-zA-Z]{32}${NO_MORE}`, COMMON),
  ...shapes('brevo', 'xkeysib- xsmtpsib-', `${URL64}{40,}`),
  ...shapes('resend', 're_', `${ALNUM}{6,16}_${ALNUM}{16,}`, COMMON),
  ...shapes('twitch', 'oauth:', `[a-z0-9]{30}${NO_MORE}`, COMMON),
  ...shapes('matrix', 'syt_', '[A-Za-z0-9+/=_]{20,}', COMMON),
  ...shapes('facebook', 'EAA', `${ALNUM}{60,}`),
  ...shapes('twitter', 'AAAAAAAAAAAAAAAAAAAAA', `${ALNUM}{4,80}%[0-9A-F]{2}[A-Za-z0-9%]{20,}`),
  // Work
  ...shapes('linear', 'lin_api_ lin_oauth_ lin_wh_', `${ALNUM}{24,}`),
  ...shapes('figma', 'figd_ figo_ figu_', `${URL64}{24,}`),
  ...shapes('asana', '1/', `\\d{12,20}:${ALNUM}{32}`),
  ...shapes('trello', 'ATTA', `${ALNUM}{50,}`),
  ...shapes('hubspot', 'pat-na1- pat-na2- pat-eu1-', UUID),
  ...shapes('typeform', 'tfp_', `${URL64}{30,}`),
  ...shapes('apify', 'apify_api_', `${ALNUM}{24,}`),
  ...shapes('postman', 'PMAK-', `${URL64}{40,}`),
  ...shapes('readme', 'rdme_', `${ALNUM}{40,}`),
  ...shapes('dropbox', 'sl.', '[A-Za-z0-9._-]{60,}', COMMON),
  // Money and shops
  ...shapes('stripe', 'sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_', `${URL64}{10,}`),
  ...shapes('webhook-secret', 'whsec_', '[A-Za-z0-9+/=_-]{20,}'),
  ...shapes('shopify', 'shpat_ shpca_ shppa_ shpss_ shprka_', `${ALNUM}{24,}`),
  ...shapes('square', 'sq0atp- sq0csp-', `${URL64}{20,}`),
  ...shapes('square', 'EAAA', `${URL64}{60,}`),
  ...shapes('paypal', 'access_token$', `(?:production|sandbox)\\$${ALNUM}{16}\\$${ALNUM}{32}`),
  ...shapes('plaid', 'access-sandbox- access-development- access-production-', UUID),
  ...shapes('flutterwave', 'FLWSECK- FLWSECK_TEST- FLWPUBK_TEST-', `${ALNUM}{12,}`),
  ...shapes('shippo', 'shippo_live_ shippo_test_', `${ALNUM}{32,}`),
  ...shapes('duffel', 'duffel_live_ duffel_test_', `${URL64}{30,}`),
  ...shapes('easypost', 'EZAK EZTK', `${ALNUM}{54}${NO_MORE}`),
  // Keys and passwords with a shape of their own
  ...shapes('elevenlabs', 'sk_', `${ALNUM}{32,}`, COMMON),
  ...shapes('mapbox', 'sk.', 'eyJ[A-Za-z0-9_-]{20,120}\\.[A-Za-z0-9_-]{10,}'),
  ...shapes('paseto', 'v1. v2. v3. v4.', '(?:local|public)\\.[A-Za-z0-9_-]{40,}'),
  ...shapes('age', 'AGE-SECRET-KEY-1', `${ALNUM}{20,}`),
  ...shapes('private-key', 'LS0tLS1CRUdJTiB', '(?!DRVJU|QVUJMSUM|QVUJM)[A-Za-z0-9+/]{40,}={0,2}'),
  ...shapes('password-hash', '$2a$ $2b$ $2y$', '\\d\\d\\$[./A-Za-z0-9]{53}'),
  ...shapes('password-hash', '$argon2id$ $argon2i$ $argon2d$', '[A-Za-z0-9$=,+/]{40,}'),
  ...shapes('password-hash', '$5$ $6$ $y$', '[./A-Za-z0-9$=]{40,}'),
]
