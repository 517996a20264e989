/** How one community's people and software behave. Shares are 0–1; numbers per tick may be fractions, then they are an average. */
export interface CommunityDials {
  /** Multiplies the community's number of bookings and recommendations. */
  speed: number;
  /** Share of booking attempts that end confirmed, where smart matching is effectively on; elsewhere it stays at its default. */
  bookingSuccess: number;
  /** Share of shown recommendations that are clicked; never less than `acceptance`, since one clicks to accept. */
  click: number;
  /** Share of closed recommendations that were accepted. */
  acceptance: number;
  /** Recommendations per tick that show a ride of another community, where smart matching is effectively on. */
  isolationBreachPerTick: number;
  /** Share of new rides whose free seats are written wrongly, where smart matching is effectively on. */
  seatMismatch: number;
  /** Complaints per tick, from different members, where smart matching is effectively on. */
  complaintsPerTick: number;
  complaintIssue: string;
  complaintSeverity: 'minor' | 'major' | 'critical';
  /** Nobody does anything. */
  silent: boolean;
}

/** Dials for everybody, with exceptions by community. All may be turned while traffic runs. */
export interface TrafficDials extends CommunityDials {
  /** Share of runs of the job `expire_rides` that fail. The job serves all communities, so no feature's state matters. */
  jobFailure: number;
  /** The job no longer runs and leaves no trace of that. */
  jobStopped: boolean;
  /** What differs in one community, by slug. */
  communities: Record<string, Partial<CommunityDials>>;
}

/** All is well: the dials of a good day. A new object on each call, since dials are meant to be turned. */
export function goodDay(): TrafficDials {
  return {
    speed: 1,
    bookingSuccess: usualBookingSuccess,
    click: 0.6,
    acceptance: 0.45,
    isolationBreachPerTick: 0,
    seatMismatch: 0,
    complaintsPerTick: 0,
    complaintIssue: 'recommended-ride-was-full',
    complaintSeverity: 'major',
    silent: false,
    jobFailure: 0,
    jobStopped: false,
    communities: {},
  };
}

/** Share of booking attempts that end confirmed as long as nothing new is switched on. */
export const usualBookingSuccess = 0.985;

/** The dials that hold in one community. A global `silent` silences every community, whatever its own dial says. */
export function dialsOf(slug: string, dials: TrafficDials): CommunityDials {
  const own = { ...dials, ...dials.communities[slug] };
  return { ...own, silent: own.silent || dials.silent };
}
