-- What holds whoever writes, also somebody at a database prompt.

-- Refuses what the trigger is on; its arguments say why.
create function mission_control.refuse() returns trigger language plpgsql as $$
begin
  raise exception '% on %.%: %', lower(tg_op), tg_table_schema, tg_table_name, tg_argv[0]
    using errcode = 'check_violation', constraint = tg_name, schema = tg_table_schema, table = tg_table_name;
end
$$;

-- A task takes a status only in the transaction that records the move. Runs once after each statement, which may write
-- both; somebody who works by hand records the move first.
create function mission_control.require_transition() returns trigger language plpgsql
-- As in the guard: a plan from the time when there were no transitions would read all of them.
set enable_seqscan = off
as $$
declare
  unrecorded record;
begin
  -- Counting looks into the index once per task. Asked with `not exists`, Postgres may read all transitions there are.
  if tg_op = 'INSERT' then
    select n.id, n.status into unrecorded from is_now as n
    where n.status <> 'INBOX' and 0 = (
      select count(*) from mission_control.transitions as t
      where t.task_id = n.id and t."to" = n.status and t.tx = pg_current_xact_id()
    ) limit 1;
  else
    select n.id, n.status into unrecorded from is_now as n join was on was.id = n.id
    where n.status <> was.status and 0 = (
      select count(*) from mission_control.transitions as t
      where t.task_id = n.id and t."to" = n.status and t.tx = pg_current_xact_id()
    ) limit 1;
  end if;
  if found then
    raise exception 'task % may become % only together with its row in mission_control.transitions',
      unrecorded.id, unrecorded.status
      using errcode = 'check_violation', constraint = tg_name, schema = tg_table_schema, table = tg_table_name;
  end if;
  return null;
end
$$;

create trigger task_status_needs_transition after update on mission_control.tasks
  referencing old table as was new table as is_now
  for each statement execute function mission_control.require_transition();
create trigger new_task_status_needs_transition after insert on mission_control.tasks
  referencing new table as is_now
  for each statement execute function mission_control.require_transition();

do $$
declare
  name text;
begin
  foreach name in array array['transitions', 'usage_lines', 'ledger_entries', 'decisions', 'documents',
    'agent_document_versions', 'error_reports'] loop
    execute format(
      'create trigger %I before update or delete or truncate on mission_control.%I
        for each statement execute function mission_control.refuse(%L)',
      name || '_are_append_only', name, 'rows are never changed or removed');
  end loop;

  foreach name in array array['systems', 'projects', 'principals', 'agents', 'policies', 'budgets', 'setting_versions'] loop
    execute format(
      'create trigger %I before truncate on mission_control.%I
        for each statement execute function mission_control.refuse(%L)',
      name || '_are_not_truncated', name, 'commits may rely on these settings');
  end loop;

  -- A change that left the version as it was would go unnoticed by everybody who relied on the row.
  foreach name in array array[
    'systems', 'projects', 'principals', 'credentials', 'agents', 'liveness', 'workloads', 'policies', 'budgets',
    'tasks', 'messages', 'subscriptions', 'reviews', 'runs', 'reservations', 'tool_calls', 'approvals', 'alerts',
    'notifications', 'job_leases', 'executors', 'webhooks', 'webhook_feeds', 'webhook_deliveries',
    'executions', 'direct_threads', 'agent_documents', 'performance_stats',
    'telegram_links', 'telegram_codes', 'telegram_messages'
  ] loop
    execute format(
      'create trigger %I before update on mission_control.%I for each row
        when (new.version <> old.version + 1 or new.id <> old.id or new.project_id is distinct from old.project_id)
        execute function mission_control.refuse(%L)',
      name || '_rise_by_one', name, 'a write raises version by one and leaves id and project_id');
  end loop;
end
$$;

create trigger events_are_append_only before update or delete or truncate on mission_control.events
  for each statement execute function mission_control.refuse('the log is never changed or cut');
create trigger seals_are_append_only before update or delete or truncate on mission_control.seals
  for each statement execute function mission_control.refuse('an event is sealed once');
