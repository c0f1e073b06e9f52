// Package prove proves theorems of TLA+ modules, for any number of threads.
//
// TLC checks instances: two threads, three, small sizes. This package takes a module, as TLC's own
// parser reads it, and of it each THEOREM that has a name:
//
//	premises => (Spec => claims)
//
// Spec is Init /\ [][Next]_vars, and perhaps fairness, which is not used. A claim is P, []P or
// [][A]_w, with P on states. Each part may stand behind names. Any other theorem is refused by
// file, line and construct; so liveness is. An SMT solver (Z3) proves the goals that the text of
// the theorem says: Init implies each P, each step keeps each []P, and each step that changes w is
// an A. No list in Go adds to what is proved, or takes from it.
//
// A formula's name decides how []P is proved, and never whether. TypeOK and Inv are proved by
// induction; in a theorem without Inv, all are. Each conjunct of Kept is proved by an induction of
// its own, in which TypeOK and Inv are given: an open goal then names the promise that a rival
// breaks, and the step that breaks it. All others are proved to follow from TypeOK and Inv. The
// operator Witnesses, if the module has it, lists the values that \E of an instance is tried with.
//
// Constants are left open: the set of threads, sizes, limits, the width of the word. The ASSUMEs
// and the premises are all that is known of them, and must say what each of them is (given.go). If
// they contradict each other, or Init, or the invariant, nothing is proved.
//
// From module to goal, in three packages: sany reads TLA+, smt makes terms and asks the solver, and
// this one translates. Each imports those before it only.
//
//	sany/sany.go  the module, from SANY's XML: nothing is retyped
//	sany/expr.go  its expressions
//	statement.go  a theorem, taken apart
//	given.go      what constants and variables are, by what is assumed and by Init
//	theorem.go    the problems that together are the theorem
//	eval.go       an expression becomes a formula. A set is its membership, a function of the
//	              threads an array; IF and LET are gone through
//	builtin.go    the operators that are translated. All others are refused, by file and line
//	path.go       an action becomes paths: conditions on this state, and what each variable is
//	              in the next. x' = e is a substitution, so the next state has no names of its own
//	goal.go       a claim becomes goals, one a conjunct, under the name it has in the module
//	prove.go      the solver's answers. Only unsat proves; all else leaves the goal open
//
//	smt/term.go     terms, and the builder that makes them: one for the theorem, and one for each path
//	smt/partial.go  what TLA+ leaves open
//	smt/case.go     what a path knows is put into its goals, and what is said of all threads is
//	                asked of those that the step names, and of any other
//	smt/sum.go      what is known of sums over all threads: four facts, by induction
//	smt/problem.go  a problem as SMT-LIB, the goals one after the other
//
// An expression has a sort, which is known from the text. TLA+ has none, but says nothing of 1 +
// TRUE or of "a" = 1, and TLC stops there: so an operator is refused where it is applied to another
// sort than it is of. A function is its values on its domain, which its sort says unless that is
// all of the index; a string is any, not one of those that are named.
//
// Of f[x] outside of the domain of f, of a \div b and a % b unless b > 0, and of a CASE of which no
// arm holds, TLA+ says that it is some value. Nothing is proved of it, not even its sort: a formula
// that depends on it holds only if it is never asked for. In a goal it is proved that this is so.
// Of what an action or an assumption evaluates, it is a goal of its own. IF, CASE, /\, \/ and => go
// from left to right, as TLC does; and a set, a function or a record is asked for no more of its
// elements than the formula asks it for.
//
// One constant may be a set of anything: the threads. SMT-LIB has no empty sorts, and a sum is over
// finitely many, so the theorem must assume that there are some, and finitely many.
//
// What is trusted: these packages, the solver, SANY, and the facts in smt/sum.go and
// smt/problem.go, whose induction steps the solver proves too (TestFacts, TestSums).
package prove
