// Runs one server and holds it on a lifeline: standard input is a pipe from the process that started us. When that process ends, however
// it ends, the pipe closes; then the server is asked to stop, and killed if it does not within the bound. Nothing is ever written into the pipe.
//
// Plain JavaScript, because it is started as a process of its own, both from the sources and from the build.
// Argument: JSON { executable, arguments, stopSignal, stopWithinMs, environment?, uid?, gid? }. The server writes to our standard error (a log file).
// Standard output carries one JSON line { pid } or { failed }, and at the end { code, signal }.

import { spawn } from 'node:child_process';

const order = JSON.parse(process.argv[2]);
const server = spawn(order.executable, order.arguments, {
  stdio: ['ignore', 2, 2],
  cwd: '/',
  env: { ...process.env, ...order.environment },
  ...(order.uid === undefined ? {} : { uid: order.uid, gid: order.gid }),
});

/** The reader may be gone already; then there is nobody to tell. */
function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
process.stdout.on('error', () => {});

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  server.kill(order.stopSignal);
  setTimeout(() => server.kill('SIGKILL'), order.stopWithinMs).unref();
}

server.on('spawn', () => tell({ pid: server.pid }));
server.on('error', (error) => {
  tell({ failed: error.message });
  process.exitCode = 1;
  process.stdin.destroy();
});
server.on('exit', (code, signal) => {
  tell({ code, signal });
  process.stdin.destroy();
});

process.stdin.on('end', stop).on('error', stop).resume();
process.on('SIGTERM', stop);
// Ctrl-C and a closing terminal are for the process that started us: it stops its servers in order.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
