import type { RiskLevel } from './types.ts'

/** Capability, its risk, and the tool names that mean it. OpenClaw's names stand beside common ones. */
const TOOLS: readonly (readonly [capability: string, risk: RiskLevel, names: string])[] = [
  ['fs.read', 'GREEN', 'read ls read_file view list_files list_dir glob grep search'],
  ['fs.write', 'YELLOW', 'write edit apply_patch write_file edit_file create_file rename_file'],
  ['fs.delete', 'YELLOW', 'delete_file'],
  ['shell.exec', 'YELLOW', 'exec bash terminal shell shell_exec run_command'],
  ['process.control', 'YELLOW', 'process'],
  ['code.exec', 'RED', 'code_execution'],
  ['net.search', 'GREEN', 'web_search x_search'],
  ['net.fetch', 'GREEN', 'web_fetch fetch'],
  ['net.request', 'YELLOW', 'http http_request network_call'],
  ['browser.use', 'YELLOW', 'browser'],
  ['device.control', 'RED', 'computer nodes mobile_ui'],
  ['message.send', 'RED', 'message conversations_send conversations_turn send_message send_email'],
  ['social.publish', 'RED', 'post_social post_linkedin tweet publish github_publish'],
  ['agent.message', 'YELLOW', 'sessions_send sessions'],
  ['agent.spawn', 'YELLOW', 'sessions_spawn subagents spawn_agent'],
  [
    'session.read',
    'GREEN',
    `sessions_list sessions_history sessions_search sessions_yield session_status conversations_list agents_list
     agents_wait get_goal tool_search tool_describe github_identity_status`,
  ],
  [
    'plan.write',
    'GREEN',
    `create_goal update_goal progress_card heartbeat_respond suggest_task dismiss_task think analyze_data
     generate_draft create_doc post_comment`,
  ],
  ['memory.read', 'GREEN', 'memory_search memory_get'],
  ['human.ask', 'GREEN', 'ask_user'],
  ['media.read', 'GREEN', 'view_image pdf tts'],
  ['media.generate', 'YELLOW', 'image_generate music_generate video_generate'],
  ['ui.present', 'GREEN', 'canvas screen theme dashboard show_widget'],
  ['cron.modify', 'YELLOW', 'cron automations modify_cron'],
  // `gateway` counts as configuring unless its action is known to only read.
  ['gateway.read', 'YELLOW', ''],
  ['gateway.configure', 'RED', 'gateway plugins openclaw skill_workshop'],
  ['vcs.commit', 'YELLOW', 'git_commit create_branch'],
  ['vcs.push', 'YELLOW', 'git_push'],
  ['vcs.force_push', 'RED', 'git_force_push'],
  ['package.install', 'YELLOW', 'install_deps'],
  ['db.read', 'GREEN', 'read_db query_db'],
  ['db.write', 'RED', 'database_write drop_table'],
  ['secret.read', 'RED', 'secrets access_secrets read_env'],
  ['execution.request', 'YELLOW', ''],
  ['deploy', 'RED', 'deploy deploy_prod'],
  ['prod.configure', 'RED', 'modify_prod_config'],
  ['payment', 'RED', 'payment'],
  ['external.write', 'RED', 'external_api_write'],
]

export const DEFAULT_TOOL_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  TOOLS.flatMap(([capability, _, names]) =>
    names.split(/\s+/).flatMap((name) => (name === '' ? [] : [[name, capability] as const])),
  ),
)

export const DEFAULT_RISKS: Readonly<Record<string, RiskLevel>> = Object.fromEntries(
  TOOLS.map(([capability, risk]) => [capability, risk] as const),
)
