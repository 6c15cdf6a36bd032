-- The first schema: records, log, accounts, receipts, and the constraints that hold whoever writes.
-- Everything lives in a schema of its own, so the tables can share a database with those of the application.

create table mission_control.systems (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  operator_mode text not null, bootstrapped_at int8 not null
);

create table mission_control.projects (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  name text not null, slug text not null, description text, time_zone text not null,
  status text not null, operator_mode text not null, policy_defaults jsonb, metadata jsonb
);

create table mission_control.principals (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  kind text not null, display_name text not null, role text not null, project_ids jsonb not null, agent_id text,
  status text not null, totp_enrolled bool not null, last_code_number int8
);

create table mission_control.credentials (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  principal_id text not null, kind text not null, key_id text not null, secret_hash text not null,
  scopes jsonb not null, status text not null, expires_at int8, replaces_id text, last_used_at int8, ceiling jsonb,
  enrollment_id text, opened_by_id text
);

create table mission_control.agents (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  principal_id text not null, name text not null, emoji text, role text not null, is_cao bool not null,
  status text not null, paused_by text, status_reason text, status_changed_by text, drain_requested_at int8,
  workspace_path text not null, allowed_task_types jsonb not null, allowed_tools jsonb, capabilities jsonb not null,
  model jsonb, budget_daily_micros int8 not null, budget_per_run_micros int8 not null,
  can_spawn bool not null, max_sub_agents int8 not null, parent_agent_id text,
  parent_task_id text, purpose text,
  ttl_at int8, retired_at int8, max_concurrent_tasks int8 not null, metadata jsonb
);

-- Written at every heartbeat and never with a change of its one index, so that updates stay on their page.
create table mission_control.liveness (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  last_heartbeat_at int8 not null, silent_at int8, heartbeat_interval_ms int8 not null, health text not null,
  session_key text, current_task_id text, soul_version_hash text, error_streak int8 not null, last_error text
) with (fillfactor = 60);

create table mission_control.workloads (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  active_task_ids jsonb not null, open_runs jsonb not null, recent_runs jsonb not null
) with (fillfactor = 60);

create table mission_control.policies (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  name text not null, version_no int8 not null, scope_type text not null, scope_id text not null,
  state text not null, base_policy_id text, content jsonb not null, notes text
);

create table mission_control.budgets (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  scope_type text not null, scope_id text not null, metric text not null, "window" text not null,
  cap int8, adjustments jsonb not null
);

-- What the indexes are made of comes first: Postgres walks to a column from the front of the row, for each index.
create table mission_control.tasks (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  status text not null, source text not null, source_ref text, claim jsonb, assignee_ids jsonb not null,
  waiting_for jsonb not null,
  priority int8 not null, due_at int8, epoch int8 not null, lapsed_at int8, review_cycles int8 not null,
  submission int8 not null, transition_count int8 not null, estimated_cost_micros int8,
  budget_allocated_micros int8 not null, started_at int8, submitted_at int8, completed_at int8,
  type text not null, created_by text not null, reviewer_id text, parent_task_id text, follow_up_of_id text,
  return_status text, labels jsonb not null, depends_on jsonb not null, worked_by jsonb not null,
  title text not null, description text, blocked_reason text, work_plan jsonb, deliverable jsonb,
  cost_summary jsonb, checklist jsonb, redacted_fields jsonb not null, metadata jsonb
) with (fillfactor = 80);

-- `tx` says in which transaction a move was recorded: the task may follow it only there.
create table mission_control.transitions (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  task_id text not null, seq int8 not null, "from" text not null, "to" text not null, actor jsonb not null,
  reason text, artifacts jsonb not null, policy_version text, approval_id text,
  tx xid8 not null default pg_current_xact_id()
);

create table mission_control.messages (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  task_id text, thread_id text, author jsonb not null, type text not null, content text not null, reply_to_id text,
  mentions jsonb not null, artifacts jsonb not null, edited_at int8, edit_history jsonb not null,
  delivered_at int8, read_at int8,
  redacted_fields jsonb not null
);

create table mission_control.subscriptions (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  task_id text not null, principal_id text not null, agent_id text, is_muted bool not null
);

create table mission_control.direct_threads (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  participants jsonb not null, pair_key text not null, blocked_reason text, unblocked_at int8
);

create table mission_control.agent_documents (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  agent_id text not null, type text not null, key text not null, content text not null, author jsonb not null,
  redacted_fields jsonb not null
);

create table mission_control.agent_document_versions (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  document_id text not null, agent_id text not null, version_no int8 not null, content text not null,
  author jsonb not null, redacted_fields jsonb not null
);

create table mission_control.error_reports (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  source text not null, error_type text not null, message text not null, stack text, context jsonb,
  redacted_fields jsonb not null
);

create table mission_control.performance_stats (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  operation text not null, day text not null, count int8 not null, failures int8 not null, total_ms int8 not null,
  min_ms int8 not null, max_ms int8 not null
) with (fillfactor = 60);

create table mission_control.documents (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  name text not null, type text not null, mime_type text not null, content text, storage_url text,
  size_bytes int8 not null, checksum text not null, task_id text, agent_id text, is_redacted bool not null,
  previous_version_id text
);

create table mission_control.reviews (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  task_id text not null, submission int8 not null, reviewer text not null, verb text not null,
  deliverable_hash text not null, summary text not null, score int8, status text not null, round int8 not null,
  response text, claim text, evidence text, severity text, items jsonb not null, redacted_fields jsonb not null
);

create table mission_control.runs (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  agent_id text not null, task_id text, task_epoch int8, session_key text not null, model text not null,
  reservation_id text not null, status text not null, stop_reason text, started_at int8 not null, ended_at int8,
  lease_until int8 not null, cap_micros int8 not null, input_tokens int8 not null, output_tokens int8 not null,
  cache_read_tokens int8 not null, cache_write_tokens int8 not null, reasoning_tokens int8 not null,
  billed_micros int8 not null, imputed_micros int8 not null, cost_status text, line_count int8 not null,
  error text, redacted_fields jsonb not null
) with (fillfactor = 80);

create table mission_control.usage_lines (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  run_id text not null, call_id text not null, agent_id text not null, task_id text, provider text, model text,
  label text, tokens jsonb not null, billing text not null, billed_micros int8, imputed_micros int8,
  cost_status text not null, price_version text, at int8 not null
);

create table mission_control.reservations (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  run_id text not null, account_ids jsonb not null, amount_micros int8 not null, settled_micros int8 not null,
  base_micros int8 not null, call_holds jsonb not null, call_holds_due_at int8,
  status text not null, expires_at int8 not null
);

create table mission_control.ledger_entries (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  account_id text not null, reservation_id text, kind text not null, reserved int8 not null, settled int8 not null,
  at int8 not null
);

create table mission_control.tool_calls (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  agent_id text not null, run_id text not null, task_id text, task_epoch int8, call_id text not null,
  tool_name text not null, capability text not null, risk_level text not null, decision_id text not null,
  approval_id text, grant_id text, status text not null, decision text not null, payload_hash text not null,
  cwd text, started_at int8, ended_at int8, error text, input_preview text not null, output_preview text,
  input_hash text not null, output_hash text, redacted_fields jsonb not null
);

create table mission_control.decisions (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  action text not null, agent_id text not null, run_id text, task_id text, tool_call_id text, capability text,
  decision text not null, risk_level text not null, reason text not null, violations jsonb not null, facts jsonb,
  approval_id text, hint jsonb, budget jsonb, payload_hash text not null, policy_version text
);

create table mission_control.approvals (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  requester_id text not null, on_behalf_of_agent_id text, task_id text not null, task_epoch int8, run_id text,
  tool_call_id text, covers jsonb not null, risk_level text not null, action_type text not null,
  action_summary text not null, payload jsonb, payload_hash text not null, justification text not null,
  rollback_plan text, estimated_cost_micros int8, policy_version text, expires_at int8 not null,
  ttl_ms int8 not null, escalation_level int8 not null, escalates_at int8, status text not null, required_decisions int8 not null,
  decided_at int8, decisions jsonb not null, max_uses int8 not null, grant_expires_at int8, used_at int8,
  redacted_fields jsonb not null
);

create table mission_control.alerts (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  type text not null, severity text not null, title text not null, description text not null, agent_id text,
  task_id text, run_id text, dedupe_key text not null, count int8 not null, status text not null,
  acknowledged_by text, acknowledged_at int8, resolved_at int8, resolution_note text
);

create table mission_control.notifications (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  target_kind text not null, target_id text not null, channel text not null, type text not null,
  subject text not null, title text not null, body text not null, refs jsonb not null, status text not null, attempts int8 not null,
  max_attempts int8 not null, next_attempt_at int8, send_after int8 not null, expires_at int8 not null,
  last_error text, external_id text, delivered_at int8, acked_at int8, redacted_fields jsonb not null
);

create table mission_control.webhooks (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  url text not null, description text, events jsonb not null, secret_ref text not null, secret_no int8 not null,
  previous_secret_ref text, previous_secret_until int8, status text not null, disabled_reason text, deleted_at int8
);

create table mission_control.webhook_feeds (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null, cursor text, start_at int8 not null, failing_since int8
);

create table mission_control.webhook_deliveries (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  webhook_id text not null, event_id text not null, event_type text not null, body text not null, status text not null,
  attempts int8 not null, next_attempt_at int8, last_status int8, last_error text, delivered_at int8
);

create table mission_control.executors (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  principal_id text not null, name text not null, kind text not null, types jsonb not null, capacity int8 not null,
  cost_weight int8 not null, healthy bool not null, last_seen_at int8 not null, load int8 not null
);

create table mission_control.executions (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  task_id text, requested_by text not null, agent_id text, tool_call_id text, type text not null, executor_kind text,
  status text not null, executor_id text, attempt int8 not null, lease_until int8, epoch int8 not null,
  pending_at int8, payload jsonb, result jsonb, error text, cost_micros int8, dead_letter bool not null,
  redacted_fields jsonb not null
);

create table mission_control.job_leases (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  job text not null, key text not null, owner text not null, lease_until int8 not null, last_run_key text, cursor text
);

create table mission_control.telegram_links (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  telegram_user_id text not null, principal_id text not null, current_project_id text, paired_at int8 not null,
  last_update_id int8 not null, held_update_id int8, held_by text, held_until int8 not null
);

create table mission_control.telegram_codes (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null, project_id text,
  principal_id text not null, code_hash text not null, expires_at int8 not null, used_at int8
);

create table mission_control.telegram_messages (
  id text primary key, version int8 not null, created_at int8 not null, updated_at int8 not null,
  project_id text not null,
  kind text not null, subject text not null, task_id text, chat_id text not null, topic_id int8, message_id int8,
  yes_hash text, no_hash text, verdict text, for_user_id text, shown text, expires_at int8, closed_at int8
);

-- The version of every setting once more, so that proving the five or six that a commit relies on is one look into one
-- table. Kept by triggers. `gate` is the project whose gate fences the setting; null: the installation's.
create table mission_control.setting_versions (
  kind text not null, id text not null, version int8 not null, gate text,
  primary key (kind, id)
);

-- What stands on an account is changed in place and often: room on the page keeps it there.
create table mission_control.accounts (
  id text primary key, reserved int8 not null, settled int8 not null,
  constraint account_is_never_negative check (reserved >= 0 and settled >= 0),
  constraint account_is_exact check (reserved <= 9007199254740991 - settled)
) with (fillfactor = 50);

create table mission_control.receipts (
  project_id text not null, principal_id text not null, command text not null, key text not null,
  request_hash text not null, response jsonb, expires_at int8 not null,
  primary key (project_id, principal_id, command, key)
);

-- The log. `seq` is given before the commit, so it is not the order of commits: readers go by (xid, seq) and stay
-- below the oldest transaction still open.
create table mission_control.events (
  id text primary key, project_id text, kind text not null, subject text not null, time int8 not null,
  actor jsonb not null, task_id text, agent_id text, run_id text, summary text not null, reason text, data jsonb,
  policy_version text, cost_micros int8, traceparent text,
  xid xid8 not null default pg_current_xact_id(), seq int8 not null generated always as identity
);

-- The chain of each log, written by the sealer behind the commits. Rows of their own: an event is never touched again,
-- and a commit pays nothing for the sealing. `log` is the project, or '' for the log of the installation; (xid, place)
-- is the (xid, seq) of the event.
create table mission_control.seals (
  log text not null, seq int8 not null, xid xid8 not null, place int8 not null,
  prev_hash text not null, hash text not null,
  primary key (log, seq)
);

-- Text is compared byte by byte: the same order on every server, and no index to rebuild when a library changes its
-- idea of the alphabet. Said once here instead of at every column.
do $$
declare
  target record;
begin
  for target in
    select c.table_name as name, string_agg(format('alter column %I type text collate "C"', c.column_name), ', ') as changes
    from information_schema.columns c
    where c.table_schema = 'mission_control' and c.data_type = 'text' and c.table_name <> 'migrations'
    group by c.table_name
  loop
    execute format('alter table mission_control.%I %s', target.name, target.changes);
  end loop;
end
$$;
