-- What the product says now, against what the launch left there.

-- Rows {kind, key, what, expected, found}: what somebody did by hand. Writes nothing and locks nothing; two statements on the product.
create function softlaunch.drift(p_launch text) returns table (kind text, key text, what text, expected jsonb, found jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  l softlaunch.launch;
  c jsonb;
begin
  select * into l from softlaunch.launch where id = p_launch;
  -- Not "found": that is a column here.
  if l.id is null then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  c := l.product -> 'communities';
  return query execute format(
    'with now as (select * from %1$s), flag as (
       select b.key, coalesce(b.written -> ''on'', b.image -> ''on'') as "on", b.written -> ''settings'' as settings, now.image as now
       from softlaunch.baseline b left join now on now.key = b.key where b.launch = %2$L and b.kind = ''flag''
     )
     select ''flag'', key, ''row deleted'', jsonb_build_object(''on'', "on"), null::jsonb from flag where now is null
     union all
     select ''flag'', key, case when "on" = ''true'' then ''turned off by hand'' else ''turned on by hand'' end, "on", now -> ''on'' from flag where now -> ''on'' <> "on"
     union all
     select ''flag'', format(''%%s.%%s'', flag.key, s.key), ''setting changed'', s.value, now -> ''settings'' -> s.key
     from flag, jsonb_each(settings) s where now is not null and now -> ''settings'' -> s.key is distinct from s.value
     union all
     select ''flag'', g.flag, case when now.key is null then ''row deleted'' else ''guard violated'' end, to_jsonb(g.must_be), now.image -> ''on''
     from softlaunch.launch_guard g left join now on now.key = g.flag
     where g.launch = %2$L and now.image -> ''on'' is distinct from to_jsonb(g.must_be)',
    softlaunch.flag_images(l, array(select b.key from softlaunch.baseline b where b.launch = p_launch and b.kind = 'flag'
      union select g.flag from softlaunch.launch_guard g where g.launch = p_launch)), p_launch);
  return query execute format(
    'select ''community'', coalesce(b.key, now.key),
       case when now.key is null then ''row deleted'' when coalesce(now.is_in, false) then ''turned on by hand'' else ''turned off by hand'' end,
       to_jsonb(coalesce(b.is_in, false)), to_jsonb(now.is_in)
     from (select key, coalesce((written -> ''in'')::boolean, false) as is_in from softlaunch.baseline where launch = %1$L and kind = ''community'') b
     full join (select %2$I::text as key, coalesce(%3$I::jsonb ->> %4$L = %5$L, false) as is_in from %6$s) now on now.key = b.key
     where coalesce(b.is_in, false) <> coalesce(now.is_in, false) or now.key is null',
    p_launch, c ->> 'key', c ->> 'settings', c #>> '{inLaunch,setting}', c #>> '{inLaunch,is}', l.community_table);
end $$;

-- Takes what somebody did by hand as it is: expected from now on. The launch remembers who chose so.
create function softlaunch.adopt(p_launch text, p_kind text, p_key text, p_actor text, p_reason text, p_command_id text, p_at timestamptz) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set row_security = off set lock_timeout = '500ms' as $$
declare
  d record;
  flag text;
begin
  perform from softlaunch.launch where id = p_launch for no key update;
  if exists (select from softlaunch.journal where launch = p_launch and entry_key = 'adopt ' || p_command_id) then
    return '{"adopted": true, "repeated": true}';
  end if;
  select * into d from softlaunch.drift(p_launch) f where f.kind = p_kind and f.key = p_key and f.what not in ('row deleted', 'guard violated');
  if not found then
    return '{"adopted": false, "repeated": false}';
  end if;
  if p_kind = 'community' then
    insert into softlaunch.baseline as b (launch, kind, key, image, written)
    values (p_launch, 'community', p_key, '{"bare": false}', jsonb_build_object('in', d.found))
    on conflict on constraint baseline_pkey do update set written = excluded.written;
    insert into softlaunch.claim (kind, product_table, key, launch, claimed_at)
    select 'community', community_table, p_key, id, p_at from softlaunch.launch where id = p_launch on conflict do nothing;
  elsif d.what = 'setting changed' then
    -- The longest flag that this can be a setting of: names may contain dots.
    select b.key into flag from softlaunch.baseline b where b.launch = p_launch and b.kind = 'flag' and starts_with(p_key, b.key || '.')
      and b.written -> 'settings' ? substr(p_key, length(b.key) + 2) order by length(b.key) desc limit 1;
    update softlaunch.baseline b set written = jsonb_set(b.written, '{settings}', (b.written -> 'settings') - substr(p_key, length(flag) + 2)
      || case when d.found is null then '{}' else jsonb_build_object(substr(p_key, length(flag) + 2), d.found) end)
    where b.launch = p_launch and b.kind = 'flag' and b.key = flag;
  else
    update softlaunch.baseline b set written = coalesce(b.written, '{}') || jsonb_build_object('on', d.found)
    where b.launch = p_launch and b.kind = 'flag' and b.key = p_key;
  end if;
  perform softlaunch.write_journal(p_launch, 'adopt ' || p_command_id, p_at, 'drift adopted', case p_kind when 'community' then 'community:' || p_key else 'launch' end,
    p_actor, p_reason, to_jsonb(d));
  return '{"adopted": true, "repeated": false}';
end $$;

-- What stands in the product now: the launch's flags and how many communities are in (by name as far as they are few).
create function softlaunch.read_back(p_launch text) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  l softlaunch.launch;
  c jsonb;
  flags jsonb;
  communities jsonb;
begin
  select * into l from softlaunch.launch where id = p_launch;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  c := l.product -> 'communities';
  execute format('select coalesce(jsonb_agg(jsonb_build_object(''key'', key) || image order by key), ''[]'') from %s',
    softlaunch.flag_images(l, array(select b.key from softlaunch.baseline b where b.launch = p_launch and b.kind = 'flag'))) into flags;
  execute format('select jsonb_build_object(''count'', count(*), ''first'', coalesce(jsonb_agg(key order by key) filter (where n <= 100), ''[]''))
    from (select %1$I::text as key, row_number() over (order by %1$I) as n from %2$s where %3$I::jsonb ->> %4$L = %5$L) inside',
    c ->> 'key', l.community_table, c ->> 'settings', c #>> '{inLaunch,setting}', c #>> '{inLaunch,is}') into communities;
  return jsonb_build_object('flags', flags, 'communities', communities -> 'first', 'communitiesIn', communities -> 'count');
end $$;
