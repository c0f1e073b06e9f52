// Checks one module with tla-checker: {"spec", "cfg", "maxStates"} as JSON on stdin, its result as
// JSON on stdout. checker.go is its only user.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { check_spec_with_cfg, initSync } from 'tla-checker'

const packageFile = (name) => fileURLToPath(import.meta.resolve('tla-checker').replace(/[^/]*$/, name))
initSync({ module: readFileSync(packageFile('tla_checker_bg.wasm')) })

const { spec, cfg, maxStates } = JSON.parse(readFileSync(0, 'utf8'))
const allowDeadlock = /^\s*CHECK_DEADLOCK\s+FALSE/m.test(cfg)
const result = JSON.parse(check_spec_with_cfg(spec, cfg, '{}', maxStates, maxStates, allowDeadlock, false))
result.version = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version
console.log(JSON.stringify(result))
