-- How a launch comes into being: all its checks at once, and its claims with it.

-- A table's name as it can stand in a statement. Spelling is taken literally, so "public.FeatureFlag" needs no quotes; without a schema it is public.
create function softlaunch.relation_name(p_table text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  parts text[] := case when p_table like '%"%' then parse_ident(p_table) else string_to_array(p_table, '.') end;
begin
  return case cardinality(parts)
    when 1 then format('public.%I', parts[1])
    when 2 then format('%I.%I', parts[1], parts[2])
  end;
end $$;

-- Who called, from inside a function that runs as its owner.
create function softlaunch.caller() returns name
language sql stable
return case current_setting('role') when 'none' then session_user else current_setting('role')::name end;

-- The columns a mapping names: which are written, and which types they may have.
create function softlaunch.mapped_columns(p_product jsonb) returns table (product_table text, column_name text, written boolean, types text[])
language sql stable set search_path = pg_catalog, pg_temp as $$
  select softlaunch.relation_name(p_product #>> '{flags,table}'), c.name, c.written, c.types
  from (values
    (p_product #>> '{flags,key}', false, null),
    (p_product #>> '{flags,on}', true, '{boolean}'::text[]),
    (p_product #>> '{flags,settings}', true, '{jsonb,json}'::text[])
  ) c (name, written, types)
  where c.name is not null
  union all
  select softlaunch.relation_name(p_product #>> '{communities,table}'), c.name, c.written, c.types
  from (
    values
      (p_product #>> '{communities,key}', false, null),
      (p_product #>> '{communities,name}', false, null),
      (p_product #>> '{communities,settings}', true, '{jsonb,json}'::text[])
    union all
    select column_name, false, null from jsonb_object_keys(coalesce(p_product #> '{communities,eligible}', '{}')) as e (column_name)
  ) c (name, written, types)
  where c.name is not null
$$;

-- For the product's owner, once: lets the worker register launches on these tables without any right of its own on them.
create function softlaunch.allow_product(p_product jsonb) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into softlaunch.product_column (product_table, column_name)
  select product_table, column_name from softlaunch.mapped_columns(p_product)
  on conflict do nothing
$$;

-- Without this, whoever may register a launch could have any table written as the owner, by calling it a table of flags.
create function softlaunch.may_use(p_caller name, p_table text, p_column text, p_write boolean) returns boolean
language sql stable
return exists (select from softlaunch.product_column c where c.product_table = p_table and c.column_name = p_column)
  or (has_column_privilege(p_caller, p_table, p_column, 'select') and (not p_write or has_column_privilege(p_caller, p_table, p_column, 'update')));

create function softlaunch.mapping_problems(p_product jsonb, p_caller name) returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  with tables as (
    select path, p_product #>> array[path, 'table'] as said, softlaunch.relation_name(p_product #>> array[path, 'table']) as name
    from (values ('flags'), ('communities')) t (path)
  ), known as (
    select *, to_regclass(name) as id, split_part(name, '.', 1) in ('softlaunch', 'pg_catalog', 'information_schema') as ours from tables
  ), columns as (
    select m.*, a.attname is not null as found, format_type(a.atttypid, null) as type
    from softlaunch.mapped_columns(p_product) m
    join known k on k.name = m.product_table and k.id is not null and not k.ours
    left join pg_attribute a on a.attrelid = k.id and a.attname = m.column_name and a.attnum > 0 and not a.attisdropped
  ), problems as (
    select format('There is no table %s.', said) as problem from known where id is null
    union all
    select format('%s is no table of a product.', said) from known where ours
    union all
    select format('Table %s has no column %s.', product_table, column_name) from columns where not found
    union all
    select format('Column %s of %s is of type %s; it must be %s.', column_name, product_table, type, array_to_string(types, ' or '))
    from columns where found and type <> all (types)
    union all
    select format('Role %s has no right to use column %s of %s. Its owner can allow it with softlaunch.allow_product.', p_caller, column_name, product_table)
    from columns where case when found then not softlaunch.may_use(p_caller, product_table, column_name, written) end
    union all
    -- A trigger runs with the rights of whoever writes the table, and that is the owner of these functions.
    select format('Role %s may add triggers to %s, and they would run with the rights of %s. Take that right away, or register as %3$s.', p_caller, name, current_user)
    from known join pg_class t on t.oid = known.id
    where not ours and not pg_has_role(p_caller, current_user, 'member')
      and (has_table_privilege(p_caller, known.id, 'trigger') or pg_has_role(p_caller, t.relowner, 'member'))
  )
  select coalesce(array_agg(problem order by problem), '{}') from problems
$$;

-- Whether each of these rows is there exactly once, by the mapping's key column.
create function softlaunch.row_problems(p_what text, p_table text, p_key text, p_keys text[]) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  problems text[];
begin
  execute format(
    'select coalesce(array_agg(case count when 0
       then format(''There is no %1$s "%%s" in %%s; it has %%s.'', wanted, $2, coalesce((select string_agg(key, '', '') from (
         select distinct %2$I::text as key from %3$s order by 1 limit 20) k), ''none''))
       else format(''%5$s "%%s" stands %%s times in %%s; it must be there once.'', wanted, count, $2) end order by wanted), ''{}'')
     from (select wanted, count(f.key) as count from unnest($1) wanted left join (select %2$I::text as key from %3$s) f on f.key = wanted
           group by wanted) c
     where count <> 1', p_what, p_key, p_table, null, initcap(p_what))
    into problems using p_keys, p_table;
  return problems;
end $$;

-- What the product's rows say against starting: missing rows, violated guards, communities that the first flag would open at once.
create function softlaunch.start_problems(p_launch softlaunch.launch, p_flags text[], p_guards jsonb, p_communities text[]) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  flags jsonb := p_launch.product -> 'flags';
  communities jsonb := p_launch.product -> 'communities';
  problems text[];
  found text[];
begin
  problems := softlaunch.row_problems('flag', p_launch.flag_table, flags ->> 'key', p_flags || array(select jsonb_object_keys(p_guards)))
    || softlaunch.row_problems('community', p_launch.community_table, communities ->> 'key', p_communities);
  execute format(
    'select array_agg(format(''Flag "%%s" must stay %%s for the whole launch, and is %%s.'', key, case when must_be::boolean then ''on'' else ''off'' end,
       case when must_be::boolean then ''off'' else ''on'' end) order by key)
     from jsonb_each_text($1) g (key, must_be) join %s f on f.%I::text = g.key where coalesce(f.%I, false) <> must_be::boolean',
    p_launch.flag_table, flags ->> 'key', flags ->> 'on') into found using p_guards;
  problems := problems || coalesce(found, '{}');
  execute format(
    'select array_agg(key order by key) from (select %I::text as key from %s where %I::jsonb ->> %L = %L order by 1 limit 6) c',
    communities ->> 'key', p_launch.community_table, communities ->> 'settings', communities #>> '{inLaunch,setting}', communities #>> '{inLaunch,is}')
    into found;
  if found is not null then
    problems := problems || format('Marked as in the launch before it began: %s%s. The first flag would open them at once. Remove %s from their settings, or give this launch a marker of its own.',
      array_to_string(found[1:5], ', '), case when cardinality(found) > 5 then ' and more' else '' end, communities #>> '{inLaunch,setting}');
  end if;
  return problems;
end $$;

-- Raises when somebody else owns what the launch wants, or guards what it would change.
create function softlaunch.claim_for_launch(p_launch softlaunch.launch, p_flags text[], p_guards text[], p_communities text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  taken record;
begin
  with wanted as (
    select 'flag' as kind, p_launch.flag_table as product_table, unnest(p_flags) as key
    union all select 'community', p_launch.community_table, unnest(p_communities)
    union all select 'communities', p_launch.community_table, ''
  ), conflicts as (
    select c.kind, c.product_table, c.key, c.launch, 'owned' as how from softlaunch.claim c join wanted using (kind, product_table, key)
    union all
    select 'flag', l.flag_table, g.flag, l.id, 'guarded'
    from softlaunch.launch_guard g join softlaunch.launch l on l.id = g.launch and l.ended_at is null and l.id <> p_launch.id
    where l.flag_table = p_launch.flag_table and g.flag = any (p_flags)
    union all
    select c.kind, c.product_table, c.key, c.launch, 'owned' from softlaunch.claim c
    where c.kind = 'flag' and c.product_table = p_launch.flag_table and c.key = any (p_guards) and c.launch <> p_launch.id
  )
  -- A flag or a community tells more than the whole table.
  select * into taken from conflicts order by kind = 'communities', kind, key limit 1;
  if found then
    raise exception '% is % by launch "%", which is running. End that launch first, or leave this out of the plan.',
      case taken.kind when 'communities' then format('The table of communities %s', taken.product_table)
        else format('%s "%s" of %s', initcap(taken.kind), taken.key, taken.product_table) end, taken.how, taken.launch
      using errcode = 'SL002', detail = jsonb_build_object('kind', taken.kind, 'key', taken.key, 'table', taken.product_table, 'owner', taken.launch)::text;
  end if;
  insert into softlaunch.claim (kind, product_table, key, launch, claimed_at)
  select 'flag', p_launch.flag_table, key, p_launch.id, p_launch.started_at from unnest(p_flags) key
  union all select 'community', p_launch.community_table, key, p_launch.id, p_launch.started_at from unnest(p_communities) key
  union all select 'communities', p_launch.community_table, '', p_launch.id, p_launch.started_at;
end $$;

create function softlaunch.refuse_launch(p_problems text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The launch cannot start. %', array_to_string(p_problems, ' ') using errcode = 'SL001', detail = to_jsonb(p_problems)::text;
end $$;

-- p: {launch, planHash, plan, source, title, workflowId, product, features: {name: {on, off, settings}}, guards: {flag: boolean}, communities,
-- startedAt, actor}. Everything or nothing; the same again gives the same answer.
create function softlaunch.register_launch(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set row_security = off set lock_timeout = '5s' as $$
declare
  l softlaunch.launch;
  flags text[];
  guards jsonb := coalesce(p -> 'guards', '{}');
  communities text[] := array(select jsonb_array_elements_text(coalesce(p -> 'communities', '[]')));
  problems text[];
begin
  -- One registration at a time: what is free when looked at is still free when taken.
  lock table softlaunch.claim in share row exclusive mode;
  select * into l from softlaunch.launch where id = p ->> 'launch';
  if found then
    if l.ended_at is not null then
      perform softlaunch.refuse_launch(array[format('Launch "%s" ended as %s on %s. Give the new one another id.', l.id, l.outcome, l.ended_at::date)]);
    elsif l.plan_hash <> p ->> 'planHash' then
      perform softlaunch.refuse_launch(array[format('Launch "%s" is running under another version of its plan (%s). End it first, or give the new one another id.', l.id, left(l.plan_hash, 12))]);
    end if;
    return jsonb_build_object('launch', l.id, 'fence', l.fence, 'startedAt', softlaunch.instant_ms(l.started_at), 'repeated', true);
  end if;

  problems := softlaunch.mapping_problems(p -> 'product', softlaunch.caller());
  if cardinality(problems) > 0 then
    perform softlaunch.refuse_launch(problems);
  end if;
  l.id := p ->> 'launch';
  l.product := p -> 'product';
  l.flag_table := softlaunch.relation_name(l.product #>> '{flags,table}');
  l.community_table := softlaunch.relation_name(l.product #>> '{communities,table}');
  l.started_at := to_timestamp((p ->> 'startedAt')::double precision / 1000);
  select array(select distinct flag from jsonb_each(p -> 'features') f (feature, parts), jsonb_each(parts) b (part, names),
    jsonb_array_elements_text(names) flag order by 1) into flags;
  problems := softlaunch.start_problems(l, flags, guards, communities);
  if cardinality(problems) > 0 then
    perform softlaunch.refuse_launch(problems);
  end if;

  insert into softlaunch.plan (hash, plan, source) values (p ->> 'planHash', p -> 'plan', p ->> 'source') on conflict do nothing;
  insert into softlaunch.launch (id, plan_hash, title, workflow_id, product, flag_table, community_table, flag_functions, started_at)
  values (l.id, p ->> 'planHash', p ->> 'title', p ->> 'workflowId', l.product, l.flag_table, l.community_table, softlaunch.prepare_flags(l), l.started_at);
  insert into softlaunch.launch_feature (launch, feature, on_flags, off_flags, setting_flags)
  select l.id, feature, array(select jsonb_array_elements_text(parts -> 'on')), array(select jsonb_array_elements_text(parts -> 'off')),
    array(select jsonb_array_elements_text(parts -> 'settings'))
  from jsonb_each(p -> 'features') f (feature, parts);
  insert into softlaunch.launch_guard (launch, flag, must_be) select l.id, key, value::boolean from jsonb_each_text(guards);
  perform softlaunch.claim_for_launch(l, flags, array(select jsonb_object_keys(guards)), communities);
  -- From here on, a flag that somebody turns on or off by hand is noticed, even before the launch's own first write.
  execute format('insert into softlaunch.baseline (launch, kind, key, image) select %L, ''flag'', key, image from %s', l.id,
    softlaunch.flag_images(l, flags));
  perform softlaunch.write_journal(l.id, null, l.started_at, 'launch', 'launch', p ->> 'actor', format('Launch "%s" registered.', p ->> 'title'),
    jsonb_build_object('planHash', p ->> 'planHash', 'flags', flags, 'workflowId', p ->> 'workflowId'));
  return jsonb_build_object('launch', l.id, 'fence', 0, 'startedAt', p -> 'startedAt', 'repeated', false);
end $$;

-- A subquery with the flags' keys and images, to stand in a statement.
create function softlaunch.flag_images(p_launch softlaunch.launch, p_flags text[]) returns text
language sql stable
return format('(select %1$I::text as key, jsonb_build_object(''on'', coalesce(%2$I, false), ''settings'', %3$s) as image from %4$s where %1$I = any (%5$L)) flag',
  p_launch.product #>> '{flags,key}', p_launch.product #>> '{flags,on}',
  case when p_launch.product #>> '{flags,settings}' is null then 'null::jsonb' else format('%I::jsonb', p_launch.product #>> '{flags,settings}') end,
  p_launch.flag_table, p_flags);
