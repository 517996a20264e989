-- Evidence: what probes answered, how long it was well, and the latest verdict on each criterion.

-- One answer of a probe at one logical time, or why there was none. Kept for the review; never changed.
create table softlaunch.reading (
  launch text not null,
  scope text not null,
  probe text not null,
  -- Logical time of the look; recorded_at is only when it was written down.
  at timestamptz not null,
  status text not null check (status in ('measured', 'unmeasured')),
  -- Declared numbers and booleans by path; gaps says for each path without a usable value why.
  answer jsonb,
  gaps jsonb,
  reason text,
  recorded_at timestamptz not null default now(),
  primary key (launch, scope, probe, at),
  constraint measured_has_an_answer check ((status = 'measured') = (answer is not null)),
  constraint unmeasured_has_a_reason check ((status = 'unmeasured') = (reason is not null))
);

-- When a scope's evidence began anew, and why. Verdicts and ledgers of looks before that are refused, whoever brings them.
create table softlaunch.evidence_start (
  launch text not null,
  scope text not null,
  at timestamptz not null,
  why text not null,
  recorded_at timestamptz not null default now(),
  primary key (launch, scope)
);

-- Healthy, unhealthy and unknown time of one criterion.
create table softlaunch.soak (
  launch text not null,
  scope text not null,
  criterion text not null,
  -- From where time counts: a phase's name, or empty for the opening of the scope itself.
  since_key text not null,
  since_at timestamptz not null,
  healthy_ms double precision not null check (healthy_ms >= 0),
  unhealthy_ms double precision not null check (unhealthy_ms >= 0),
  unknown_ms double precision not null check (unknown_ms >= 0),
  last_at timestamptz not null,
  last_state text check (last_state in ('healthy', 'unhealthy', 'unknown')),
  unhealthy_since timestamptz,
  primary key (launch, scope, criterion, since_key)
);

-- The latest verdict on each criterion: what status, why and the page show.
create table softlaunch.judgement (
  launch text not null,
  scope text not null,
  criterion text not null,
  verdict text not null check (verdict in ('met', 'missed', 'inconclusive', 'unmeasured')),
  reason text not null,
  value jsonb,
  -- When this verdict began, and the look it was last given at.
  since timestamptz not null,
  as_of timestamptz not null,
  unmeasured_in_a_row integer not null check (unmeasured_in_a_row >= 0),
  recorded_at timestamptz not null default now(),
  primary key (launch, scope, criterion)
);
