-- People who resume have decided about the rollbacks that they know. One that nobody has told the launch of yet stays in force.
drop function softlaunch.lift_fence(text, text, text, text, text, timestamptz);

-- Lets a scope be written again, by writes planned from now on: they must carry the number returned. Rollbacks of other scopes stay in force, and those
-- whose command id is not among p_known (nor the repetition of one that is).
create function softlaunch.lift_fence(p_launch text, p_scope text, p_actor text, p_reason text, p_command_id text, p_at timestamptz, p_known text[])
returns bigint
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
  update softlaunch.rollback set lifted_at = p_at
  where launch = p_launch and scope = p_scope and lifted_at is null and regexp_replace(command_id, '/again-\d+$', '') = any (p_known);
  get diagnostics lifted = row_count;
  update softlaunch.launch set fence = l.fence + 1 where id = p_launch;
  perform softlaunch.write_journal(p_launch, format('lift %s %s', p_command_id, p_scope), p_at, 'fence lifted', p_scope, p_actor, p_reason,
    jsonb_build_object('fence', l.fence + 1, 'rollbacks', lifted, 'commandId', p_command_id));
  perform pg_notify('softlaunch', p_launch);
  return l.fence + 1;
end $$;

revoke all on function softlaunch.lift_fence(text, text, text, text, text, timestamptz, text[]) from public;
grant execute on function softlaunch.lift_fence(text, text, text, text, text, timestamptz, text[]) to softlaunch_worker;
