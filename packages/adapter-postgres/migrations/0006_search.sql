-- Text without the difference of upper and lower case, as the core folds it. The columns are compared byte by byte, and
-- under that collation only ASCII has a lower case; so the best Unicode collation of the server is taken, which is built
-- in from version 17 on.
do $$
declare
  best text;
begin
  select collname into best from pg_catalog.pg_collation
  where collname in ('pg_c_utf8', 'und-x-icu') order by collname <> 'pg_c_utf8' limit 1;
  execute format(
    'create function mission_control.folded(said text) returns text language sql immutable parallel safe
      return translate(lower(said collate pg_catalog.%I), %L, %L) collate "C"',
    coalesce(best, 'default'), 'ς', 'σ');
end
$$;

-- The text with blanks for everything that stands between words, and around it.
create function mission_control.as_words(said text) returns text language sql immutable parallel safe
  return ' ' || translate(said, ' !"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 33)) || ' ';
