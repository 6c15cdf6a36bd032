-- One index for each lookup of the port, named after it, and the unique keys the store enforces. A name that is taken
-- reaches the caller as the name of the lookup. Left out are lookups that begin like the index of another.

create unique index project_by_slug on mission_control.projects (slug);
create index principal_by_agent on mission_control.principals (agent_id);
create index principals_by_role on mission_control.principals (role);
create unique index credential_by_key_id on mission_control.credentials (key_id);
create index credentials_of_principal on mission_control.credentials (principal_id);
create unique index agent_by_name on mission_control.agents (project_id, name);
create unique index cao_of_project on mission_control.agents (project_id) where is_cao;
-- A GLOBAL policy has no project, and null would let two of them be active at once.
create unique index active_policy on mission_control.policies (coalesce(project_id, ''), name, scope_type, scope_id)
  where state = 'ACTIVE';
create index active_policies on mission_control.policies (project_id) where state = 'ACTIVE';
create unique index policy_versions
  on mission_control.policies (coalesce(project_id, ''), name, scope_type, scope_id, version_no);
create index policies_by_name on mission_control.policies (project_id, name, scope_type, scope_id);
create unique index budget_by_scope on mission_control.budgets (project_id, scope_type, scope_id, metric, "window");
create unique index task_by_source on mission_control.tasks (project_id, source, source_ref)
  where source_ref is not null;
create index tasks_by_status on mission_control.tasks (project_id, status, created_at, id);
-- The queue in the order in which it is taken: nothing is sorted, however much waits.
create index inbox_in_order on mission_control.tasks (project_id, priority nulls first, created_at, id)
  where status = 'INBOX';
-- Most lists are empty, and an empty list need not be found: who looks into one says so. What is written goes into the
-- index at once: a list of what is still to go in would be read whole by every look, which took 20 ms under load.
create index tasks_of_assignee on mission_control.tasks using gin (assignee_ids jsonb_path_ops)
  with (fastupdate = off) where assignee_ids <> '[]';
create index tasks_waiting_for on mission_control.tasks using gin (waiting_for jsonb_path_ops)
  with (fastupdate = off) where waiting_for <> '[]';
create index tasks_by_holder on mission_control.tasks ((claim -> 'agentId')) where claim is not null;
create unique index transitions_of_task on mission_control.transitions (task_id, seq);
create index messages_of_task on mission_control.messages (task_id, created_at, id);
create index messages_of_thread on mission_control.messages (thread_id, created_at, id) where thread_id is not null;
create unique index thread_by_pair on mission_control.direct_threads (project_id, pair_key);
create unique index agent_document_by_key on mission_control.agent_documents (agent_id, type, key);
create unique index versions_of_agent_document
  on mission_control.agent_document_versions (document_id, version_no);
create unique index performance_stat_of_day on mission_control.performance_stats (project_id, operation, day);
create unique index subscription_of on mission_control.subscriptions (task_id, principal_id);
create index subscriptions_of_principal on mission_control.subscriptions (principal_id, created_at, id);
create index documents_of_task on mission_control.documents (task_id, created_at, id);
create unique index open_review_of on mission_control.reviews (task_id, submission, reviewer)
  where status in ('OPEN', 'ESCALATED');
create index reviews_of_task on mission_control.reviews (task_id, created_at, id);
create index runs_of_task on mission_control.runs (task_id, created_at, id);
create index runs_of_session on mission_control.runs (project_id, session_key, created_at, id);
create index runs_of_agent on mission_control.runs (agent_id, created_at, id);
create unique index usage_line_by_call on mission_control.usage_lines (run_id, call_id);
create unique index tool_call_by_call on mission_control.tool_calls (agent_id, run_id, call_id);
create index open_tool_calls_of_run on mission_control.tool_calls (run_id) where status in ('PENDING', 'RUNNING');
create unique index pending_approval on mission_control.approvals (requester_id, task_id, payload_hash)
  where status = 'PENDING';
create index approvals_by_hash on mission_control.approvals (project_id, payload_hash);
-- The payload may be anything an agent sends: only values count, and a text may be longer than an index can hold.
create unique index pending_override_of_account
  on mission_control.approvals (project_id, jsonb_typeof(payload -> 'accountId'), left(payload ->> 'accountId', 500))
  where status = 'PENDING' and action_type = 'BUDGET_OVERRIDE'
    and jsonb_typeof(payload -> 'accountId') in ('string', 'number', 'boolean');
create index pending_approvals on mission_control.approvals (project_id, created_at, id) where status = 'PENDING';
create index approvals_of_task on mission_control.approvals (task_id, created_at, id);
create index decided_approvals_of_agent on mission_control.approvals (on_behalf_of_agent_id, decided_at)
  where decided_at is not null;
create index pending_approvals_of_agent on mission_control.approvals (on_behalf_of_agent_id) where status = 'PENDING';
create unique index open_alert on mission_control.alerts (project_id, dedupe_key)
  where status in ('OPEN', 'ACKNOWLEDGED');
create index alerts_by_key on mission_control.alerts (project_id, dedupe_key, created_at, id);
create unique index executor_by_name on mission_control.executors (project_id, name);
create index execution_of_tool_call on mission_control.executions (tool_call_id) where tool_call_id is not null;
create index executions_in_hand on mission_control.executions (executor_id, created_at, id)
  where status in ('ASSIGNED', 'IN_PROGRESS');
create index executions_page on mission_control.executions (project_id, created_at, id);
create index execution_leases on mission_control.executions (lease_until) where lease_until is not null;
create index pending_executions on mission_control.executions (pending_at) where pending_at is not null;
create index webhooks_of_project on mission_control.webhooks (project_id, created_at, id);
create index active_webhooks on mission_control.webhooks (created_at, id) where status = 'ACTIVE';
create index webhook_deliveries_page on mission_control.webhook_deliveries (webhook_id, created_at, id);
create index due_webhook_deliveries on mission_control.webhook_deliveries (webhook_id, next_attempt_at)
  where status = 'PENDING';
create unique index job_lease on mission_control.job_leases (job, key);
create unique index telegram_link_by_user on mission_control.telegram_links (telegram_user_id);
create index telegram_links_of_principal on mission_control.telegram_links (principal_id);
create unique index telegram_code_by_hash on mission_control.telegram_codes (code_hash);
create index telegram_message_in_chat on mission_control.telegram_messages (chat_id, message_id);
create index telegram_messages_of_subject on mission_control.telegram_messages (subject, created_at, id);
create unique index telegram_message_by_yes on mission_control.telegram_messages (yes_hash) where yes_hash is not null;
create unique index telegram_message_by_no on mission_control.telegram_messages (no_hash) where no_hash is not null;
create index open_telegram_messages on mission_control.telegram_messages (kind, created_at, id)
  where closed_at is null;
create index sub_agents_of_task on mission_control.agents (parent_task_id) where parent_task_id is not null;
create index retiring_agents on mission_control.agents (ttl_at) where ttl_at is not null;
create index children_of_agent on mission_control.agents (parent_agent_id) where parent_agent_id is not null;
create index agents_of_project_by_status on mission_control.agents (project_id, status, created_at, id);
create index open_runs_of_project on mission_control.runs (project_id, created_at, id) where status = 'RUNNING';
create index agents_by_status on mission_control.agents (status, created_at, id);
create index latest_failures_of_agent on mission_control.tool_calls (agent_id, created_at, id)
  where status = 'FAILED';
create index equal_calls_of_run on mission_control.tool_calls (run_id, tool_name, input_hash);
create index equal_notifications
  on mission_control.notifications (target_id, channel, type, subject, created_at, id);
create index unacked_notifications on mission_control.notifications (target_id, acked_at, created_at, id);

-- Lists for people: newest first within a project.
create index agents_page on mission_control.agents (project_id, created_at, id);
create index tasks_page on mission_control.tasks (project_id, created_at, id);
create index messages_page on mission_control.messages (project_id, created_at, id);
create index documents_page on mission_control.documents (project_id, created_at, id);
create index runs_page on mission_control.runs (project_id, created_at, id);
create index tool_calls_page on mission_control.tool_calls (project_id, created_at, id);
create index decisions_page on mission_control.decisions (project_id, created_at, id);
create index approvals_page on mission_control.approvals (project_id, created_at, id);
create index agent_documents_page on mission_control.agent_documents (project_id, created_at, id);
create index threads_page on mission_control.direct_threads (project_id, created_at, id);
create index error_reports_page on mission_control.error_reports (project_id, created_at, id);
create index alerts_page on mission_control.alerts (project_id, created_at, id);
create index notifications_page on mission_control.notifications (project_id, created_at, id);
create index usage_lines_by_time on mission_control.usage_lines (project_id, at);
create index ledger_entries_of_account on mission_control.ledger_entries (account_id, at, id);

-- What jobs look for: whatever is due, in all projects.
create index silent_agents on mission_control.liveness (silent_at);
create index task_leases on mission_control.tasks ((claim -> 'leaseUntil')) where claim is not null;
create index waiting_tasks on mission_control.tasks (created_at, id) where status = 'NEEDS_APPROVAL';
create index run_leases on mission_control.runs (lease_until) where status = 'RUNNING';
create index call_holds_due on mission_control.reservations (call_holds_due_at) where call_holds_due_at is not null;
create index expiring_approvals on mission_control.approvals (expires_at) where status = 'PENDING';
create index escalating_approvals on mission_control.approvals (escalates_at)
  where status = 'PENDING' and escalates_at is not null;
create index expiring_notifications on mission_control.notifications (expires_at) where status = 'PENDING';
create index open_cards on mission_control.notifications (channel, created_at, id)
  where status = 'SENT' and type = 'APPROVAL_REQUESTED';
create index due_notifications on mission_control.notifications (next_attempt_at) where status = 'PENDING';
create index expired_receipts on mission_control.receipts (expires_at);

-- The log, in the order it is read, and as timelines of a project, a task and an agent.
create unique index events_in_order on mission_control.events (xid, seq);
create index events_of_project on mission_control.events (project_id, xid, seq);
create index events_of_task on mission_control.events (task_id, xid, seq) where task_id is not null;
create index events_of_agent on mission_control.events (agent_id, xid, seq) where agent_id is not null;
create unique index seals_in_order on mission_control.seals (xid, place);
