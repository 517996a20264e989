-- Launches, what they own, what they wrote, and the journal of it. Nothing here is written directly: only through the functions of the later
-- migrations, which run as the owner of this schema.

create table softlaunch.plan (
  hash text primary key,
  plan jsonb not null,
  -- The plan file as it was written, comments included.
  source text not null,
  recorded_at timestamptz not null default clock_timestamp()
);

create table softlaunch.launch (
  id text primary key,
  plan_hash text not null references softlaunch.plan,
  title text not null,
  workflow_id text not null,
  -- The mapping: which tables and columns of the product hold its flags and communities.
  product jsonb not null,
  -- The mapping's tables, resolved and quoted, ready to stand in a statement.
  flag_table text not null,
  community_table text not null,
  -- Ending of the names of the functions that lock and write the flags of this mapping: prepare_flags.
  flag_functions text not null,
  -- Logical times; recorded_at is only when it was written down.
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text,
  -- Raised by every rollback and every lifting of one. A write carries the fence it was planned under.
  fence bigint not null default 0,
  -- The journal's head: cutting off its tail is noticed too.
  journal_seq bigint not null default 0,
  journal_hash text not null default '',
  recorded_at timestamptz not null default clock_timestamp(),
  -- Bounded, for listeners are told the id, and a notification has a greatest length.
  constraint launch_has_an_id check (length(id) between 1 and 200),
  constraint ended_has_an_outcome check ((ended_at is null) = (outcome is null))
);

create table softlaunch.launch_feature (
  launch text not null references softlaunch.launch,
  feature text not null,
  on_flags text[] not null,
  off_flags text[] not null,
  -- Flags whose settings the feature writes.
  setting_flags text[] not null,
  primary key (launch, feature)
);

create table softlaunch.launch_guard (
  launch text not null references softlaunch.launch,
  flag text not null,
  must_be boolean not null,
  primary key (launch, flag)
);

-- What a running launch owns; deleted when it ends. A launch owns its flags one by one, and the table of communities as a whole (kind
-- 'communities', empty key): whether a community has a feature is "flag and community", so every community lies under the flags of the launch,
-- and two launches over the same communities could not tell whose doing a reading shows. A community's own row says who first wrote it.
create table softlaunch.claim (
  kind text not null,
  product_table text not null,
  key text not null,
  launch text not null references softlaunch.launch,
  claimed_at timestamptz not null,
  primary key (kind, product_table, key),
  constraint claim_kind check (kind in ('flag', 'community', 'communities')),
  constraint the_whole_table_has_no_key check ((kind = 'communities') = (key = ''))
);
create index claim_by_launch on softlaunch.claim (launch);

-- What a row of the product was before the launch's first write, and what the launch last left there.
create table softlaunch.baseline (
  launch text not null references softlaunch.launch,
  kind text not null,
  key text not null,
  -- Flag: {"on", "settings"}. Community: {"marker", "bare"}; bare: its settings were NULL.
  image jsonb not null,
  -- Flag: {"on"?, "settings"?: only those written}. Community: {"in"}. Null: registered, not yet written.
  written jsonb,
  primary key (launch, kind, key),
  constraint baseline_kind check (kind in ('flag', 'community'))
);

-- Every write that was asked for, once, refused ones too: asking again gives the same answer.
create table softlaunch.change (
  launch text not null references softlaunch.launch,
  operation_key text not null,
  scope text not null,
  fence bigint not null,
  actor text not null,
  reason text not null,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  request jsonb not null,
  -- [{kind, key, before, after}]
  rows jsonb not null,
  answer jsonb not null,
  primary key (launch, operation_key)
);

create table softlaunch.rollback (
  launch text not null references softlaunch.launch,
  scope text not null,
  command_id text not null,
  -- Writes planned under a lower fence are refused for ever; all writes while lifted_at is null. Higher with every rollback of the launch.
  fence bigint not null,
  reason text not null,
  actor text not null,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  answer jsonb not null,
  state text not null,
  settled_at timestamptz,
  lifted_at timestamptz,
  primary key (launch, command_id),
  constraint rollback_state check (state in ('ordered', 'restored', 'stuck'))
);

create table softlaunch.journal (
  launch text not null references softlaunch.launch,
  seq bigint not null,
  at timestamptz not null,
  recorded_at timestamptz not null,
  kind text not null,
  scope text not null,
  actor text not null,
  summary text not null,
  detail jsonb not null,
  -- Given by whoever may repeat itself: the same key appends nothing twice.
  entry_key text,
  previous_hash text not null,
  hash text not null,
  primary key (launch, seq),
  unique (launch, entry_key)
);

create table softlaunch.announcement (
  launch text not null references softlaunch.launch,
  entry_key text not null,
  template text not null,
  audience text not null,
  community text,
  says text not null,
  at timestamptz not null,
  -- [{what, dueAt}], instants in milliseconds since 1970.
  promises jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (launch, entry_key)
);

create table softlaunch.complaint (
  launch text not null references softlaunch.launch,
  command_id text not null,
  reporter text not null,
  issue_key text not null,
  community text,
  severity text not null,
  text text not null,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (launch, command_id),
  constraint complaint_severity check (severity in ('P0', 'P1', 'P2', 'P3'))
);

-- The product tables that the worker may name in a mapping although it has no rights of its own on them; written by the owner alone.
create table softlaunch.product_column (
  product_table text not null,
  column_name text not null,
  primary key (product_table, column_name)
);

create function softlaunch.refuse_to_forget() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The journal is append-only: % is refused.', lower(tg_op) using errcode = 'SL008';
end $$;

create trigger journal_is_append_only before update or delete on softlaunch.journal
  for each row execute function softlaunch.refuse_to_forget();
create trigger journal_is_never_emptied before truncate on softlaunch.journal
  for each statement execute function softlaunch.refuse_to_forget();

create function softlaunch.instant_ms(p_at timestamptz) returns double precision
language sql immutable parallel safe
return round(extract(epoch from p_at) * 1000)::double precision;

-- The session's time zone must not change what is hashed, hence microseconds.
create function softlaunch.journal_digest(p_previous text, p_launch text, p_seq bigint, p_at timestamptz, p_recorded_at timestamptz, p_kind text,
  p_scope text, p_actor text, p_summary text, p_detail jsonb, p_entry_key text) returns text
language sql stable
return encode(sha256(convert_to(p_previous || jsonb_build_array(p_launch, p_seq, (extract(epoch from p_at) * 1000000)::bigint,
  (extract(epoch from p_recorded_at) * 1000000)::bigint, p_kind, p_scope, p_actor, p_summary, p_detail, p_entry_key)::text, 'UTF8')), 'hex');

-- Appends; the caller's transaction decides whether it stays. The caller holds the launch's row, so two writers of one journal wait for each other.
-- A fence that is given is raised in the same write of that row.
create function softlaunch.write_journal(p_launch text, p_entry_key text, p_at timestamptz, p_kind text, p_scope text, p_actor text,
  p_summary text, p_detail jsonb, p_fence bigint default null) returns bigint
language plpgsql as $$
declare
  recorded timestamptz := clock_timestamp();
  last bigint;
begin
  for attempt in 1 .. 2 loop
    with head as (
      select coalesce(last, journal_seq) + 1 as seq, journal_hash as hash from softlaunch.launch where id = p_launch
    ), entry as (
      insert into softlaunch.journal (launch, seq, at, recorded_at, kind, scope, actor, summary, detail, entry_key, previous_hash, hash)
      select p_launch, seq, p_at, recorded, p_kind, p_scope, p_actor, p_summary, p_detail, p_entry_key, hash,
        softlaunch.journal_digest(hash, p_launch, seq, p_at, recorded, p_kind, p_scope, p_actor, p_summary, p_detail, p_entry_key)
      from head
      on conflict (launch, seq) do nothing
      returning seq, hash
    )
    update softlaunch.launch set journal_seq = entry.seq, journal_hash = entry.hash, fence = coalesce(p_fence, fence)
    from entry where id = p_launch
    returning journal_seq into last;
    if found then
      return last;
    end if;
    -- An entry that somebody slipped in after the head breaks the chain, and must not keep a rollback from being written.
    select max(seq) into last from softlaunch.journal where launch = p_launch;
  end loop;
  raise exception 'The journal of launch "%" could not be written.', p_launch using errcode = 'SL003';
end $$;

-- Raises the sentence that every function says to an id nobody knows.
create function softlaunch.refuse_unknown_launch(p_launch text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  known text;
begin
  select string_agg(format('"%s"', id), ', ') into known
  from (select id from softlaunch.launch order by ended_at is not null, recorded_at desc limit 10) l;
  raise exception 'There is no launch "%". %', p_launch, coalesce('Known: ' || known || '.', 'None has been started in this database.')
    using errcode = 'SL003';
end $$;

create function softlaunch.append_journal(p_launch text, p_entry_key text, p_at timestamptz, p_kind text, p_scope text, p_actor text,
  p_summary text, p_detail jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  known bigint;
begin
  perform from softlaunch.launch where id = p_launch for no key update;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  select seq into known from softlaunch.journal where launch = p_launch and entry_key = p_entry_key;
  if found then
    return jsonb_build_object('seq', known, 'repeated', true);
  end if;
  known := softlaunch.write_journal(p_launch, p_entry_key, p_at, p_kind, p_scope, p_actor, p_summary, coalesce(p_detail, '{}'));
  return jsonb_build_object('seq', known, 'repeated', false);
end $$;

-- The first entry that is not what was written, or null. A missing tail counts as broken at the first missing entry.
create function softlaunch.verify_journal(p_launch text) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  head softlaunch.launch;
  entry softlaunch.journal;
  expected bigint := 1;
  previous text := '';
begin
  select * into head from softlaunch.launch where id = p_launch;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  for entry in select * from softlaunch.journal where launch = p_launch order by seq loop
    if entry.seq <> expected or entry.previous_hash <> previous or entry.hash <> softlaunch.journal_digest(previous, entry.launch, entry.seq,
      entry.at, entry.recorded_at, entry.kind, entry.scope, entry.actor, entry.summary, entry.detail, entry.entry_key) then
      return expected;
    end if;
    previous := entry.hash;
    expected := expected + 1;
  end loop;
  if head.journal_seq <> expected - 1 or head.journal_hash <> previous then
    return least(expected, head.journal_seq + 1);
  end if;
  return null;
end $$;

create function softlaunch.record_announcement(p_launch text, p_entry_key text, p_template text, p_audience text, p_community text, p_says text,
  p_at timestamptz, p_promises jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
begin
  perform from softlaunch.launch where id = p_launch for no key update;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  insert into softlaunch.announcement (launch, entry_key, template, audience, community, says, at, promises)
  values (p_launch, p_entry_key, p_template, p_audience, p_community, p_says, p_at, p_promises)
  on conflict do nothing;
  if not found then
    return '{"repeated": true}';
  end if;
  perform softlaunch.write_journal(p_launch, null, p_at, 'announcement', coalesce('community:' || p_community, 'launch'), 'softlaunch',
    format('Announced "%s" to %s.', p_template, p_audience), jsonb_build_object('entryKey', p_entry_key, 'says', p_says, 'promises', p_promises));
  return '{"repeated": false}';
end $$;

create function softlaunch.record_complaint(p_launch text, p_command_id text, p_reporter text, p_issue_key text, p_community text,
  p_severity text, p_text text, p_at timestamptz) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
begin
  perform from softlaunch.launch where id = p_launch for no key update;
  if not found then
    perform softlaunch.refuse_unknown_launch(p_launch);
  end if;
  insert into softlaunch.complaint (launch, command_id, reporter, issue_key, community, severity, text, at)
  values (p_launch, p_command_id, p_reporter, p_issue_key, p_community, p_severity, p_text, p_at)
  on conflict do nothing;
  if not found then
    return '{"repeated": true}';
  end if;
  -- The words stay in the complaint's row: a journal that nobody can correct is no place for what somebody says about somebody.
  perform softlaunch.write_journal(p_launch, null, p_at, 'complaint', coalesce('community:' || p_community, 'launch'), p_reporter,
    format('%s complaint about %s.', p_severity, p_issue_key), jsonb_build_object('commandId', p_command_id));
  return '{"repeated": false}';
end $$;
