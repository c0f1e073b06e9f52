// Puts the SMT-LIB text on stdin to Z3, and prints its answers. prove/solver.go is its only user.
import { readFileSync } from 'node:fs'
import { init } from 'z3-solver'

const { Z3 } = await init()
const context = Z3.mk_context(Z3.mk_config())
process.stdout.write(await Z3.eval_smtlib2_string(context, readFileSync(0, 'utf8')))
process.exit(0)
