------------------------------- MODULE Follow --------------------------------
(***************************************************************************)
(* Runs of the code, followed step by step: each step must be one of       *)
(* BudgetCAS, or of Accounts.  The runs are too long for a graph that      *)
(* lists them all.                                                         *)
(*                                                                         *)
(* Go writes module Traces for each run of TLC (follow.go):                *)
(*   Threads      the threads of all traces                                *)
(*   Values       values of variables                                      *)
(*   States       states: for each variable a number of Values             *)
(*   Places       Places[m][v]: where variable v of module m is in a state *)
(*   Traces       traces: [of |-> the name of the module, misuse |->       *)
(*                whether callers may claim more than they hold, states    *)
(*                |-> numbers of States]                                   *)
(* A state of BudgetCAS is without the variables of its history.           *)
(*                                                                         *)
(* TLC prints the number of a trace, and of a state in it, where the       *)
(* module has no step from the state before; and where the first state is  *)
(* not one in which the module begins.                                     *)
(***************************************************************************)
EXTENDS Integers, Sequences, TLC, Traces

VARIABLES
  k,           \* the number of the trace
  i            \* the number of the state

\* Variable v in state j of trace n, and in the state at hand.
At(n, j, v) == Values[States[Traces[n].states[j]][Places[Traces[n].of][v]]]
S(v)        == At(k, i, v)

\* Half is as in the mapping in Go (spec.go).  The other constants are wide
\* enough for what callers ask for.
B(misuse) == INSTANCE BudgetCAS WITH
  Setters    <- Threads,
  Sizes      <- 1..8,
  Limits     <- 1..8,
  Half       <- 64,
  MaxChanges <- 127,
  Gens       <- 128,
  Stale      <- 127,
  Misuse     <- misuse,
  Without    <- {},
  History    <- FALSE,
  word <- S("word"), base <- S("base"), locked <- S("locked"), pc <- S("pc"),
  want <- S("want"), seen <- S("seen"), held <- S("held"), phys <- S("phys"),
  asked <- 16, over <- [t \in Threads |-> FALSE],
  top <- [t \in Threads |-> 0], fit <- [t \in Threads |-> TRUE], broken <- {}

\* What callers ask for, claim to hold, or set as the limit of an account.
NoLimit == 134217728
Numbers ==
  UNION { { At(n, j, v)[t] : j \in DOMAIN Traces[n].states, t \in Threads,
                             v \in {"want", "held", "limit"} } :
          n \in { n \in DOMAIN Traces : Traces[n].of = "Accounts" } } \ {-1, 0, NoLimit}

\* The constants of Accounts are those of AccountScenario: Half as in the mapping
\* (spec_accounts.go), and Shares, Worth and MaxBatch as in the code.
A(owners, misuse) == INSTANCE Accounts WITH
  Owners     <- owners,
  Setters    <- Threads,
  Readers    <- Threads,
  Openers    <- Threads,
  Sizes      <- Numbers,
  Limits     <- Numbers,
  OwnLimits  <- Numbers,
  Half       <- NoLimit,
  MaxChanges <- 127,
  Gens       <- 128,
  Stale      <- 127,
  Shares     <- 4,
  Worth      <- 16,
  MaxBatch   <- 262144,
  Misuse     <- misuse,
  Without    <- {},
  word <- S("word"), base <- S("base"), slack <- S("slack"), taken <- S("taken"),
  cap <- S("cap"), limit <- S("limit"), listed <- S("listed"), locked <- S("locked"),
  inside <- S("inside"), todo <- S("todo"), pc <- S("pc"), call <- S("call"),
  want <- S("want"), seen <- S("seen"), carry <- S("carry"), held <- S("held"),
  phys <- S("phys")

\* Any threads may begin with an account.
Begins == IF Traces[k].of = "Accounts"
            THEN \E owners \in SUBSET Threads : A(owners, {})!Init
            ELSE B({})!Init
Steps  == IF Traces[k].of = "Accounts"
            THEN IF Traces[k].misuse THEN A(Threads, Threads)!Next ELSE A(Threads, {})!Next
            ELSE IF Traces[k].misuse THEN B(Threads)!Next ELSE B({})!Next

Init ==
  /\ k \in DOMAIN Traces
  /\ i = 1
  /\ IF Begins THEN TRUE ELSE PrintT(<<"no step", k, i>>)

Next ==
  /\ i < Len(Traces[k].states)
  /\ i' = i + 1
  /\ k' = k
  /\ IF Steps THEN TRUE ELSE PrintT(<<"no step", k, i'>>)

Spec == Init /\ [][Next]_<<k, i>>
=============================================================================
