------------------------------- MODULE Scenario -----------------------------
(***************************************************************************)
(* BudgetCAS with a program for each thread (module Programs).  The        *)
(* interleavings of such a program are few enough to list.  The explorer   *)
(* lists those of the Go code.  The two graphs must be equal: the same     *)
(* states, the same steps.  The comment at a program is its text in Go.    *)
(***************************************************************************)
EXTENDS BudgetCAS, Programs

VARIABLES
  begun,       \* begun[t]: how many calls t has begun
  ends         \* ends[t]: how the backing allocator may end t's call

\* Written by the explorer: go test -tags interleave ./linearizability/explore -run TestGraph -update

\* 3:2/1/0*3:2/1/0*3
GrowShrinkFree ==
  [limit |-> 3, threads |-> <<
    Holds(0, <<{To(2, Ok), To(1, Ok), To(0, Ok)}, {To(2, Ok), To(1, Ok), To(0, Ok)}, {To(2, Ok), To(1, Ok), To(0, Ok)}>>),
    Holds(0, <<{To(2, Ok), To(1, Ok), To(0, Ok)}, {To(2, Ok), To(1, Ok), To(0, Ok)}, {To(2, Ok), To(1, Ok), To(0, Ok)}>>)>>]

\* 3:2e/1e/0e*2:h2.3e/1e/0e*2
FailingBackend ==
  [limit |-> 3, threads |-> <<
    Holds(0, <<{To(2, Either), To(1, Either), To(0, Either)}, {To(2, Either), To(1, Either), To(0, Either)}>>),
    Holds(2, <<{To(3, Either), To(1, Either), To(0, Either)}, {To(3, Either), To(1, Either), To(0, Either)}>>)>>]

\* 3:2/1/0*2:L2/L4.L1/L3
LimitMoves ==
  [limit |-> 3, threads |-> <<
    Holds(0, <<{To(2, Ok), To(1, Ok), To(0, Ok)}, {To(2, Ok), To(1, Ok), To(0, Ok)}>>),
    Holds(0, <<{LimitTo(2), LimitTo(4)}, {LimitTo(1), LimitTo(3)}>>)>>]

\* 0:L2/E.L3/2:L4/E.1/0
TwoSetters ==
  [limit |-> 0, threads |-> <<
    Holds(0, <<{LimitTo(2), BootEnds}, {LimitTo(3), To(2, Ok)}>>),
    Holds(0, <<{LimitTo(4), BootEnds}, {To(1, Ok), To(0, Ok)}>>)>>]

\* 0:2e/1/0*2:E.2e/1*2
EndOfBoot ==
  [limit |-> 0, threads |-> <<
    Holds(0, <<{To(2, Either), To(1, Ok), To(0, Ok)}, {To(2, Either), To(1, Ok), To(0, Ok)}>>),
    Holds(0, <<{BootEnds}, {To(2, Either), To(1, Ok)}, {To(2, Either), To(1, Ok)}>>)>>]

\* 4:c2/2.1/0.2:h2.0/1.L3/2
OverRelease ==
  [limit |-> 4, threads |-> <<
    Holds(0, <<{ClaimOf(2), To(2, Ok)}, {To(1, Ok), To(0, Ok)}, {To(2, Ok)}>>),
    Holds(2, <<{To(0, Ok), To(1, Ok)}, {LimitTo(3), To(2, Ok)}>>)>>]

\* 3:2.0:2e:1.0
ThreeThreads ==
  [limit |-> 3, threads |-> <<
    Holds(0, <<{To(2, Ok)}, {To(0, Ok)}>>),
    Holds(0, <<{To(2, Either)}>>),
    Holds(0, <<{To(1, Ok)}, {To(0, Ok)}>>)>>]

\* 3:2.0:h1.0/2:L2.L4
ThreeAndLimits ==
  [limit |-> 3, threads |-> <<
    Holds(0, <<{To(2, Ok)}, {To(0, Ok)}>>),
    Holds(1, <<{To(0, Ok), To(2, Ok)}>>),
    Holds(0, <<{LimitTo(2)}, {LimitTo(4)}>>)>>]

\* end of programs

-----------------------------------------------------------------------------

ScenarioInit ==
  /\ LET sum == Sum(Holding, Threads)
     IN IF Program.limit = 0
          THEN /\ word = [head |-> CountBase - sum, gen |-> 0]
               /\ base = [i \in 0..1 |-> [bytes |-> CountBase, gen |-> 0]]
          ELSE /\ word = [head |-> Program.limit - sum, gen |-> 1]
               /\ base = [i \in 0..1 |->
                            IF i = 0 THEN [bytes |-> CountBase, gen |-> 0]
                            ELSE [bytes |-> Program.limit, gen |-> 1]]
  /\ locked = FALSE
  /\ pc = [t \in Threads |-> "Idle"]
  /\ want = [t \in Threads |-> 0]
  /\ seen = [t \in Threads |-> None]
  /\ held = [t \in Threads |-> Holding(t)]
  /\ phys = [t \in Threads |-> Holding(t)]
  /\ HistoryInit(IF Program.limit = 0 THEN CountBase ELSE Program.limit)
  /\ begun = [t \in Threads |-> 0]
  /\ ends = [t \in Threads |-> {}]

Call(t, c) ==
  CASE c[1] = "Resize"   -> Resize(t, c[2])
    [] c[1] = "Claim"    -> Claim(t, c[2])
    [] c[1] = "SetLimit" -> SetLimit(t, c[2])
    [] c[1] = "EndBoot"  -> EndBoot(t)

ProgramBegin(t) ==
  /\ begun[t] < Len(Items(t))
  /\ \E c \in Items(t)[begun[t] + 1] :
       /\ Call(t, c)
       /\ ends' = [ends EXCEPT ![t] = c[3]]
  /\ begun' = [begun EXCEPT ![t] = @ + 1]

ProgramStep(t) ==
  /\ IF pc[t] \notin Backing THEN Step(t)
     ELSE \E ok \in ends[t] :
            \/ BackendUnlimited(t, ok) \/ BackendGrow(t, ok)
            \/ BackendShrink(t, ok) \/ BackendFree(t, ok)
  /\ ends' = [ends EXCEPT ![t] = IF pc'[t] \in AtRest THEN {} ELSE @]
  /\ UNCHANGED begun

ScenarioNext == \E t \in Threads : ProgramBegin(t) \/ ProgramStep(t)

ScenarioSpec == ScenarioInit /\ [][ScenarioNext]_<<vars, begun, ends>>

\* Each step is a step of BudgetCAS.
OfBudgetCAS == [][Next]_vars
=============================================================================
