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
//	            threads an array; IF and LET are gone through. What is not known is an error
//	path.go     an action becomes paths: conditions on this state, and what each variable is
//	            in the next. x' = e is a substitution, so the next state has no names of its own
//	goal.go     a claim becomes goals, one a conjunct, under the name it has in the module
//	case.go     what a path knows is put into its goals, and what is said of all threads is
//	            asked of those that the step names, and of any other
//	sum.go      what is known of sums over all threads: four facts, by induction
//	smt.go      a problem as SMT-LIB, the goals one after the other
//	prove.go    the solver's answers. Only unsat proves; all else leaves the goal open
//
// What is trusted: this package, the solver, SANY, and the facts in sum.go and smt.go, whose
// induction steps the solver proves too (facts_test.go).
package prove
