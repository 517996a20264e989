-- One tick of everything that people and jobs do, in one statement. Parameters:
--   $1 the instant; $2 communities with their dials; $3 rides; $4 booking attempts; $5 recommendations; $6 complaints;
--   $7 how the job goes: 'succeeds', 'fails' or 'does not run'; $8 after how many seconds a recommendation is closed.
-- Whether the feature is on is asked here and not before, so nothing new is shown after it was switched off.
with place as materialized (
  select d.*, feature_enabled('smart_route_matching', d.community) as is_on
  from jsonb_to_recordset($2::jsonb) as d (
    community uuid, booking_success double precision, usual_booking_success double precision, click double precision, acceptance double precision
  )
), new_attempt as materialized (
  select
    b.*,
    case
      when b.success_roll < case when p.is_on then p.booking_success else p.usual_booking_success end then 'confirmed'
      when b.kind_roll < 0.5 then 'rejected'
      else 'failed'
    end as status
  from jsonb_to_recordset($4::jsonb) as b (
    id uuid, ride uuid, community uuid, passenger uuid, first_attempt boolean, success_roll double precision, kind_roll double precision
  )
  join place p on p.community = b.community
), new_ride as (
  select
    r.*,
    r.seats_total - (select count(*)::integer from new_attempt a where a.ride = r.id and a.status = 'confirmed') as seats_left,
    r.written_wrongly and p.is_on as is_wrong
  from jsonb_to_recordset($3::jsonb) as r (
    id uuid, community uuid, driver uuid, seats_total integer, departs_at timestamptz, written_wrongly boolean
  )
  join place p on p.community = r.community
), offered as (
  insert into rides (id, driver, community, seats_total, seats_available, departs_at, created_at)
  select
    id, driver, community, seats_total,
    case when not is_wrong then seats_left when seats_left < seats_total then seats_left + 1 else seats_left - 1 end,
    departs_at, $1
  from new_ride
  returning id
), attempted as (
  insert into ride_booking_attempts (id, ride, passenger, community, status, first_attempt, created_at)
  select id, ride, passenger, community, status, first_attempt, $1
  from new_attempt
  returning id
), reliability as (
  select metadata -> 'weight_reliability' as weight from feature_flags where flag_name = 'fair_matching'
), shown as (
  insert into recommendations (id, passenger, ride, ride_community, passenger_community, shown_at, route_similarity, driver_reliability)
  select
    r.id, r.passenger, r.ride, r.ride_community, r.passenger_community, $1,
    jsonb_build_object('score', r.similarity),
    jsonb_build_object('score', r.reliability, 'weight', (select weight from reliability))
  from jsonb_to_recordset($5::jsonb) as r (
    id uuid, passenger uuid, ride uuid, ride_community uuid, passenger_community uuid, similarity numeric, reliability numeric
  )
  join place p on p.community = r.passenger_community and p.is_on
  returning id
), due as (
  select
    r.id,
    -- Ids are random, so their first 32 bits serve as the roll that decides what the passenger does.
    ('x' || left(r.id::text, 8))::bit(32)::bigint / 4294967296.0 as roll,
    p.click,
    p.acceptance
  from recommendations r
  join place p on p.community = r.passenger_community
  where r.closed_at is null and r.shown_at <= $1::timestamptz - make_interval(secs => $8::double precision)
), closed as (
  update recommendations r
  set
    clicked_at = case when d.roll < greatest(d.click, d.acceptance) then $1::timestamptz end,
    accepted_at = case when d.roll < d.acceptance then $1::timestamptz end,
    closed_at = $1
  from due d
  where r.id = d.id
  returning r.id
), complained as (
  insert into complaints (reporter, community, issue_key, severity, text, created_at)
  select c.reporter, c.community, c.issue_key, c.severity, 'Something is wrong: ' || replace(c.issue_key, '-', ' ') || '.', $1
  from jsonb_to_recordset($6::jsonb) as c (reporter uuid, community uuid, issue_key text, severity text)
  join place p on p.community = c.community and p.is_on
  returning id
), expired as (
  select case when $7::text = 'succeeds' then expire_rides($1) end as rides_expired
), ran as (
  insert into job_runs (job_name, started_at, finished_at, status, error)
  select
    'expire_rides', $1, $1,
    case when $7::text = 'succeeds' then 'succeeded' else 'failed' end,
    case when $7::text = 'fails' then 'could not obtain lock on row in relation "rides"' end
  from expired
  where $7::text <> 'does not run'
  returning id
)
select
  (select count(*)::integer from offered) as rides,
  (select count(*)::integer from attempted) as bookings,
  (select count(*)::integer from shown) as recommendations_shown,
  (select count(*)::integer from closed) as recommendations_closed,
  (select count(*)::integer from complained) as complaints,
  (select count(*)::integer from ran) as job_runs
