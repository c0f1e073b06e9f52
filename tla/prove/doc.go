// Package prove proves the protocol for any number of threads.
//
// TLC checks instances: two threads, three, small sizes. This package takes the same modules,
// as TLC's own parser reads them, and writes for each what a proof by induction needs: Init has
// the invariant TypeOK /\ Inv, each step keeps it, the promises follow from it, and each step is
// a step of module Budget or changes nothing that Budget sees. An SMT solver (Z3) then proves
// each goal, with the set of threads, the sizes, the limits, the width of the word, the number
// of generations and of limit changes left open: they are uninterpreted, and only what the
// module's ASSUME and its operator Assumed say of them is known.
//
// The rivals break promises. They are asked for these step by step, and the goals that stay open
// name the promise and the step that breaks it.
//
// From module to goal:
//
//	sany.go     the module, from SANY's XML: nothing is retyped
//	eval.go     an expression becomes a formula. A set is its membership, a function of the
//	            threads an array; IF and LET are gone through
//	builtin.go  the operators that are translated. All others are refused, by file and line
//	partial.go  what TLA+ leaves open
//	path.go     an action becomes paths: conditions on this state, and what each variable is
//	            in the next. x' = e is a substitution, so the next state has no names of its own
//	goal.go     a claim becomes goals, one a conjunct, under the name it has in the module
//	case.go     what a path knows is put into its goals, and what is said of all threads is
//	            asked of those that the step names, and of any other
//	sum.go      what is known of sums over all threads: four facts, by induction
//	smt.go      a problem as SMT-LIB, the goals one after the other
//	prove.go    the solver's answers. Only unsat proves; all else leaves the goal open
//
// An expression has a sort, which is known from the text. TLA+ has none, but says nothing of 1 + TRUE
// or of "a" = 1, and TLC stops there: so an operator is refused where it is applied to another sort
// than it is of. A function is its values on its domain, which its sort says unless that is all of
// the index; a string is any, not one of those that are named.
//
// Of f[x] outside of the domain of f, of a \div b and a % b unless b > 0, and of a CASE of which no
// arm holds, TLA+ says that it is some value. Nothing is proved of it, not even its sort: a formula
// that depends on it holds only if it is never asked for. In a goal it is proved that this is so. Of
// what an action or an assumption evaluates, it is a goal of its own. IF, CASE, /\, \/ and => go from
// left to right, as TLC does; and a set, a function or a record is asked for no more of its elements
// than the formula asks it for.
//
// The threads are finitely many, and there is one.
//
// What is trusted: this package, the solver, SANY, and the facts in sum.go and smt.go, whose
// induction steps the solver proves too (facts_test.go).
package prove
