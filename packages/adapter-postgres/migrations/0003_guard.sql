-- Who relied on a setting must not commit after it changed, and who changes one must not wait behind the stream of
-- those who rely on it. Row locks give one or the other (FOR SHARE kept an operator's pause waiting for minutes), so
-- settings are fenced by gates: advisory locks that a commit holds shared, and a writer of settings alone. The lock
-- queue is first come, first served: a pause under 28,000 claims a second waits milliseconds.

-- Lock classes of this schema: 7741 gates of settings, 7742 absence of records, 7743 migrations, 7744 sealing.
-- Gate 0 is the installation's. Two projects that share a number only wait for each other now and then.
create function mission_control.gate_of(project text) returns int4 language sql immutable as $$
  select case when project is null then 0 else hashtext(project) end
$$;

-- Takes the gates in an order that is the same for everybody, and gives the numbers of the checks that no longer hold;
-- null when all hold. It must be VOLATILE and the transaction READ COMMITTED: only then does each query below see what
-- was committed while the lock was awaited. (Declared STABLE, or called in REPEATABLE READ, claims passed a pause.)
-- It comes before anything that draws a transaction id, or waiting here would hold back every reader of the log.
create function mission_control.guard(
  project text,           -- the project of the commit; null: the installation
  kinds text[],           -- settings relied upon: kind, id and version, null for one that did not exist
  ids text[],
  versions int8[],
  closes text[],          -- gates to hold alone, because settings behind them are written; '' is the installation's
  inserts text[],         -- tables to which rows are added
  absent_from text[],     -- other records that must not exist, and are not written either: table and id
  absent_ids text[]
) returns int8[] language plpgsql volatile
-- One plan for all calls: left to itself Postgres plans anew for every list, which took half of the time of a commit.
set plan_cache_mode = force_generic_plan
-- A plan made while a table was empty reads all of it, and would be kept while the table grows.
set enable_seqscan = off
as $$
declare
  gates text[] := array_remove(array[project], null);
  elsewhere text[];
  stale int8[];
  present int8[];
  lock record;
  is_there bool;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'a commit needs the isolation level read committed, this is %', current_setting('transaction_isolation')
      using errcode = 'MC001';
  end if;

  if cardinality(closes) = 0 then
    perform pg_advisory_xact_lock_shared(7741, 0), pg_advisory_xact_lock_shared(7741, mission_control.gate_of(project));
  else
    for lock in
      select gate, bool_or(is_closed) as is_closed from (
        values (0, false), (mission_control.gate_of(project), false)
        union all
        select mission_control.gate_of(nullif(c, '')), true from unnest(closes) as c
      ) as wanted (gate, is_closed)
      group by gate order by gate <> 0, gate
    loop
      if lock.is_closed then
        perform pg_advisory_xact_lock(7741, lock.gate);
      else
        perform pg_advisory_xact_lock_shared(7741, lock.gate);
      end if;
    end loop;
  end if;

  -- A row that does not exist cannot be locked. Who relies on its absence without writing it keeps others from adding
  -- to that table until the end of the transaction.
  if cardinality(absent_from) > 0 then
    for lock in
      select name, bool_or(is_closed) as is_closed from (
        select name, false from unnest(inserts) as name union all select name, true from unnest(absent_from) as name
      ) as wanted (name, is_closed)
      group by name order by name
    loop
      if lock.is_closed then
        perform pg_advisory_xact_lock(7742, hashtext(lock.name));
      else
        perform pg_advisory_xact_lock_shared(7742, hashtext(lock.name));
      end if;
    end loop;
    for lock in select name, id, n from unnest(absent_from, absent_ids) with ordinality as a (name, id, n) loop
      execute format('select exists (select from mission_control.%I where id = $1)', lock.name) into is_there using lock.id;
      if is_there then
        present := present || (cardinality(kinds) + lock.n);
      end if;
    end loop;
  elsif cardinality(inserts) > 0 then
    perform pg_advisory_xact_lock_shared(7742, hashtext(name)) from unnest(inserts) as name;
  end if;

  loop
    select
      array_agg(c.n) filter (where seen.version is distinct from c.version),
      array_agg(distinct seen.gate) filter (where seen.gate <> all (gates))
    into stale, elsewhere
    from unnest(kinds, ids, versions) with ordinality as c (kind, id, version, n)
    left join mission_control.setting_versions as seen on seen.kind = c.kind and seen.id = c.id;
    exit when elsewhere is null;
    -- A commit of one project may rely on a setting of another: its gate is taken too, and everything read again.
    perform pg_advisory_xact_lock_shared(7741, mission_control.gate_of(gate)) from unnest(elsewhere) as gate;
    gates := gates || elsewhere;
  end loop;
  return stale || present;
end
$$;

-- Who changes a setting holds its gate alone and says its new version, also when the change does not come through a
-- commit of the adapter. Such a change locks its row before the gate, so it may meet a commit the other way round;
-- then Postgres ends one of the two.
create function mission_control.fence_setting() returns trigger language plpgsql as $$
declare
  setting text := tg_argv[0];
  gate text;
begin
  if tg_op = 'DELETE' then
    gate := case when setting = 'project' then old.id else old.project_id end;
    perform pg_advisory_xact_lock(7741, mission_control.gate_of(gate));
    delete from mission_control.setting_versions where kind = setting and id = old.id;
  else
    gate := case when setting = 'project' then new.id else new.project_id end;
    perform pg_advisory_xact_lock(7741, mission_control.gate_of(gate));
    insert into mission_control.setting_versions (kind, id, version, gate) values (setting, new.id, new.version, gate)
    on conflict (kind, id) do update set version = excluded.version;
  end if;
  return null;
end
$$;

create trigger systems_are_fenced after insert or update or delete on mission_control.systems
  for each row execute function mission_control.fence_setting('system');
create trigger projects_are_fenced after insert or update or delete on mission_control.projects
  for each row execute function mission_control.fence_setting('project');
create trigger principals_are_fenced after insert or update or delete on mission_control.principals
  for each row execute function mission_control.fence_setting('principal');
create trigger agents_are_fenced after insert or update or delete on mission_control.agents
  for each row execute function mission_control.fence_setting('agent');
create trigger policies_are_fenced after insert or update or delete on mission_control.policies
  for each row execute function mission_control.fence_setting('policy');
create trigger budgets_are_fenced after insert or update or delete on mission_control.budgets
  for each row execute function mission_control.fence_setting('budget');

-- What the log holds by now of the events sent, as pairs of a commit's number and whether it is the same event, in the
-- order sent. A plain subquery would look at the moment the statement began, which is before it waited for a row that the first sending of
-- the same commit held.
create function mission_control.logged(ns int4[], sent json) returns json language plpgsql volatile
set enable_seqscan = off
as $$
begin
  return (
    select json_agg(json_build_array(ns[s.ordinality],
      (e.project_id, e.kind, e.subject, e."time", e.actor, e.summary)
        is not distinct from (s.project_id, s.kind, s.subject, s."time", s.actor, s.summary)) order by s.ordinality)
    from rows from (json_populate_recordset(null::mission_control.events, sent)) with ordinality as s
    join mission_control.events as e on e.id = s.id
  );
end
$$;

-- Undoes a commit for which an account has no room after all. True when there is none such.
create function mission_control.have_room(without_room text[]) returns bool language plpgsql volatile as $$
begin
  if cardinality(without_room) > 0 then
    raise exception 'no room on %', array_to_string(without_room, ', ')
      using errcode = 'MC002', detail = to_json(without_room)::text;
  end if;
  return true;
end
$$;
