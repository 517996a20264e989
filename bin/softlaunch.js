#!/usr/bin/env node
import { main } from '../dist/src/ops/cli.js';

process.exitCode = await main(process.argv.slice(2));
