-- The one way in which a launch writes to the product.

-- Why a lock was not to be had: the processes that hold the launch's row, its flags, a community or their tables. For the person with psql; whoever
-- can wait on a second connection should ask pg_blocking_pids, which also knows shared row locks.
create function softlaunch.lock_holders(p_launch text) returns integer[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  l softlaunch.launch;
  holders integer[];
begin
  select * into l from softlaunch.launch where id = p_launch;
  -- Whoever locked a whole table is found first: its rows cannot even be read then.
  select array_agg(distinct pid) into holders from pg_locks
  where granted and pid <> pg_backend_pid() and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    and database = (select oid from pg_database where datname = current_database())
    and relation in (to_regclass(l.flag_table), to_regclass(l.community_table), 'softlaunch.launch'::regclass, 'softlaunch.rollback'::regclass);
  if holders is not null then
    return holders;
  end if;
  execute format(
    'select array_agg(distinct k.pid) from (
       select xmax from softlaunch.launch where id = %L
       union all select xmax from %s where %I = any (%L)
       union all select xmax from %s
     ) row_lock join pg_locks k on k.locktype = ''transactionid'' and k.granted and k.pid <> pg_backend_pid() and k.transactionid = row_lock.xmax',
    p_launch, l.flag_table, l.product #>> '{flags,key}',
    array(select key from softlaunch.baseline where launch = p_launch and kind = 'flag'), l.community_table)
    into holders;
  return coalesce(holders, '{}');
end $$;

create function softlaunch.refuse_locked(p_launch text, p_doing text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  holders integer[] := softlaunch.lock_holders(p_launch);
begin
  raise exception '% did not happen: % the rows it needs. Nothing was changed; try again%.', p_doing,
    case cardinality(holders) when 0 then 'somebody locks' else format('process %s locks', array_to_string(holders, ', ')) end,
    case cardinality(holders) when 0 then '' else format(', or end the blocker with "select pg_terminate_backend(%s)"', holders[1]) end
    using errcode = 'SL004', detail = to_jsonb(holders)::text;
end $$;

-- The current value of a community's marker and the rest that a write needs, to stand in a statement; rows locked in the order of their keys, and
-- not against the product's rows that refer to them: a booking in progress holds up nothing.
create function softlaunch.locked_communities_sql(p_launch softlaunch.launch, p_where text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select format('select %1$I::text as key, %2$I::jsonb -> %3$L as marker, %2$I is null as bare, coalesce(%4$s, false) as eligible,
      coalesce(jsonb_typeof(%2$I::jsonb), ''null'') in (''null'', ''object'') as usable
      from %5$s where %6$s order by %1$I for no key update',
    c ->> 'key', c ->> 'settings', c #>> '{inLaunch,setting}',
    (select coalesce(string_agg(format('%I::text = %L', key, value), ' and '), 'true') from jsonb_each_text(coalesce(c -> 'eligible', '{}'))),
    p_launch.community_table, p_where)
  from (select p_launch.product -> 'communities' as c) mapping
$$;

create function softlaunch.community_image(p_marker jsonb, p_bare boolean) returns jsonb
language sql immutable
return jsonb_build_object('bare', p_bare) || case when p_marker is null then '{}' else jsonb_build_object('marker', p_marker) end;

create function softlaunch.is_in(p_launch softlaunch.launch, p_marker jsonb) returns boolean
language sql immutable
return coalesce(p_marker #>> '{}' = p_launch.product #>> '{communities,inLaunch,is}', false);

-- Puts communities in; or takes those out that are in, whose markers go back to what they were before (never to in). Returns how many rows were
-- written.
create function softlaunch.write_communities(p_launch softlaunch.launch, p_keys text[], p_in boolean) returns integer
language plpgsql set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  c jsonb := p_launch.product -> 'communities';
  setting text := c #>> '{inLaunch,setting}';
  count integer;
begin
  if p_in then
    execute format('update %1$s set %2$I = jsonb_set(coalesce(nullif(%2$I::jsonb, ''null''), ''{}''), array[%3$L], %4$L) where %5$I = any (%6$L)',
      p_launch.community_table, c ->> 'settings', setting, to_jsonb(c #>> '{inLaunch,is}'), c ->> 'key', p_keys);
  else
    execute format(
      'update %1$s as t set %2$I = case
         when b.image ? ''marker'' and not softlaunch.is_in($1, b.image -> ''marker'') then jsonb_set(%2$I::jsonb, array[%3$L], b.image -> ''marker'')
         when (b.image -> ''bare'')::boolean and %2$I::jsonb - %3$L = ''{}'' then null
         else %2$I::jsonb - %3$L end
       from unnest(%6$L::text[]) wanted left join softlaunch.baseline b on b.launch = %4$L and b.kind = ''community'' and b.key = wanted
       where t.%5$I::text = wanted and t.%5$I = any (%6$L) and softlaunch.is_in($1, %2$I::jsonb -> %3$L)',
      p_launch.community_table, c ->> 'settings', setting, p_launch.id, c ->> 'key', p_keys) using p_launch;
  end if;
  get diagnostics count = row_count;
  return count;
end $$;

-- How many rows of these communities are in; whoever has just written them wants to know whether the table took it.
create function softlaunch.count_in(p_launch softlaunch.launch, p_keys text[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  c jsonb := p_launch.product -> 'communities';
  count bigint;
begin
  execute format('select count(*) from %s where %I = any (%L) and %I::jsonb ->> %L = %L', p_launch.community_table, c ->> 'key', p_keys,
    c ->> 'settings', c #>> '{inLaunch,setting}', c #>> '{inLaunch,is}') into count;
  return count;
end $$;

create function softlaunch.refuse_untaken(p_table text, p_keys text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The table % did not take the change of %: a trigger or a policy of the product interfered. Nothing was changed.', p_table,
    array_to_string(p_keys[1:5], ', ') || case when cardinality(p_keys) > 5 then ' and others' else '' end using errcode = 'SL007';
end $$;

-- Makes the functions that lock and write the flags of a launch's mapping, and returns the ending of their names. A statement that is put together
-- anew is also planned anew, which takes longer than turning flags off; those of a function are planned once per connection. Whoever changes them in a
-- later migration makes them again for every launch. They are never dropped: a launch that has ended can be rolled back too.
create function softlaunch.prepare_flags(p_launch softlaunch.launch) returns text
language plpgsql as $$
declare
  f jsonb := p_launch.product -> 'flags';
  ending text := left(md5(jsonb_build_array(p_launch.flag_table, f -> 'key', f -> 'on', f -> 'settings')::text), 12);
  key_type text := softlaunch.column_type(p_launch.flag_table, f ->> 'key');
begin
  -- Parameters without names, and columns with their table's: no column of a product can be taken for anything else.
  execute format($function$
    create or replace function softlaunch.%1$I(text[]) returns jsonb language plpgsql as $body$
    begin
      return (
        select coalesce(jsonb_object_agg(key, flag), '{}') from (
          select key, jsonb_build_object('on', bool_or(is_on), 'settings', (array_agg(settings))[1], 'count', count(*)) as flag
          from (select t.%3$I::text as key, coalesce(t.%4$I, false) as is_on, %5$s as settings
                from %2$s t where t.%3$I = any ($1::%6$s[]) order by t.%3$I for no key update) locked
          group by key) flags);
    end $body$
    $function$, 'lock_flags_' || ending, p_launch.flag_table, f ->> 'key', f ->> 'on',
    case when f ->> 'settings' is null then 'null::jsonb' else format('t.%I::jsonb', f ->> 'settings') end, key_type);
  execute format($function$
    create or replace function softlaunch.%1$I(jsonb) returns jsonb language plpgsql as $body$
    begin
      if $1 @? '$.*.settings' then
        update %2$s t set %4$I = (w.flag -> 'on')::boolean %6$s
        from jsonb_each($1) w (key, flag) where t.%3$I = any (array(select jsonb_object_keys($1))::%5$s[]) and t.%3$I::text = w.key;
      else
        update %2$s t set %4$I = (w.flag -> 'on')::boolean
        from jsonb_each($1) w (key, flag) where t.%3$I = any (array(select jsonb_object_keys($1))::%5$s[]) and t.%3$I::text = w.key;
      end if;
      -- Read anew, not returned: a trigger may also change the row after it was written.
      return (
        select coalesce(jsonb_object_agg(written.key, jsonb_build_object('switched', switched, 'why', 'its table did not take the write')), '{}') from (
          select w.key, bool_and(coalesce(t.%4$I, false) = (w.flag -> 'on')::boolean) and count(t.%3$I) > 0 as switched, coalesce(bool_and(%7$s), false) as set
          from jsonb_each($1) w (key, flag)
          left join %2$s t on t.%3$I = any (array(select jsonb_object_keys($1))::%5$s[]) and t.%3$I::text = w.key
          group by w.key
        ) written where not (switched and set));
    end $body$
    $function$, 'write_flags_' || ending, p_launch.flag_table, f ->> 'key', f ->> 'on', key_type,
    -- JSON null stands for SQL null: a row that never had settings gets none. A column that must not be null held JSON's own.
    case when f ->> 'settings' is null then '' else format(
      $set$, %1$I = case when w.flag ? 'settings' then (case when (select c.attnotnull from pg_attribute c where c.attrelid = to_regclass(%2$L) and c.attname = %1$L)
        then w.flag -> 'settings' else nullif(w.flag -> 'settings', 'null') end)::%3$s else t.%1$I end$set$,
      f ->> 'settings', p_launch.flag_table, softlaunch.column_type(p_launch.flag_table, f ->> 'settings')) end,
    case when f ->> 'settings' is null then 'true' else format(
      $set$not w.flag ? 'settings' or coalesce(t.%I::jsonb, 'null') @> (w.flag -> 'settings')$set$, f ->> 'settings') end);
  execute format('revoke all on function softlaunch.%I(text[]), softlaunch.%I(jsonb) from public', 'lock_flags_' || ending, 'write_flags_' || ending);
  return ending;
end $$;

-- A column's type as it can stand in a statement: by its own name, for "character" would mean a single one.
create function softlaunch.column_type(p_table text, p_column text) returns text
language sql stable
return (select format('%I.%I', n.nspname, t.typname) from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
  where a.attrelid = to_regclass(p_table) and a.attname = p_column);

-- Locks flags and returns what they are: {key: {on, settings, count}}.
create function softlaunch.lock_flags(p_launch softlaunch.launch, p_flags text[]) returns jsonb
language plpgsql as $$
declare
  answer jsonb;
begin
  execute format('select softlaunch.%I($1)', 'lock_flags_' || p_launch.flag_functions) into answer using p_flags;
  return answer;
end $$;

-- Writes flags: {key: {on, settings?}}; settings only where they change. Returns what the table did not take, because a trigger or a policy of the
-- product interfered: {key: {"switched": whether on or off was taken at least, "why"}}.
create function softlaunch.write_flags(p_launch softlaunch.launch, p_wanted jsonb) returns jsonb
language plpgsql as $$
declare
  untaken jsonb := '{}';
begin
  if p_wanted <> '{}' then
    execute format('select softlaunch.%I($1)', 'write_flags_' || p_launch.flag_functions) into untaken using p_wanted;
  end if;
  return untaken;
end $$;

-- Whether a feature other than this one, itself not rolled back, has the flag on.
create function softlaunch.used_elsewhere(p_launch text, p_feature text, p_flag text) returns boolean
language sql stable
return exists (
  select from softlaunch.launch_feature other
  where other.launch = p_launch and other.feature <> p_feature and p_flag = any (other.on_flags || other.off_flags || other.setting_flags)
    and not exists (select from softlaunch.rollback r where r.launch = p_launch and r.lifted_at is null and r.scope = 'feature:' || other.feature));

-- Rollbacks that forbid a write of this row on behalf of this scope. A flag that another feature still has on is not covered by a feature's
-- rollback, for that rollback left it on.
create function softlaunch.fences_over(p_launch text, p_scope text, p_fence bigint, p_kind text, p_key text) returns setof softlaunch.rollback
language sql stable set search_path = pg_catalog, pg_temp as $$
  select r.* from softlaunch.rollback r
  where r.launch = p_launch and (r.lifted_at is null or r.fence > p_fence)
    and (r.scope = 'launch' or r.scope = p_scope
      or (p_kind = 'community' and r.scope = 'community:' || p_key)
      or (p_kind = 'flag' and r.scope like 'feature:%' and exists (
        select from softlaunch.launch_feature f where f.launch = p_launch and r.scope = 'feature:' || f.feature
          and (p_key = any (f.off_flags) or (p_key = any (f.on_flags || f.setting_flags) and not softlaunch.used_elsewhere(p_launch, f.feature, p_key))))))
  order by r.fence desc
$$;

-- p_rows: [{kind: 'flag', key, on?, settings?: {name: number}} | {kind: 'community', key, in} | {kind: 'communities', in: true}: all eligible ones].
-- All rows or none, in one transaction. Refusing is an answer, not an error: it is journalled. Turning off is refused by no fence.
create function softlaunch.apply_change(p_launch text, p_operation_key text, p_fence bigint, p_scope text, p_rows jsonb, p_actor text, p_reason text,
  p_at timestamptz) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set row_security = off set lock_timeout = '500ms' as $$
declare
  l softlaunch.launch;
  known softlaunch.change;
  answer jsonb;
begin
  select * into l from softlaunch.launch where id = p_launch for no key update;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  select * into known from softlaunch.change where launch = p_launch and operation_key = p_operation_key;
  if found then
    if known.request <> p_rows or known.scope <> p_scope then
      raise exception 'The operation "%" of launch "%" was asked for before with other rows. Nothing was changed.', p_operation_key, p_launch
        using errcode = 'SL005';
    end if;
    return known.answer || '{"repeated": true}';
  end if;
  perform softlaunch.check_rows(p_rows);

  answer := softlaunch.try_change(l, p_fence, p_scope, p_rows, p_at);
  insert into softlaunch.change (launch, operation_key, scope, fence, actor, reason, at, request, rows, answer)
  values (p_launch, p_operation_key, p_scope, p_fence, p_actor, p_reason, p_at, p_rows, coalesce(answer -> 'rows', '[]'), answer);
  perform softlaunch.write_journal(p_launch, null, p_at, case answer ->> 'outcome' when 'applied' then 'change' else 'change refused' end, p_scope, p_actor,
    case answer ->> 'outcome' when 'applied' then p_reason else format('Refused: %s', answer ->> 'says') end,
    answer || jsonb_build_object('operationKey', p_operation_key, 'reason', p_reason, 'fence', p_fence));
  perform pg_notify('softlaunch', p_launch);
  return answer || '{"repeated": false}';
exception when lock_not_available then
  perform softlaunch.refuse_locked(p_launch, 'The change');
end $$;

-- A mistake of the caller, never of the product.
create function softlaunch.check_rows(p_rows jsonb) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  bad jsonb;
begin
  select value into bad from jsonb_array_elements(p_rows)
  where (case value ->> 'kind'
    when 'flag' then value ? 'key' and coalesce(jsonb_typeof(value -> 'on'), 'boolean') = 'boolean' and coalesce(jsonb_typeof(value -> 'settings'), 'object') = 'object'
      and (value ? 'on' or value ? 'settings')
      and not exists (select from jsonb_each(case jsonb_typeof(value -> 'settings') when 'object' then value -> 'settings' else '{}' end) s where jsonb_typeof(s.value) <> 'number')
    when 'community' then value ? 'key' and jsonb_typeof(value -> 'in') = 'boolean'
    when 'communities' then value -> 'in' = 'true'
    else false end) is not true
  limit 1;
  if found then
    raise exception 'This is no change of a flag or a community: %. Settings are numbers.', bad using errcode = 'SL005';
  end if;
  if (select count(*) <> count(distinct (value ->> 'kind') || ' ' || coalesce(value ->> 'key', '')) from jsonb_array_elements(p_rows)) then
    raise exception 'One change names a row twice.' using errcode = 'SL005';
  end if;
end $$;

create function softlaunch.refusal(p_why text, p_says text, p_detail jsonb default '{}') returns jsonb
language sql immutable
return jsonb_build_object('outcome', 'refused', 'why', p_why, 'says', p_says, 'detail', p_detail);

create function softlaunch.try_change(p_launch softlaunch.launch, p_fence bigint, p_scope text, p_rows jsonb, p_at timestamptz) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  only_off boolean;
  fenced record;
  flags text[];
  flags_now jsonb := '{}';
  flag record;
  community record;
  before jsonb;
  image jsonb;
  wanted jsonb := '{}';
  images jsonb := '{}';
  rows jsonb := '[]';
  skipped jsonb := '[]';
  untaken jsonb;
  answer jsonb;
begin
  if p_launch.ended_at is not null then
    return softlaunch.refusal('ended', format('Launch "%s" ended as %s; it writes nothing any more.', p_launch.id, p_launch.outcome));
  end if;
  select bool_and(case value ->> 'kind' when 'flag' then value -> 'on' = 'false' and not value ? 'settings' else value -> 'in' = 'false' end) is true
    into only_off from jsonb_array_elements(p_rows);
  if not only_off then
    select r.scope, r.actor, r.reason, r.fence, r.lifted_at into fenced
    from jsonb_array_elements(p_rows) w, softlaunch.fences_over(p_launch.id, p_scope, p_fence, w ->> 'kind', w ->> 'key') r
    order by r.fence desc limit 1;
    if found then
      return softlaunch.refusal('fence', format('%s was rolled back by %s (%s)%s.', fenced.scope, fenced.actor, fenced.reason,
        case when fenced.lifted_at is null then '' else ' after this was planned' end), jsonb_build_object('scope', fenced.scope, 'fence', fenced.fence));
    end if;
  end if;

  -- Flags.
  select array_agg(value ->> 'key' order by value ->> 'key') into flags from jsonb_array_elements(p_rows) where value ->> 'kind' = 'flag';
  if flags is not null then
    flags_now := softlaunch.lock_flags(p_launch, flags);
  end if;
  for flag in
    select w ->> 'key' as key, w -> 'on' as on, w -> 'settings' as settings, flags_now -> (w ->> 'key') as now, b.image, b.written
    from jsonb_array_elements(p_rows) w
    left join softlaunch.baseline b on b.launch = p_launch.id and b.kind = 'flag' and b.key = w ->> 'key'
    where w ->> 'kind' = 'flag'
  loop
    if flag.now is null then
      return softlaunch.refusal('no such row', format('There is no flag "%s" in %s.', flag.key, p_launch.flag_table), to_jsonb(flag.key));
    elsif (flag.now ->> 'count')::integer > 1 then
      return softlaunch.refusal('not unique', format('Flag "%s" stands %s times in %s.', flag.key, flag.now ->> 'count', p_launch.flag_table), to_jsonb(flag.key));
    elsif flag.image is null then
      return softlaunch.refusal('not owned', format('Flag "%s" is not among the flags of launch "%s".', flag.key, p_launch.id), to_jsonb(flag.key));
    elsif flag.on = 'true' and flag.now -> 'on' = 'false' and coalesce(flag.written -> 'on', flag.image -> 'on') = 'true' then
      return softlaunch.refusal('turned off by hand', format('Somebody turned flag "%s" off by hand. A manual off is never overwritten.', flag.key), to_jsonb(flag.key));
    elsif flag.settings is not null and p_launch.product #>> '{flags,settings}' is null then
      return softlaunch.refusal('no settings', format('Flag "%s" has no settings: the plan names no column for them.', flag.key), to_jsonb(flag.key));
    elsif flag.settings is not null and coalesce(nullif(jsonb_typeof(flag.now -> 'settings'), 'null'), 'object') <> 'object' then
      return softlaunch.refusal('no settings', format('The settings of flag "%s" are not a JSON object, so nothing can be set in them.', flag.key), to_jsonb(flag.key));
    end if;
    before := flag.now - 'count';
    image := jsonb_strip_nulls(jsonb_build_object('on', coalesce(flag.on, before -> 'on'))) || case when flag.settings is null then '{}'
      else jsonb_build_object('settings', coalesce(nullif(before -> 'settings', 'null'), '{}') || flag.settings) end;
    wanted := wanted || jsonb_build_object(flag.key, image);
    rows := rows || jsonb_build_object('kind', 'flag', 'key', flag.key, 'before', before, 'after', before || image);
    images := images || jsonb_build_object(flag.key, softlaunch.first_image(flag.image, flag.written, before, flag.settings));
  end loop;

  -- Communities by name.
  for flag in select value ->> 'key' as key, (value -> 'in')::boolean as going_in from jsonb_array_elements(p_rows) where value ->> 'kind' = 'community' order by 1 loop
    community := null;
    for community in execute softlaunch.locked_communities_sql(p_launch, format('%I = %L', p_launch.product #>> '{communities,key}', flag.key))
    loop
      if community.key = any (array(select r ->> 'key' from jsonb_array_elements(rows) r where r ->> 'kind' = 'community')) then
        return softlaunch.refusal('not unique', format('Community "%s" stands several times in %s.', flag.key, p_launch.community_table), to_jsonb(flag.key));
      end if;
      answer := softlaunch.community_refusal(p_launch, community.key, community.marker, community.eligible, community.usable, flag.going_in);
      if answer is not null then
        return answer;
      end if;
      rows := rows || jsonb_build_object('kind', 'community', 'key', community.key, 'going in', flag.going_in, 'before', jsonb_build_object('in', softlaunch.is_in(p_launch, community.marker)),
        'image', softlaunch.community_image(community.marker, community.bare), 'after', jsonb_build_object('in', flag.going_in));
    end loop;
    if rows = '[]' or not exists (select from jsonb_array_elements(rows) r where r ->> 'kind' = 'community' and r ->> 'key' = flag.key) then
      return softlaunch.refusal('no such row', format('There is no community "%s" in %s.', flag.key, p_launch.community_table), to_jsonb(flag.key));
    end if;
  end loop;

  -- Nothing stands against it. From here on everything is written, or an error undoes all of it.
  untaken := softlaunch.write_flags(p_launch, wanted);
  if untaken <> '{}' then
    perform softlaunch.refuse_untaken(p_launch.flag_table, array(select jsonb_object_keys(untaken)));
  end if;
  update softlaunch.baseline b set image = i.value,
    written = coalesce(b.written, '{}') || jsonb_strip_nulls(jsonb_build_object('on', w.value -> 'on',
      'settings', nullif(coalesce(b.written -> 'settings', '{}') || coalesce(w.value -> 'settings', '{}'), '{}')))
  from jsonb_array_elements(p_rows) w join jsonb_each(images) i on i.key = w.value ->> 'key'
  where b.launch = p_launch.id and b.kind = 'flag' and b.key = w.value ->> 'key' and w.value ->> 'kind' = 'flag';

  perform softlaunch.put_communities(p_launch, rows, true, p_at);
  perform softlaunch.put_communities(p_launch, rows, false, p_at);
  select coalesce(jsonb_agg(value - 'image' - 'going in'), '[]') into rows from jsonb_array_elements(rows);
  answer := jsonb_build_object('outcome', 'applied', 'rows', rows, 'skipped', '[]'::jsonb);
  if exists (select from jsonb_array_elements(p_rows) where value ->> 'kind' = 'communities') then
    answer := answer || softlaunch.open_to_everyone(p_launch, p_fence, p_at);
  end if;
  return answer;
end $$;

-- The before-image to keep: as registered, or as found at the first write; a setting's when the launch first writes that setting. On stays on only
-- if it was on both times.
create function softlaunch.first_image(p_image jsonb, p_written jsonb, p_before jsonb, p_settings jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case when p_written is null
    then p_before || jsonb_build_object('on', (p_image -> 'on')::boolean and (p_before -> 'on')::boolean)
    -- Settings that were missing altogether stay so remembered, while nobody but the launch has set one.
    else p_image || case when fresh.names is null or jsonb_typeof(p_before -> 'settings') <> 'object'
      or (coalesce(p_image -> 'settings', 'null') = 'null' and not p_before -> 'settings' ?| fresh.names) then '{}' else jsonb_build_object('settings',
      (coalesce(nullif(p_image -> 'settings', 'null'), '{}') - fresh.names)
      || coalesce((select jsonb_object_agg(key, value) from jsonb_each(p_before -> 'settings') e where key = any (fresh.names)), '{}')) end end
  from (
    select array_agg(name) as names from jsonb_object_keys(coalesce(p_settings, '{}')) name where not coalesce(p_written -> 'settings' ? name, false)
  ) fresh
$$;

-- Why a community cannot be written, or null.
create function softlaunch.community_refusal(p_launch softlaunch.launch, p_key text, p_marker jsonb, p_eligible boolean, p_usable boolean, p_going_in boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if not p_usable then
    return softlaunch.refusal('no settings', format('The settings of community "%s" are not a JSON object, so nothing can be set in them.', p_key), to_jsonb(p_key));
  elsif not p_going_in or softlaunch.is_in(p_launch, p_marker) then
    return null;
  elsif exists (select from softlaunch.baseline where launch = p_launch.id and kind = 'community' and key = p_key and written -> 'in' = 'true') then
    return softlaunch.refusal('turned off by hand', format('Somebody took community "%s" out by hand. A manual off is never overwritten.', p_key), to_jsonb(p_key));
  elsif not p_eligible then
    return softlaunch.refusal('not eligible', format('Community "%s" may not take part: it has not %s.', p_key,
      (select string_agg(format('%s = %s', key, value), ', ') from jsonb_each_text(p_launch.product #> '{communities,eligible}'))), to_jsonb(p_key));
  end if;
  return null;
end $$;

-- Writes the communities among these rows that go in (or out), claims them, and remembers what they were.
create function softlaunch.put_communities(p_launch softlaunch.launch, p_rows jsonb, p_in boolean, p_at timestamptz) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  keys text[];
begin
  select array_agg(value ->> 'key') into keys from jsonb_array_elements(p_rows)
  where value ->> 'kind' = 'community' and (value -> 'going in')::boolean = p_in;
  if keys is null then
    return;
  end if;
  insert into softlaunch.claim (kind, product_table, key, launch, claimed_at)
  select 'community', p_launch.community_table, key, p_launch.id, p_at from unnest(keys) key on conflict do nothing;
  insert into softlaunch.baseline as b (launch, kind, key, image, written)
  select p_launch.id, 'community', value ->> 'key', value -> 'image', jsonb_build_object('in', p_in)
  from jsonb_array_elements(p_rows) where value ->> 'key' = any (keys) and value ->> 'kind' = 'community'
  on conflict (launch, kind, key) do update set written = excluded.written;
  perform softlaunch.write_communities(p_launch, keys, p_in);
  if softlaunch.count_in(p_launch, keys) <> (case when p_in then cardinality(keys) else 0 end) then
    perform softlaunch.refuse_untaken(p_launch.community_table, keys);
  end if;
end $$;

-- Every eligible community goes in, but for those that were rolled back or taken out by hand. Set statements: their number may be large, so the
-- rows' images are kept in the baseline only.
create function softlaunch.open_to_everyone(p_launch softlaunch.launch, p_fence bigint, p_at timestamptz) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  found jsonb;
  skipped jsonb;
  opened text[];
begin
  execute format('select coalesce(jsonb_agg(to_jsonb(c)), ''[]'') from (%s) c where c.eligible and c.usable', softlaunch.locked_communities_sql(p_launch, 'true'))
    into found;
  with community as (
    select c ->> 'key' as key, c -> 'marker' as marker, (c -> 'bare')::boolean as bare from jsonb_array_elements(found) c
    where not softlaunch.is_in(p_launch, nullif(c -> 'marker', 'null'))
  ), out_by as (
    select substr(scope, 11) as key, true as rolled_back from softlaunch.rollback
    where launch = p_launch.id and scope like 'community:%' and (lifted_at is null or fence > p_fence)
    union
    select key, false from softlaunch.baseline where launch = p_launch.id and kind = 'community' and written -> 'in' = 'true'
  ), why as (
    select key, case when bool_or(rolled_back) then 'rolled back' else 'turned off by hand' end as why from out_by join community using (key) group by key
  ), remembered as (
    insert into softlaunch.baseline as b (launch, kind, key, image, written)
    select p_launch.id, 'community', key, softlaunch.community_image(nullif(marker, 'null'), bare), '{"in": true}'
    from community where key not in (select key from why)
    on conflict (launch, kind, key) do update set written = excluded.written
    returning key
  ), claimed as (
    insert into softlaunch.claim (kind, product_table, key, launch, claimed_at)
    select 'community', p_launch.community_table, key, p_launch.id, p_at from remembered on conflict do nothing
  )
  select array(select key from remembered),
    coalesce((select jsonb_agg(jsonb_build_object('what', key, 'why', why) order by key) from why), '[]') into opened, skipped;
  perform softlaunch.write_communities(p_launch, opened, true);
  if softlaunch.count_in(p_launch, opened) <> cardinality(opened) then
    perform softlaunch.refuse_untaken(p_launch.community_table, opened);
  end if;
  return jsonb_build_object('opened', cardinality(opened), 'skipped', skipped);
end $$;
