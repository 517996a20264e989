-- Who may do what. Nobody but the owner writes a table of launches directly; the worker writes the evidence (readings, soaks, judgements).
--
-- softlaunch_worker      runs launches: executes the functions, reads this schema, writes evidence.
-- softlaunch_probe       reads the product for probes. Has nothing here; the product's owner grants it what the probes read.
-- softlaunch_breakglass  may roll back, and nothing else.
--
-- Roles belong to the server and may be there already, or be created by another database at the same moment.
do $$
declare
  role text;
begin
  foreach role in array array['softlaunch_worker', 'softlaunch_probe', 'softlaunch_breakglass'] loop
    -- Whoever may not create roles is refused before it is seen that the role is there.
    continue when exists (select from pg_catalog.pg_roles r where r.rolname = role);
    begin
      execute format('create role %I nologin', role);
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'The role % is missing, and % may not create roles. Have an administrator run: create role % nologin;', role, current_user, role;
    end;
  end loop;
end $$;

revoke all on schema softlaunch from public;
revoke all on all tables in schema softlaunch from public;
revoke all on all functions in schema softlaunch from public;
-- PostgreSQL lets everybody execute a new function, so migrate() repeats the last of these after later migrations.

grant usage on schema softlaunch to softlaunch_worker, softlaunch_breakglass;
grant execute on function softlaunch.roll_back(text, text, text, text, text, timestamptz) to softlaunch_worker, softlaunch_breakglass;

grant select on all tables in schema softlaunch to softlaunch_worker;
grant insert on softlaunch.reading to softlaunch_worker;
grant insert, update, delete on softlaunch.evidence_start, softlaunch.soak, softlaunch.judgement to softlaunch_worker;
grant execute on function
  softlaunch.register_launch(jsonb),
  softlaunch.apply_change(text, text, bigint, text, jsonb, text, text, timestamptz),
  softlaunch.settle_rollback(text, text, text, text, text, timestamptz),
  softlaunch.lift_fence(text, text, text, text, text, timestamptz),
  softlaunch.end_launch(text, text, text, text, text, timestamptz),
  softlaunch.drift(text),
  softlaunch.adopt(text, text, text, text, text, text, timestamptz),
  softlaunch.read_back(text),
  softlaunch.append_journal(text, text, timestamptz, text, text, text, text, jsonb),
  softlaunch.verify_journal(text),
  softlaunch.record_announcement(text, text, text, text, text, text, timestamptz, jsonb),
  softlaunch.record_complaint(text, text, text, text, text, text, text, timestamptz),
  softlaunch.instant_ms(timestamptz)
to softlaunch_worker;
