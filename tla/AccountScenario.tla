-------------------------- MODULE AccountScenario ---------------------------
(***************************************************************************)
(* Accounts with a program for each thread (module Programs).  The         *)
(* interleavings of such a program are few enough to list.  The explorer   *)
(* lists those of the Go code.  The two graphs must be equal: the same     *)
(* states, the same steps.  The comment at a program is its text in Go.    *)
(***************************************************************************)
EXTENDS Accounts, Programs

VARIABLES
  begun,       \* begun[t]: how many calls t has begun
  ends         \* ends[t]: how the backing allocator may end t's call

\* Written by the explorer: go test -tags interleave ./linearizability/explore -run TestGraph -update

\* 200:@1.0/150*2:@1.199
TwoOwners ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{To(1, Ok)}, {To(0, Ok), To(150, Ok)}, {To(0, Ok), To(150, Ok)}>>),
    Holds(0, <<{To(1, Ok)}, {To(199, Ok)}>>)>>]

\* 200:@1e.0.1:190.0
OwnerAndUser ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{To(1, Either)}, {To(0, Ok)}, {To(1, Ok)}>>),
    Holds(0, <<{To(190, Ok)}, {To(0, Ok)}>>)>>]

\* 200:@1.0.1:L3.L200
OwnersLimitMoves ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{To(1, Ok)}, {To(0, Ok)}, {To(1, Ok)}>>),
    Holds(0, <<{LimitTo(3)}, {LimitTo(200)}>>)>>]

\* 200:@1.41.0:150/0*2
SlackGivenBack ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{To(1, Ok)}, {To(41, Ok)}, {To(0, Ok)}>>),
    Holds(0, <<{To(150, Ok), To(0, Ok)}, {To(150, Ok), To(0, Ok)}>>)>>]

\* 0:@1.2e:E/L200
OwnersInBoot ==
  [limit |-> 0, threads |-> <<
    Holds(0, <<{To(1, Ok)}, {To(2, Either)}>>),
    Holds(0, <<{BootEnds, LimitTo(200)}>>)>>]

\* 200:@1.K.1e/0:@1.199
OwnerCloses ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{To(1, Ok)}, {Do("Close", 0)}, {To(1, Either), To(0, Ok)}>>),
    Holds(0, <<{To(1, Ok)}, {To(199, Ok)}>>)>>]

\* 200:@1.D/0.0.N.1:199/S.0
OwnerDropsAndOpens ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{To(1, Ok)}, {Do("Drop", 0), To(0, Ok)}, {To(0, Ok)}, {Do("NewAccount", 0)}, {To(1, Ok)}>>),
    Holds(0, <<{To(199, Ok), Do("Stats", 0)}, {To(0, Ok)}>>)>>]

\* 200:@1.0:@1.S.199/S
OwnersRead ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{To(1, Ok)}, {To(0, Ok)}>>),
    Holds(0, <<{To(1, Ok)}, {Do("Stats", 0)}, {To(199, Ok), Do("Stats", 0)}>>)>>]

\* 200:@l2/l1.1.2.c5/c2.0:@1.L3
OwnLimitAndMisuse ==
  [limit |-> 200, threads |-> <<
    Holds(0, <<{Do("SetAccountLimit", 2), Do("SetAccountLimit", 1)}, {To(1, Ok)}, {To(2, Ok)}, {ClaimOf(5), ClaimOf(2)}, {To(0, Ok)}>>),
    Holds(0, <<{To(1, Ok)}, {LimitTo(3)}>>)>>]

\* end of programs

-----------------------------------------------------------------------------

\* Holding is what threads without an account hold at the start.
ScenarioInit ==
  /\ LET sum == Sum(Holding, Threads)
     IN IF Program.limit = 0
          THEN /\ word = [head |-> CountBase - sum, gen |-> 0, stocked |-> FALSE]
               /\ base = [i \in 0..1 |-> [bytes |-> CountBase, gen |-> 0]]
          ELSE /\ word = [head |-> Program.limit - sum, gen |-> 1, stocked |-> FALSE]
               /\ base = [i \in 0..1 |->
                            IF i = 0 THEN [bytes |-> CountBase, gen |-> 0]
                            ELSE [bytes |-> Program.limit, gen |-> 1]]
  /\ slack = [t \in Threads |-> Empty]
  /\ taken = [t \in Threads |-> 0]
  /\ cap = [t \in Threads |-> 0]
  /\ limit = [t \in Threads |-> NoLimit]
  /\ listed = Owners
  /\ locked = FALSE /\ inside = [t \in Threads |-> FALSE]
  /\ todo = {}
  /\ pc = [t \in Threads |-> "Idle"]
  /\ call = [t \in Threads |-> "none"]
  /\ want = [t \in Threads |-> 0]
  /\ seen = [t \in Threads |-> Nothing]
  /\ carry = [t \in Threads |-> 0]
  /\ held = [t \in Threads |-> Holding(t)]
  /\ phys = [t \in Threads |-> Holding(t)]
  /\ begun = [t \in Threads |-> 0]
  /\ ends = [t \in Threads |-> {}]

Call(t, c) ==
  CASE c[1] = "Resize"     -> Resize(t, c[2])
    [] c[1] = "Claim"      -> Claim(t, c[2])
    [] c[1] = "SetLimit"   -> SetLimit(t, c[2])
    [] c[1] = "EndBoot"    -> EndBoot(t)
    [] c[1] = "Stats"      -> Stats(t)
    [] c[1] = "Close"      -> Close(t)
    [] c[1] = "Drop"       -> Drop(t)
    [] c[1] = "NewAccount" -> NewAccount(t)
    [] c[1] = "SetAccountLimit" -> SetAccountLimit(t, c[2])

ProgramBegin(t) ==
  /\ begun[t] < Len(Items(t))
  /\ \E c \in Items(t)[begun[t] + 1] :
       /\ Call(t, c)
       /\ ends' = [ends EXCEPT ![t] = c[3]]
  /\ begun' = [begun EXCEPT ![t] = @ + 1]

\* Accounts are drained in the order of the threads, in which they were made.
ProgramStep(t) ==
  /\ CASE pc[t] \in Backing ->
            \E ok \in ends[t] :
              \/ BackendUnlimited(t, ok) \/ BackendGrow(t, ok)
              \/ BackendShrink(t, ok) \/ BackendFree(t, ok)
       [] pc[t] = "DrainSwap" ->
            DrainSwap(t, CHOOSE a \in todo : \A b \in todo : a <= b)
       [] OTHER -> Step(t)
  /\ ends' = [ends EXCEPT ![t] = IF pc'[t] \in AtRest THEN {} ELSE @]
  /\ UNCHANGED begun

ScenarioNext == \E t \in Threads : ProgramBegin(t) \/ ProgramStep(t)

ScenarioSpec == ScenarioInit /\ [][ScenarioNext]_<<vars, begun, ends>>

\* Each step is a step of Accounts.
OfAccounts == [][Next]_vars
=============================================================================
