-- Seals the events from a place up to the last one given, if nobody sealed meanwhile and none of them is left out.
-- VOLATILE in READ COMMITTED, so that after waiting for another sealer it sees what that one did. What stands below the
-- horizon when it was read can get no neighbour later, so the events need no look at the horizon again.
create function mission_control.seal_events(after_xid xid8, after_place int8, given json) returns bool
language plpgsql volatile
set enable_seqscan = off
as $$
declare
  last_xid xid8;
  last_place int8;
begin
  perform pg_advisory_xact_lock(7744, 0);
  if exists (select from mission_control.seals where (xid, place) > (after_xid, after_place)) then
    return false;
  end if;
  if (after_xid, after_place) > ('0'::xid8, 0::int8) and not exists (
    select from mission_control.seals where (xid, place) = (after_xid, after_place)
  ) then
    return false;
  end if;

  select xid, place into last_xid, last_place
  from json_to_recordset(given) as g (xid xid8, place int8) order by xid desc, place desc limit 1;
  if (select count(*) from mission_control.events as e
      where (e.xid, e.seq) > (after_xid, after_place) and (e.xid, e.seq) <= (last_xid, last_place)
    ) <> json_array_length(given) then
    return false;
  end if;

  insert into mission_control.seals (log, seq, xid, place, prev_hash, hash)
  select coalesce(e.project_id, ''), g.seq, e.xid, e.seq, g.prev_hash, g.hash
  from json_to_recordset(given) as g (xid xid8, place int8, seq int8, prev_hash text, hash text)
  join mission_control.events as e on (e.xid, e.seq) = (g.xid, g.place);
  return true;
end
$$;
