import { type CommunityDials, dialsOf, type TrafficDials, usualBookingSuccess } from './dials.ts';
import type { Place } from './places.ts';
import type { Random } from './random.ts';

/** What should happen in one tick. The database decides what of it does, since it knows which features are on. */
export interface TickPlan {
  readonly at: Date;
  readonly communities: readonly {
    readonly community: string;
    readonly booking_success: number;
    readonly usual_booking_success: number;
    readonly click: number;
    readonly acceptance: number;
  }[];
  readonly rides: readonly PlannedRide[];
  readonly attempts: readonly PlannedAttempt[];
  readonly recommendations: readonly PlannedRecommendation[];
  readonly complaints: readonly PlannedComplaint[];
  readonly job: 'succeeds' | 'fails' | 'does not run';
}

interface PlannedRide {
  readonly id: string;
  readonly community: string;
  readonly driver: string;
  readonly seats_total: number;
  readonly departs_at: Date;
  readonly written_wrongly: boolean;
}

interface PlannedAttempt {
  readonly id: string;
  readonly ride: string;
  readonly community: string;
  readonly passenger: string;
  readonly first_attempt: boolean;
  readonly success_roll: number;
  readonly kind_roll: number;
}

interface PlannedRecommendation {
  readonly id: string;
  readonly passenger: string;
  readonly ride: string;
  readonly ride_community: string;
  readonly passenger_community: string;
  readonly similarity: number;
  readonly reliability: number;
}

interface PlannedComplaint {
  readonly reporter: string;
  readonly community: string;
  readonly issue_key: string;
  readonly severity: string;
}

/** What a tick is planned from. Places keep what they owe, so each plan must be carried out or dropped, never used twice. */
export interface TickSituation {
  readonly places: readonly Place[];
  readonly dials: TrafficDials;
  readonly jobRandom: Random;
  readonly at: Date;
  readonly elapsedSeconds: number;
}

/** Plans one tick for all communities. */
export function planTick({ places, dials, jobRandom, at, elapsedSeconds }: TickSituation): TickPlan {
  const lively = places.map((place) => ({ place, dials: dialsOf(place.slug, dials) })).filter(({ dials }) => !dials.silent);
  const rideGroups = lively.map(({ place, dials }) => planRides(place, dials, at, elapsedSeconds));
  return {
    at,
    communities: lively.map(({ place, dials }) => ({
      community: place.community,
      booking_success: dials.bookingSuccess,
      usual_booking_success: usualBookingSuccess,
      click: dials.click,
      acceptance: dials.acceptance,
    })),
    rides: rideGroups.flatMap((group) => group.rides),
    attempts: rideGroups.flatMap((group) => group.attempts),
    recommendations: lively.flatMap(({ place, dials }) => [
      ...planRecommendations(place, dials, elapsedSeconds),
      ...planBreaches(place, dials, places),
    ]),
    complaints: lively.flatMap(({ place, dials }) => planComplaints(place, dials)),
    job: planJob(dials, jobRandom),
  };
}

function planRides(place: Place, dials: CommunityDials, at: Date, elapsedSeconds: number) {
  place.bookingsOwed += place.bookingsPerSecond * dials.speed * elapsedSeconds;
  const rides: PlannedRide[] = [];
  const attempts: PlannedAttempt[] = [];
  // People book rides a few at a time: one ride and the attempts on it are written together, so its seats need no second write.
  for (let seats = place.random.pick([2, 3, 4]); place.bookingsOwed >= seats; seats = place.random.pick([2, 3, 4])) {
    const ride = planRide(place, dials, at, seats);
    rides.push(ride);
    for (let seat = 0; seat < seats; seat += 1) attempts.push(planAttempt(place, ride));
    place.bookingsOwed -= seats;
  }
  return { rides, attempts };
}

function planRide({ random, community, drivers }: Place, dials: CommunityDials, at: Date, seats: number): PlannedRide {
  return {
    id: random.uuid(),
    community,
    driver: random.pick(drivers),
    seats_total: seats,
    departs_at: new Date(at.getTime() + 20_000 + Math.floor(random.roll() * 40_000)),
    written_wrongly: random.roll() < dials.seatMismatch,
  };
}

function planAttempt({ random, community, passengers }: Place, ride: PlannedRide): PlannedAttempt {
  return {
    id: random.uuid(),
    ride: ride.id,
    community,
    passenger: random.pick(passengers),
    first_attempt: random.roll() < 0.92,
    success_roll: random.roll(),
    kind_roll: random.roll(),
  };
}

function planRecommendations(place: Place, dials: CommunityDials, elapsedSeconds: number): PlannedRecommendation[] {
  place.recommendationsOwed += place.bookingsPerSecond * dials.speed * elapsedSeconds;
  const number = Math.floor(place.recommendationsOwed);
  place.recommendationsOwed -= number;
  return Array.from({ length: number }, () => planRecommendation(place, place));
}

function planBreaches(place: Place, dials: CommunityDials, places: readonly Place[]): PlannedRecommendation[] {
  const others = places.filter((other) => other !== place);
  if (others.length === 0) return [];
  return Array.from({ length: place.random.around(dials.isolationBreachPerTick) }, () =>
    planRecommendation(place, place.random.pick(others)),
  );
}

function planRecommendation({ random, community, passengers }: Place, rideOf: Place): PlannedRecommendation {
  return {
    id: random.uuid(),
    passenger: random.pick(passengers),
    ride: rideOf.latestRide,
    ride_community: rideOf.community,
    passenger_community: community,
    similarity: scoreBetween(0.55, 0.95, random),
    reliability: scoreBetween(0.6, 0.98, random),
  };
}

function planComplaints({ random, community, passengers }: Place, dials: CommunityDials): PlannedComplaint[] {
  const number = Math.min(random.around(dials.complaintsPerTick), passengers.length);
  const first = Math.floor(random.roll() * passengers.length);
  return Array.from({ length: number }, (_, index) => ({
    reporter: passengers[(first + index) % passengers.length] as string,
    community,
    issue_key: dials.complaintIssue,
    severity: dials.complaintSeverity,
  }));
}

function planJob(dials: TrafficDials, random: Random): TickPlan['job'] {
  if (dials.jobStopped || dials.silent) return 'does not run';
  return random.roll() < dials.jobFailure ? 'fails' : 'succeeds';
}

function scoreBetween(lowest: number, highest: number, random: Random): number {
  return Number((lowest + random.roll() * (highest - lowest)).toFixed(3));
}
