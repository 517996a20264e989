import type pg from 'pg';
import { createRandom, type Random } from './random.ts';

/** A community as traffic sees it: its people, and what it still owes them. */
export interface Place {
  readonly slug: string;
  /** The community's id. */
  readonly community: string;
  readonly drivers: readonly string[];
  readonly passengers: readonly string[];
  /** Booking attempts a second at speed 1. */
  readonly bookingsPerSecond: number;
  readonly random: Random;
  /** The ride offered last; recommendations show it. */
  latestRide: string;
  /** Booking attempts and recommendations that are due but not yet made, since people come in small groups. */
  bookingsOwed: number;
  recommendationsOwed: number;
}

/**
 * Loads the active communities that have drivers, passengers and a ride.
 *
 * Chance starts from the seed and from how much has happened already: a fresh installation always lives the same life, and traffic started
 * a second time on the same data does not repeat ids.
 */
export async function loadPlaces(pool: pg.Pool, seed: string): Promise<Place[]> {
  const { rows } = await pool.query<PlaceRow>(`
    select
      c.slug, c.id as community, count(*)::integer as members,
      array_agg(m.profile::text order by m.profile) filter (where m.is_driver) as drivers,
      array_agg(m.profile::text order by m.profile) filter (where not m.is_driver) as passengers,
      (select r.id from rides r where r.community = c.id order by r.created_at desc, r.id limit 1) as latest_ride,
      (select count(*) from rides) + (select count(*) from recommendations) as events_before
    from communities c
    join memberships m on m.community = c.id
    where c.status = 'active'
    group by c.id
    order by c.slug`);
  return rows.flatMap((row) => {
    if (row.drivers === null || row.passengers === null || row.latest_ride === null) return [];
    return {
      slug: row.slug,
      community: row.community,
      drivers: row.drivers,
      passengers: row.passengers,
      bookingsPerSecond: bookingsPerSecond(row.members),
      random: createRandom(`${seed}/${row.slug}/${row.events_before}`),
      latestRide: row.latest_ride,
      bookingsOwed: 0,
      recommendationsOwed: 0,
    };
  });
}

interface PlaceRow {
  readonly slug: string;
  readonly community: string;
  readonly members: number;
  readonly drivers: string[] | null;
  readonly passengers: string[] | null;
  readonly latest_ride: string | null;
  readonly events_before: string;
}

/** Larger communities book more: some 5 attempts a second with 120 members, so that 40 s show 150 first attempts and more. */
function bookingsPerSecond(members: number): number {
  return Math.min(0.8 + members / 28, 7);
}
