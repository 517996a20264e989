import { DefaultLogger, Runtime } from '@temporalio/worker';

// Once per process and before any connection: tests are quiet, and what goes wrong in them still shows.
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });
