-- A small carpool product: people of one place (a community) offer rides and book seats in them.

create table feature_flags (
  flag_name text primary key,
  is_enabled boolean not null,
  metadata jsonb
);

create table communities (
  id uuid primary key,
  name text not null,
  slug text not null unique,
  status text not null check (status in ('active', 'paused', 'archived')),
  settings jsonb not null default '{}'
);

create table profiles (
  id uuid primary key,
  full_name text not null,
  email text not null unique,
  role text not null default 'member' check (role in ('super_admin', 'community_admin', 'member')),
  is_demo boolean not null default false,
  last_seen_at timestamptz,
  created_at timestamptz not null default now()
);

create table memberships (
  profile uuid not null references profiles (id),
  community uuid not null references communities (id),
  is_driver boolean not null default false,
  joined_at timestamptz not null default now(),
  primary key (profile, community)
);
create index memberships_by_community on memberships (community);

create table rides (
  id uuid primary key default gen_random_uuid(),
  driver uuid not null references profiles (id),
  community uuid not null references communities (id),
  seats_total integer not null check (seats_total between 1 and 8),
  seats_available integer not null check (seats_available between 0 and seats_total),
  departs_at timestamptz not null,
  created_at timestamptz not null default now(),
  status text not null default 'scheduled' check (status in ('scheduled', 'completed', 'expired', 'cancelled'))
);
create index rides_by_community on rides (community, created_at);
create index rides_scheduled on rides (departs_at) where status = 'scheduled';

create table ride_booking_attempts (
  id uuid primary key default gen_random_uuid(),
  ride uuid not null references rides (id),
  passenger uuid not null references profiles (id),
  -- The community in which the passenger booked; it should be the ride's own.
  community uuid not null references communities (id),
  status text not null check (status in ('confirmed', 'rejected', 'failed')),
  first_attempt boolean not null default true,
  seats integer not null default 1 check (seats > 0),
  no_show boolean not null default false,
  created_at timestamptz not null default now(),
  constraint only_a_confirmed_passenger_can_be_missing check (status = 'confirmed' or not no_show)
);
create index ride_booking_attempts_by_community on ride_booking_attempts (community, created_at);
create index ride_booking_attempts_confirmed on ride_booking_attempts (ride) include (seats) where status = 'confirmed';

create table recommendations (
  id uuid primary key default gen_random_uuid(),
  passenger uuid not null references profiles (id),
  ride uuid not null references rides (id),
  ride_community uuid not null references communities (id),
  passenger_community uuid not null references communities (id),
  shown_at timestamptz not null default now(),
  clicked_at timestamptz,
  accepted_at timestamptz,
  -- When the passenger had decided or had gone away; only closed ones can be counted for acceptance.
  closed_at timestamptz,
  route_similarity jsonb not null default '{}',
  driver_reliability jsonb not null default '{}',
  constraint accepted_after_a_click check (accepted_at is null or clicked_at is not null),
  constraint accepted_is_closed check (accepted_at is null or closed_at is not null)
);
create index recommendations_by_closing on recommendations (passenger_community, closed_at);
create index recommendations_by_showing on recommendations (passenger_community, shown_at);
create index recommendations_open on recommendations (shown_at) where closed_at is null;
create index recommendations_crossing on recommendations (shown_at) where ride_community <> passenger_community;

create table job_runs (
  id bigint generated always as identity primary key,
  job_name text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  status text not null check (status in ('running', 'succeeded', 'failed')),
  error text,
  constraint an_ended_run_has_an_end check ((status = 'running') = (finished_at is null)),
  constraint only_a_failed_run_has_an_error check (status = 'failed' or error is null)
);
create index job_runs_by_job on job_runs (job_name, status, finished_at);

create table complaints (
  id bigint generated always as identity primary key,
  reporter uuid not null references profiles (id),
  community uuid not null references communities (id),
  issue_key text not null,
  severity text not null check (severity in ('minor', 'major', 'critical')),
  text text not null,
  created_at timestamptz not null default now()
);
create index complaints_by_community on complaints (community, created_at);

create table admin_feedback (
  id bigint generated always as identity primary key,
  admin uuid not null references profiles (id),
  community uuid not null references communities (id),
  text text not null,
  created_at timestamptz not null default now()
);
create index admin_feedback_by_community on admin_feedback (community, created_at);

create table system_invariant_log (
  id bigint generated always as identity primary key,
  checked_at timestamptz not null default now(),
  healthy boolean not null,
  total_violations integer not null,
  violations jsonb not null
);

-- Is a feature on for a community? Only when its flag is on everywhere and the community takes part in the pilot.
create function feature_enabled(flag text, community uuid) returns boolean
language sql stable
begin atomic
  select exists (
    select 1
    from feature_flags f
    join communities c on c.id = feature_enabled.community
    where f.flag_name = feature_enabled.flag and f.is_enabled and c.settings ->> 'pilot_phase' = 'active'
  );
end;

-- Every ride with the seats its confirmed bookings have taken.
create view ride_seats as
select r.id as ride, r.community, r.status, r.seats_total, r.seats_available, coalesce(b.seats_taken, 0)::integer as seats_taken
from rides r
left join (
  select ride, sum(seats) as seats_taken from ride_booking_attempts where status = 'confirmed' group by ride
) b on b.ride = r.id;

-- Rides whose number of free seats does not follow from their bookings.
create view mismatched_rides as
select ride, community, seats_total, seats_available, seats_taken
from ride_seats
where seats_available <> greatest(seats_total - seats_taken, 0);

create view seat_mismatches as
select count(*) as count from mismatched_rides;

-- Sets the free seats of every mismatched ride to what its bookings leave; answers how many rides it changed.
create function repair_seats() returns integer
language sql security definer set search_path = public
begin atomic
  with repaired as (
    update rides r
    set seats_available = greatest(m.seats_total - m.seats_taken, 0)
    from mismatched_rides m
    where r.id = m.ride
    returning r.id
  )
  select count(*)::integer from repaired;
end;

-- Looks for what must never be, and logs what it found (so it writes). `violations` lists the violated checks only.
create function check_system_invariants()
returns table (healthy boolean, total_violations integer, violations jsonb)
language sql security definer set search_path = public
begin atomic
  with seats as (
    select
      count(*) filter (where s.seats_available <> greatest(s.seats_total - s.seats_taken, 0)) as mismatched,
      count(*) filter (where s.seats_taken > s.seats_total) as overbooked
    from ride_seats s
  ), checks (name, severity, violation_count) as (
    select 'seat_mismatch', 'high', mismatched from seats
    union all
    select 'overbooked_ride', 'critical', overbooked from seats
    union all
    select 'scheduled_ride_long_departed', 'medium', count(*)
    from rides where status = 'scheduled' and departs_at < now() - interval '1 day'
    union all
    select 'driver_outside_community', 'high', count(*)
    from rides r
    where r.status = 'scheduled'
      and not exists (select 1 from memberships m where m.profile = r.driver and m.community = r.community and m.is_driver)
  ), found as (
    select
      sum(violation_count) = 0 as healthy,
      sum(violation_count)::integer as total_violations,
      coalesce(
        jsonb_agg(jsonb_build_object('check', name, 'severity', severity, 'count', violation_count) order by name)
          filter (where violation_count > 0),
        '[]'
      ) as violations
    from checks
  ), logged as (
    insert into system_invariant_log (healthy, total_violations, violations)
    select f.healthy, f.total_violations, f.violations from found f
    returning system_invariant_log.healthy, system_invariant_log.total_violations, system_invariant_log.violations
  )
  select l.healthy, l.total_violations, l.violations from logged l;
end;

-- How often something crossed from one community into another in [since, until), counted where the passenger is.
-- A null slug asks for all communities. Nothing is a breach while cross_community_visibility is on.
create function isolation_breaches(community_slug text, since timestamptz, until timestamptz) returns bigint
language sql stable
begin atomic
  select case
    when exists (select 1 from feature_flags where flag_name = 'cross_community_visibility' and is_enabled) then 0
    else (
      select count(*)
      from recommendations r
      join communities c on c.id = r.passenger_community
      where r.ride_community <> r.passenger_community
        and r.shown_at >= isolation_breaches.since and r.shown_at < isolation_breaches.until
        and (isolation_breaches.community_slug is null or c.slug = isolation_breaches.community_slug)
    ) + (
      select count(*)
      from ride_booking_attempts b
      join communities c on c.id = b.community
      join rides r on r.id = b.ride
      where r.community <> b.community
        and b.created_at >= isolation_breaches.since and b.created_at < isolation_breaches.until
        and (isolation_breaches.community_slug is null or c.slug = isolation_breaches.community_slug)
    )
  end;
end;

-- One community at a glance: counts, the bookings of the last 24 h, and whether all is well. Unknown ids get an `error`.
create function get_community_health(community_id uuid) returns jsonb
language sql stable security definer set search_path = public
begin atomic
  select coalesce(
    (
      select jsonb_build_object(
        'community', c.slug,
        'healthy', m.mismatches = 0 and breaches.count = 0,
        'counts', jsonb_build_object(
          'members', (select count(*) from memberships where community = c.id),
          'drivers', (select count(*) from memberships where community = c.id and is_driver),
          'open_rides', o.open_rides,
          'seats', o.seats
        ),
        'bookings', jsonb_build_object('attempts', b.attempts, 'confirmed', b.confirmed,
          'success_rate', round(b.confirmed::numeric / nullif(b.attempts, 0), 4)),
        'seat_mismatches', m.mismatches,
        'isolation_breaches', breaches.count
      )
      from communities c
      cross join lateral (
        select count(*) as open_rides, coalesce(sum(seats_available), 0) as seats
        from rides where community = c.id and status = 'scheduled'
      ) o
      cross join lateral (
        select count(*) as attempts, count(*) filter (where status = 'confirmed') as confirmed
        from ride_booking_attempts
        where community = c.id and first_attempt and created_at >= now() - interval '24 hours'
      ) b
      cross join lateral (select count(*) as mismatches from mismatched_rides where community = c.id) m
      cross join lateral (select isolation_breaches(c.slug, now() - interval '24 hours', 'infinity') as count) breaches
      where c.id = get_community_health.community_id
    ),
    jsonb_build_object('error', 'There is no community ' || coalesce(get_community_health.community_id::text, 'without an id') || '.')
  );
end;

-- What an outsider may know of each active community before choosing where to try something new: numbers of the last 28 days, no people.
-- A community without members or rides has no shares (null).
create view community_candidates as
select
  c.slug as community,
  coalesce(a.seen_lately, false) and coalesce(f.replied_lately, false) as engaged_admin,
  round(coalesce(r.rides, 0) / 4.0, 2) as rides_per_week,
  round(m.drivers::numeric / m.members, 4) as driver_share,
  round(r.cancelled::numeric / r.rides, 4) as cancellation_rate
from communities c
left join (
  select community, count(*) as members, count(*) filter (where is_driver) as drivers from memberships group by community
) m on m.community = c.id
left join (
  select community, count(*) as rides, count(*) filter (where status = 'cancelled') as cancelled
  from rides where created_at >= now() - interval '28 days' group by community
) r on r.community = c.id
left join (
  select s.community, bool_or(p.last_seen_at >= now() - interval '14 days') as seen_lately
  from memberships s join profiles p on p.id = s.profile where p.role = 'community_admin' group by s.community
) a on a.community = c.id
left join (
  select community, bool_or(created_at >= now() - interval '28 days') as replied_lately from admin_feedback group by community
) f on f.community = c.id
where c.status = 'active';

-- Is the database free of demonstration people and of what they did?
create function verify_no_demo_data() returns table (clean boolean, demo_rows integer)
language sql stable security definer set search_path = public
begin atomic
  select sum(n) = 0, sum(n)::integer
  from (
    select count(*) as n from profiles where is_demo
    union all
    select count(*) from rides r join profiles p on p.id = r.driver where p.is_demo
    union all
    select count(*) from ride_booking_attempts b join profiles p on p.id = b.passenger where p.is_demo
  ) demo;
end;

-- The product's clean-up job: departed rides are completed when somebody came along, and expired when nobody did.
create function expire_rides(departed_before timestamptz) returns integer
language sql security definer set search_path = public
begin atomic
  with departed as (
    update rides
    set status = case when seats_available < seats_total then 'completed' else 'expired' end
    where rides.status = 'scheduled' and rides.departs_at < expire_rides.departed_before
    returning rides.id
  )
  select count(*)::integer from departed;
end;
