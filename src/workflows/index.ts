export { communityOnboarding } from './community-onboarding.ts';
export { incidentResponse } from './incident-response.ts';
export { launch } from './launch.ts';
export { rollback } from './rollback.ts';
