-- The way back.

-- Says of each of these settings of a flag why it stays as it is.
create function softlaunch.not_restored(p_flag text, p_written jsonb, p_why text) returns jsonb
language sql immutable
return coalesce((select jsonb_agg(jsonb_build_object('what', format('%s.%s', p_flag, name), 'why', p_why) order by name)
  from jsonb_object_keys(coalesce(p_written, '{}')) name), '[]');

-- Settings as they were before, where they still are what the launch wrote: {"settings", "restored": ["flag.name"], "kept": [{"what", "why"}]}; kept
-- ones were changed by somebody since, and stay.
create function softlaunch.restored_settings(p_flag text, p_now jsonb, p_image jsonb, p_written jsonb) returns jsonb
language plpgsql immutable as $$
declare
  settings jsonb := p_now;
  restored jsonb := '[]';
  kept jsonb := '[]';
  setting record;
begin
  for setting in select key, value, p_image -> 'settings' -> key as before from jsonb_each(p_written) order by key loop
    if jsonb_typeof(p_now) is distinct from 'object' or p_now -> setting.key is distinct from setting.value then
      kept := kept || jsonb_build_object('what', format('%s.%s', p_flag, setting.key),
        'why', 'somebody changed it by hand to ' || coalesce((p_now -> setting.key)::text, 'nothing'));
      continue;
    end if;
    settings := case when setting.before is null then settings - setting.key else jsonb_set(settings, array[setting.key], setting.before) end;
    restored := restored || to_jsonb(format('%s.%s', p_flag, setting.key));
  end loop;
  -- A row that never had settings has none again.
  if settings = '{}' and restored <> '[]' and coalesce(p_image -> 'settings', 'null') = 'null' then
    settings := 'null';
  end if;
  return jsonb_build_object('settings', settings, 'restored', restored, 'kept', kept);
end $$;

-- Writes as much as the product lets it: what interferes with one flag, or with settings, must not keep the others on. Answers like write_flags.
create function softlaunch.write_flags_as_far_as_possible(p_launch softlaunch.launch, p_wanted jsonb) returns jsonb
language plpgsql as $$
declare
  flag record;
  untaken jsonb := '{}';
  why text;
begin
  begin
    return softlaunch.write_flags(p_launch, p_wanted);
  exception
    when lock_not_available or transaction_rollback then raise;
    when others then null;
  end;
  for flag in select key, value as wanted, jsonb_build_object(key, value) as whole, jsonb_build_object(key, value - 'settings') as switch from jsonb_each(p_wanted) order by key loop
    begin
      untaken := untaken || softlaunch.write_flags(p_launch, flag.whole);
      continue;
    exception
      when lock_not_available or transaction_rollback then raise;
      when others then why := sqlerrm;
    end;
    begin
      untaken := untaken || coalesce(nullif(softlaunch.write_flags(p_launch, flag.switch), '{}'),
        jsonb_build_object(flag.key, jsonb_build_object('switched', true, 'why', format('its table refused the write: %s', why))));
    exception
      when lock_not_available or transaction_rollback then raise;
      when others then
        untaken := untaken || jsonb_build_object(flag.key, jsonb_build_object('switched', false, 'why', format('its table refused the write: %s', sqlerrm)));
    end;
  end loop;
  return untaken;
end $$;

create function softlaunch.owned_by_another(p_launch softlaunch.launch, p_flag text) returns boolean
language sql stable
return exists (select from softlaunch.claim c
  where c.kind = 'flag' and c.product_table = p_launch.flag_table and c.key = p_flag and c.launch <> p_launch.id);

-- Turns a launch's flags back: those of the feature, or all. Off switches go off, whatever happened before; other flags go back to what they were,
-- only ever towards off. Statements of fixed number, whatever the number of communities.
create function softlaunch.turn_back_flags(p_launch softlaunch.launch, p_feature text) returns jsonb
language plpgsql as $$
declare
  flags text[];
  switches text[];
  turning_on text[];
  flags_now jsonb;
  flag record;
  goes_on boolean;
  back jsonb;
  settings jsonb;
  wanted jsonb := '{}';
  expected jsonb := '{}';
  turned_off text[] := '{}';
  already_off text[] := '{}';
  restored jsonb := '{}';
  left_on jsonb := '[]';
  not_restored jsonb := '[]';
  untaken jsonb;
  still_on text[] := '{}';
begin
  select array_agg(name) filter (where part = 'off'), array_agg(name) filter (where part = 'on'), array_agg(name)
    into switches, turning_on, flags
  from softlaunch.launch_feature, lateral (
    select 'off' as part, unnest(off_flags) as name union all select 'on', unnest(on_flags) union all select 'settings', unnest(setting_flags)
  ) of_feature
  where launch = p_launch.id and (p_feature is null or feature = p_feature);
  flags_now := softlaunch.lock_flags(p_launch, flags);
  for flag in
    select key, image, written, flags_now -> key as now, flags_now #> array[key, 'on'] = 'true' as is_on,
      coalesce(key = any (switches), false) as switch, coalesce(key = any (turning_on), false) as turned_on
    from softlaunch.baseline where launch = p_launch.id and kind = 'flag' and key = any (flags)
    order by key
  loop
    if flag.now is null then
      not_restored := not_restored || jsonb_build_object('what', flag.key, 'why', 'its row is gone');
      continue;
    elsif p_feature is not null and not flag.switch and softlaunch.used_elsewhere(p_launch.id, p_feature, flag.key) then
      if flag.is_on then
        left_on := left_on || jsonb_build_object('what', flag.key, 'why', 'another feature needs it');
      end if;
      not_restored := not_restored || softlaunch.not_restored(flag.key, flag.written -> 'settings', 'another feature needs its flag');
      continue;
    end if;
    goes_on := flag.is_on and not flag.switch and (not flag.turned_on and flag.written -> 'on' is null or (flag.image -> 'on')::boolean);
    if goes_on then
      left_on := left_on || jsonb_build_object('what', flag.key, 'why', 'it was on before the launch');
    elsif flag.is_on then
      turned_off := turned_off || flag.key;
    elsif flag.switch or flag.turned_on then
      already_off := already_off || flag.key;
    end if;
    settings := null;
    if flag.written ? 'settings' then
      if p_launch.ended_at is not null and softlaunch.owned_by_another(p_launch, flag.key) then
        not_restored := not_restored || softlaunch.not_restored(flag.key, flag.written -> 'settings', 'another launch owns its flag now');
      else
        back := softlaunch.restored_settings(flag.key, flag.now -> 'settings', flag.image, flag.written -> 'settings');
        not_restored := not_restored || (back -> 'kept');
        if back -> 'restored' <> '[]' then
          restored := restored || jsonb_build_object(flag.key, back -> 'restored');
          settings := back -> 'settings';
        end if;
      end if;
    end if;
    if settings is not null then
      wanted := wanted || jsonb_build_object(flag.key, jsonb_build_object('on', goes_on, 'settings', settings));
    elsif flag.is_on <> goes_on then
      wanted := wanted || jsonb_build_object(flag.key, jsonb_build_object('on', goes_on));
    end if;
    expected := expected || jsonb_build_object(flag.key, jsonb_build_object('on', goes_on));
  end loop;

  untaken := softlaunch.write_flags_as_far_as_possible(p_launch, wanted);
  if untaken <> '{}' then
    not_restored := not_restored || (select jsonb_agg(jsonb_build_object('what', key, 'why', value ->> 'why')) from jsonb_each(untaken));
    restored := restored - array(select jsonb_object_keys(untaken));
    still_on := array(select key from jsonb_each(untaken) where value -> 'switched' = 'false' and key = any (turned_off) order by key);
    turned_off := array(select unnest(turned_off) except select unnest(still_on) order by 1);
  end if;
  -- What could not be put back is remembered, so that the next try can.
  update softlaunch.baseline b set written = e.value || case when untaken ? b.key and b.written ? 'settings'
    then jsonb_build_object('settings', b.written -> 'settings') else '{}' end
  from jsonb_each(expected) e where b.launch = p_launch.id and b.kind = 'flag' and b.key = e.key;
  return jsonb_build_object('turnedOff', turned_off, 'alreadyOff', already_off,
    'restored', array(select jsonb_array_elements_text(value) from jsonb_each(restored) order by key), 'leftOn', left_on,
    'notRestored', not_restored, 'stillOn', still_on);
end $$;

-- Takes one community out.
create function softlaunch.turn_back_community(p_launch softlaunch.launch, p_community text) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
  community record;
  was_in boolean;
  still_in boolean;
  why text := 'its table did not take the write';
  known text;
begin
  for community in execute softlaunch.locked_communities_sql(p_launch, format('%I = %L', p_launch.product #>> '{communities,key}', p_community)) loop
    was_in := coalesce(was_in, false) or softlaunch.is_in(p_launch, community.marker);
  end loop;
  if was_in is null then
    select string_agg(format('"community:%s"', key), ', ' order by key) into known
    from (select key from softlaunch.baseline where launch = p_launch.id and kind = 'community' limit 20) c;
    raise exception 'There is no community "%" in %. Launch "%" has written: %.', p_community, p_launch.community_table, p_launch.id, coalesce(known, 'none')
      using errcode = 'SL003';
  end if;
  begin
    perform softlaunch.write_communities(p_launch, array[p_community], false);
  exception
    when lock_not_available or transaction_rollback then raise;
    when others then why := format('its table refused the write: %s', sqlerrm);
  end;
  for community in execute softlaunch.locked_communities_sql(p_launch, format('%I = %L', p_launch.product #>> '{communities,key}', p_community)) loop
    still_in := coalesce(still_in, false) or softlaunch.is_in(p_launch, community.marker);
  end loop;
  update softlaunch.baseline set written = '{"in": false}' where launch = p_launch.id and kind = 'community' and key = p_community;
  return jsonb_build_object('turnedOff', case when was_in and not still_in then jsonb_build_array(p_community) else '[]' end,
    'alreadyOff', case when was_in then '[]' else jsonb_build_array(p_community) end, 'restored', '[]'::jsonb, 'leftOn', '[]'::jsonb,
    'notRestored', case when still_in then jsonb_build_array(jsonb_build_object('what', p_community, 'why', why)) else '[]' end,
    'stillOn', case when still_in then jsonb_build_array(p_community) else '[]' end);
end $$;

-- Turns a scope off ("launch", "feature:<name>" or "community:<slug>") and raises the fence; never turns anything on. Works on a launch that has
-- ended too, and whatever else is broken. The same command id again gives the same answer and does nothing; left out, it is a new one. From psql:
--   select softlaunch.roll_back('carpool-v2', 'launch', 'seats are overbooked', 'omar', 'cmd-1');
create function softlaunch.roll_back(p_launch text, p_scope text, p_reason text, p_actor text, p_command_id text default null, p_at timestamptz default now())
returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set row_security = off set lock_timeout = '500ms' as $$
declare
  l softlaunch.launch;
  known softlaunch.rollback;
  feature text;
  answer jsonb;
begin
  -- Whoever leaves something out in a hurry is still obeyed.
  p_reason := coalesce(p_reason, 'no reason given');
  p_actor := coalesce(p_actor, softlaunch.caller());
  p_command_id := coalesce(p_command_id, gen_random_uuid()::text);
  p_at := coalesce(p_at, now());
  select * into l from softlaunch.launch where id = p_launch for no key update;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  select * into known from softlaunch.rollback where launch = p_launch and command_id = p_command_id;
  if found then
    if known.scope <> p_scope then
      raise exception 'The command "%" was given before, for scope "%". Give this one an id of its own.', p_command_id, known.scope using errcode = 'SL005';
    end if;
    return known.answer || '{"repeated": true}';
  end if;

  if p_scope = 'launch' then
    answer := softlaunch.turn_back_flags(l, null);
  elsif p_scope like 'community:%' then
    answer := softlaunch.turn_back_community(l, substr(p_scope, 11));
  else
    select f.feature into feature from softlaunch.launch_feature f where f.launch = p_launch and 'feature:' || f.feature = p_scope;
    if not found then
      raise exception 'Launch "%" has no scope "%". It has "launch"%, and "community:<slug>".', p_launch, p_scope,
        (select string_agg(format(', "feature:%s"', f.feature), '' order by f.feature) from softlaunch.launch_feature f where f.launch = p_launch)
        using errcode = 'SL003';
    end if;
    answer := softlaunch.turn_back_flags(l, feature);
  end if;

  answer := jsonb_build_object('commandId', p_command_id, 'scope', p_scope, 'fence', l.fence + 1) || answer;
  insert into softlaunch.rollback (launch, scope, command_id, fence, reason, actor, at, answer, state)
  values (p_launch, p_scope, p_command_id, l.fence + 1, p_reason, p_actor, p_at, answer, case when answer -> 'stillOn' = '[]' then 'ordered' else 'stuck' end);
  perform softlaunch.write_journal(p_launch, null, p_at, 'rollback', p_scope, p_actor, p_reason, answer || jsonb_build_object('role', softlaunch.caller()),
    l.fence + 1);
  perform pg_notify('softlaunch', p_launch);
  return answer || '{"repeated": false}';
exception when lock_not_available then
  perform softlaunch.refuse_locked(p_launch, 'The rollback');
end $$;

-- After reading back: whether a rollback is proven done. A stuck one can still become restored.
create function softlaunch.settle_rollback(p_launch text, p_command_id text, p_state text, p_says text, p_actor text, p_at timestamptz) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  known softlaunch.rollback;
begin
  perform from softlaunch.launch where id = p_launch for no key update;
  select * into known from softlaunch.rollback where launch = p_launch and command_id = p_command_id;
  if not found then
    raise exception 'Launch "%" has no rollback with the command id "%".', p_launch, p_command_id using errcode = 'SL003';
  end if;
  if known.state = p_state and known.settled_at is not null then
    return jsonb_build_object('state', p_state, 'repeated', true);
  end if;
  update softlaunch.rollback set state = p_state, settled_at = p_at where launch = p_launch and command_id = p_command_id;
  perform softlaunch.write_journal(p_launch, null, p_at, 'rollback ' || p_state, known.scope, p_actor, p_says, jsonb_build_object('commandId', p_command_id));
  perform pg_notify('softlaunch', p_launch);
  return jsonb_build_object('state', p_state, 'repeated', false);
end $$;

-- Lets a scope be written again, by writes planned from now on: they must carry the number returned. Rollbacks of other scopes stay in force.
create function softlaunch.lift_fence(p_launch text, p_scope text, p_actor text, p_reason text, p_command_id text, p_at timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  l softlaunch.launch;
  known bigint;
  lifted bigint;
begin
  select * into l from softlaunch.launch where id = p_launch for no key update;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  elsif l.ended_at is not null then
    raise exception 'Launch "%" ended as %; it cannot be resumed.', p_launch, l.outcome using errcode = 'SL006';
  end if;
  select (detail ->> 'fence')::bigint into known from softlaunch.journal where launch = p_launch and entry_key = format('lift %s %s', p_command_id, p_scope);
  if found then
    return known;
  end if;
  update softlaunch.rollback set lifted_at = p_at where launch = p_launch and scope = p_scope and lifted_at is null;
  get diagnostics lifted = row_count;
  update softlaunch.launch set fence = l.fence + 1 where id = p_launch;
  perform softlaunch.write_journal(p_launch, format('lift %s %s', p_command_id, p_scope), p_at, 'fence lifted', p_scope, p_actor, p_reason,
    jsonb_build_object('fence', l.fence + 1, 'rollbacks', lifted, 'commandId', p_command_id));
  perform pg_notify('softlaunch', p_launch);
  return l.fence + 1;
end $$;

-- Ends a launch and releases what it owns. p_leave 'off': everything goes back first, flags before communities, in this same transaction.
create function softlaunch.end_launch(p_launch text, p_outcome text, p_leave text, p_actor text, p_reason text, p_at timestamptz) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set row_security = off set lock_timeout = '500ms' as $$
declare
  l softlaunch.launch;
  answer jsonb := '{"turnedOff": [], "alreadyOff": [], "restored": [], "leftOn": [], "notRestored": [], "stillOn": []}';
  inside text[];
  count integer := 0;
begin
  select * into l from softlaunch.launch where id = p_launch for no key update;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  elsif p_leave not in ('on', 'off') or p_leave is null then
    raise exception 'A launch is left "on" or "off", not "%".', p_leave using errcode = 'SL005';
  elsif l.ended_at is not null then
    return jsonb_build_object('outcome', l.outcome, 'endedAt', softlaunch.instant_ms(l.ended_at), 'repeated', true)
      || (select detail -> 'answer' from softlaunch.journal where launch = p_launch and entry_key = 'end');
  end if;
  if p_leave = 'off' then
    answer := softlaunch.turn_back_flags(l, null);
    select array_agg(key order by key) into inside from softlaunch.baseline where launch = p_launch and kind = 'community' and written -> 'in' = 'true';
    if inside is not null then
      count := softlaunch.write_communities(l, inside, false);
      update softlaunch.baseline set written = '{"in": false}' where launch = p_launch and kind = 'community' and key = any (inside);
    end if;
    if answer -> 'stillOn' <> '[]' then
      raise exception 'Launch "%" was not ended: % could not be turned off, because its table did not take the write. It keeps its claims; roll back, mend the table and try again.',
        p_launch, answer -> 'stillOn' ->> 0 using errcode = 'SL007';
    end if;
  end if;
  answer := answer || jsonb_build_object('communitiesOut', count);
  delete from softlaunch.claim where launch = p_launch;
  -- Writes that were planned before, or arrive late, find the launch ended; the fence says so too.
  update softlaunch.launch set ended_at = p_at, outcome = p_outcome, fence = l.fence + 1 where id = p_launch;
  perform softlaunch.write_journal(p_launch, 'end', p_at, 'launch', 'launch', p_actor, p_reason,
    jsonb_build_object('outcome', p_outcome, 'leave', p_leave, 'answer', answer));
  perform pg_notify('softlaunch', p_launch);
  return answer || jsonb_build_object('outcome', p_outcome, 'endedAt', softlaunch.instant_ms(p_at), 'repeated', false);
exception when lock_not_available then
  perform softlaunch.refuse_locked(p_launch, 'Ending the launch');
end $$;
