-- Eighteen communities with four weeks of history. Everything follows from the table below and from hashes of names, so each load gives
-- the same people, rides and bookings; only instants move, since they are counted back from the moment of loading.

insert into feature_flags (flag_name, is_enabled, metadata) values
  ('smart_route_matching', false, '{}'),
  ('fair_matching', false, '{"weight_reliability": "0.30"}'),
  ('reliability_scoring_v2', false, '{"new_user_threshold": 5}'),
  ('multi_community', false, '{}'),
  ('cross_community_visibility', false, null);

create temporary table place (
  slug text primary key,
  name text not null,
  status text not null default 'active',
  members integer not null,
  driver_share numeric not null,
  rides_per_week integer not null,
  cancelled_share numeric not null,
  no_show_share numeric not null,
  has_admin boolean not null default true,
  admin_silent_days integer not null,
  admin_replies integer not null
);

insert into place (slug, name, status, members, driver_share, rides_per_week, cancelled_share, no_show_share, has_admin, admin_silent_days, admin_replies)
values
  ('internal',        'Carpool Team',    'active',   8, 0.50,   6, 0.00, 0.00, true,   0, 6),
  ('riverside',       'Riverside',       'active', 120, 0.40,  36, 0.03, 0.01, true,   0, 9),
  ('harbour-town',    'Harbour Town',    'active', 140, 0.35,  40, 0.05, 0.02, true,   1, 5),
  ('oakfield',        'Oakfield',        'active',  95, 0.45,  28, 0.04, 0.02, true,   1, 6),
  ('kings-hill',      'Kings Hill',      'active', 150, 0.30,  44, 0.06, 0.02, true,   2, 4),
  ('westbrook',       'Westbrook',       'active', 110, 0.50,  30, 0.05, 0.03, true,   2, 4),
  ('northgate',       'Northgate',       'active', 180, 0.33,  52, 0.07, 0.03, true,   3, 3),
  ('st-anne',         'St Anne',         'active',  80, 0.38,  22, 0.06, 0.02, true,   3, 3),
  ('lakeside',        'Lakeside',        'active',  70, 0.42,  20, 0.07, 0.03, true,   4, 3),
  ('mill-lane',       'Mill Lane',       'active',  60, 0.36,  24, 0.04, 0.03, true,   5, 2),
  ('hillside',        'Hillside',        'active',  75, 0.44,  26, 0.04, 0.02, true,   4, 3),
  ('south-bank',      'South Bank',      'active',  90, 0.34,  30, 0.05, 0.03, true,   6, 2),
  ('chapel-row',      'Chapel Row',      'active',  55, 0.40,  22, 0.03, 0.02, true,   7, 2),
  -- Each of the next four lacks one thing that a pilot needs; all may join in the end.
  ('central-station', 'Central Station', 'active', 620, 0.28, 260, 0.06, 0.03, true,   1, 5),
  ('fern-hollow',     'Fern Hollow',     'active',  14, 0.43,   1, 0.00, 0.00, true,   2, 3),
  ('eastfield',       'Eastfield',       'active', 130, 0.37,  34, 0.06, 0.02, false, 90, 0),
  ('market-cross',    'Market Cross',    'active', 100, 0.40,  32, 0.26, 0.14, true,   3, 3),
  ('old-mill',        'Old Mill',        'paused',  40, 0.40,   0, 0.00, 0.00, true,  60, 0);

-- A number in [0, 1) that always is the same for the same key.
create function pg_temp.roll(key text) returns double precision
language sql immutable
return (hashtextextended(key, 2026) & 2147483647) / 2147483648.0;

insert into communities (id, name, slug, status)
select md5('community/' || slug)::uuid, name, slug, status from place;

insert into profiles (id, full_name, email, role, last_seen_at, created_at)
select
  md5('profile/' || p.slug || '/' || n)::uuid,
  (array['Ada', 'Ben', 'Clara', 'David', 'Elif', 'Farid', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Kemal', 'Lena', 'Marta', 'Nils', 'Olga', 'Paul'])
    [1 + floor(pg_temp.roll('first/' || p.slug || n) * 16)::integer]
  || ' ' ||
  (array['Abel', 'Brandt', 'Costa', 'Dietz', 'Engel', 'Fischer', 'Gomez', 'Hansen', 'Ivanov', 'Jansen', 'Klein', 'Lorenz', 'Meyer', 'Novak'])
    [1 + floor(pg_temp.roll('last/' || p.slug || n) * 14)::integer],
  p.slug || '.' || n || '@carpool.example',
  case
    when p.slug = 'internal' and n in (2, 3) then 'super_admin'
    when n = 1 and p.has_admin then 'community_admin'
    else 'member'
  end,
  now() - case when n = 1 then make_interval(days => p.admin_silent_days, hours => 2)
               else make_interval(hours => floor(pg_temp.roll('seen/' || p.slug || n) * 400)::integer) end,
  now() - make_interval(days => 60 + floor(pg_temp.roll('since/' || p.slug || n) * 400)::integer)
from place p
cross join lateral generate_series(1, p.members) n;

insert into memberships (profile, community, is_driver, joined_at)
select md5('profile/' || p.slug || '/' || n)::uuid, md5('community/' || p.slug)::uuid, n <= round(p.members * p.driver_share), now() - interval '45 days'
from place p
cross join lateral generate_series(1, p.members) n;

insert into admin_feedback (admin, community, text, created_at)
select md5('profile/' || p.slug || '/1')::uuid, md5('community/' || p.slug)::uuid, 'What we heard from our members, part ' || n || '.',
  now() - make_interval(days => p.admin_silent_days + n * 2, hours => 1)
from place p
cross join lateral generate_series(1, p.admin_replies) n;

-- Rides of the last 28 days; each has departed a few hours after it was offered.
create temporary table past_ride as
select
  md5('ride/' || p.slug || '/' || n)::uuid as id,
  p.slug,
  n,
  1 + floor(pg_temp.roll('driver/' || p.slug || n) * round(p.members * p.driver_share))::integer as driver_number,
  2 + floor(pg_temp.roll('seats/' || p.slug || n) * 3)::integer as seats_total,
  now() - interval '28 days' + interval '27 days' * (n - 0.5) / (p.rides_per_week * 4) as created_at,
  pg_temp.roll('cancel/' || p.slug || n) < p.cancelled_share as cancelled
from place p
cross join lateral generate_series(1, p.rides_per_week * 4) n;

create temporary table past_booking as
select
  md5('booking/' || r.slug || '/' || r.n || '/' || seat)::uuid as id,
  r.id as ride,
  r.slug,
  -- Passengers come after the drivers in the numbering, so nobody books a seat in a ride of their own.
  round(p.members * p.driver_share)::integer + 1
    + floor(pg_temp.roll('passenger/' || r.slug || r.n || '/' || seat) * (p.members - round(p.members * p.driver_share)))::integer as passenger_number,
  case
    when pg_temp.roll('outcome/' || r.slug || r.n || '/' || seat) < 0.985 then 'confirmed'
    when pg_temp.roll('outcome/' || r.slug || r.n || '/' || seat) < 0.993 then 'rejected'
    else 'failed'
  end as status,
  pg_temp.roll('no-show/' || r.slug || r.n || '/' || seat) < p.no_show_share and not r.cancelled as missed,
  r.created_at + make_interval(mins => 10 * seat) as created_at
from past_ride r
join place p on p.slug = r.slug
cross join lateral generate_series(1, floor(pg_temp.roll('taken/' || r.slug || r.n) * (r.seats_total + 1))::integer) seat;

insert into rides (id, driver, community, seats_total, seats_available, departs_at, created_at, status)
select
  r.id, md5('profile/' || r.slug || '/' || r.driver_number)::uuid, md5('community/' || r.slug)::uuid,
  r.seats_total, r.seats_total - coalesce(b.taken, 0), r.created_at + interval '6 hours', r.created_at,
  case when r.cancelled then 'cancelled' when b.taken > 0 then 'completed' else 'expired' end
from past_ride r
left join (select ride, count(*)::integer as taken from past_booking where status = 'confirmed' group by ride) b on b.ride = r.id;

insert into ride_booking_attempts (id, ride, passenger, community, status, no_show, created_at)
select id, ride, md5('profile/' || slug || '/' || passenger_number)::uuid, md5('community/' || slug)::uuid, status,
  missed and status = 'confirmed', created_at
from past_booking;

-- A few rides that can still be booked.
insert into rides (id, driver, community, seats_total, seats_available, departs_at, created_at)
select md5('open-ride/' || p.slug || '/' || n)::uuid, md5('profile/' || p.slug || '/' || n)::uuid, md5('community/' || p.slug)::uuid,
  3, 3, now() + make_interval(hours => 6 * n), now() - interval '1 hour'
from place p
cross join lateral generate_series(1, least(3, round(p.members * p.driver_share)::integer)) n
where p.status = 'active';

insert into job_runs (job_name, started_at, finished_at, status)
select 'expire_rides', now() - make_interval(hours => n, mins => 1), now() - make_interval(hours => n), 'succeeded'
from generate_series(168, 0, -1) n;

drop table past_booking, past_ride, place;
drop function pg_temp.roll(text);

analyze;
