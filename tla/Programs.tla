------------------------------- MODULE Programs ------------------------------
(***************************************************************************)
(* A program for each thread, which says what the thread calls, one call   *)
(* after the other, and nothing of when.  Modules Scenario and             *)
(* AccountScenario run programs on BudgetCAS and on Accounts.              *)
(*                                                                         *)
(* A program is a sequence of items.  An item is a set of calls, of which  *)
(* the thread makes one.  A call is <<what, size or limit, ends>>, where   *)
(* ends says how the backing allocator may end it.  Sizes are in bytes.    *)
(***************************************************************************)
EXTENDS Sequences

CONSTANT Program  \* [limit |-> at the start, 0 is Counting,
                  \*  threads |-> for each thread [held |-> at the start, items]]

Ok == {TRUE}
Fails == {FALSE}
Either == BOOLEAN

To(n, e) == <<"Resize", n, e>>
ClaimOf(n) == <<"Claim", n, {}>>
LimitTo(n) == <<"SetLimit", n, {}>>
BootEnds == <<"EndBoot", 0, {}>>
Do(what, n) == <<what, n, {}>>     \* any other

Holds(n, items) == [held |-> n, items |-> items]

Items(t)   == Program.threads[t].items
Holding(t) == Program.threads[t].held
=============================================================================
