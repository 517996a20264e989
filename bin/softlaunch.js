#!/usr/bin/env node
import '../dist/src/ops/cli.js';
