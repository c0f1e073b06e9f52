------------------------------- MODULE Scenario -----------------------------
(***************************************************************************)
(* BudgetTree with a program for each thread, which says what the thread   *)
(* calls, one call after the other, and nothing of when.  The              *)
(* interleavings of such a program are few enough to list.  The explorer   *)
(* lists those of the Go code.  The two graphs must be equal: the same     *)
(* states, the same steps.  The comment at a program is its text in Go.    *)
(*                                                                         *)
(* The program of a thread is a sequence of items.  An item is a set of    *)
(* calls, of which the thread makes one.  A call is <<op, node, to, size   *)
(* or limit>>.  Sizes are in bytes.                                        *)
(***************************************************************************)
EXTENDS BudgetTree

CONSTANT Program  \* [parent, first, rank, opened |-> of the tree, threads |-> items of each]

VARIABLES
  begun,       \* begun[t]: how many calls t has begun
  late,        \* the thread that has taken its last step under the lock, and has yet to give it back; or 0
  short,       \* short[t]: t, which climbs, has found too little, and drains
  above,       \* above[t]: <<the word that t has loaded of its parent, whether t tries the lock>>
  batch        \* batch[t]: the batch that t has chosen for the child it is at; -1 if it has yet to

choices == <<short, above, batch>>

\* Written by the explorer: go test -tags interleave ./linearizability/explore -run TestGraph -update

\* 3:+2.-2.+1:+1.-1.+2
RootAlone ==
  [parent |-> [O |-> "O"],
   first |-> [O |-> 3],
   rank |-> [O |-> 0], opened |-> {},
   threads |-> <<
    <<{<<"Reserve", "O", "O", 2>>}, {<<"Release", "O", "O", 2>>}, {<<"Reserve", "O", "O", 1>>}>>,
    <<{<<"Reserve", "O", "O", 1>>}, {<<"Release", "O", "O", 1>>}, {<<"Reserve", "O", "O", 2>>}>>>>]

\* 3:+2/+1.-1:L2/L4.+1
RootLimitMoves ==
  [parent |-> [O |-> "O"],
   first |-> [O |-> 3],
   rank |-> [O |-> 0], opened |-> {},
   threads |-> <<
    <<{<<"Reserve", "O", "O", 2>>, <<"Reserve", "O", "O", 1>>}, {<<"Release", "O", "O", 1>>}>>,
    <<{<<"SetLimit", "O", "O", 2>>, <<"SetLimit", "O", "O", 4>>}, {<<"Reserve", "O", "O", 1>>}>>>>]

\* -:+2.-2:E.+1
RootEndsBoot ==
  [parent |-> [O |-> "O"],
   first |-> [O |-> NoLimit],
   rank |-> [O |-> 0], opened |-> {},
   threads |-> <<
    <<{<<"Reserve", "O", "O", 2>>}, {<<"Release", "O", "O", 2>>}>>,
    <<{<<"EndBoot", "O", "O", 0>>}, {<<"Reserve", "O", "O", 1>>}>>>>]

\* 4:+2.-3:+2.-1
RootOverRelease ==
  [parent |-> [O |-> "O"],
   first |-> [O |-> 4],
   rank |-> [O |-> 0], opened |-> {},
   threads |-> <<
    <<{<<"Reserve", "O", "O", 2>>}, {<<"Release", "O", "O", 3>>}>>,
    <<{<<"Reserve", "O", "O", 2>>}, {<<"Release", "O", "O", 1>>}>>>>]

\* 3(-):2e.X1e:X2e.1e
FailingBackends ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 3, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "O", "O", 2>>}, {<<"Reserve", "X", "O", 1>>}>>,
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Reserve", "O", "O", 1>>}>>>>]

\* 3(-):X+2.X-2:X+2.X-2
OneChild ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 3, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 2>>}>>,
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 2>>}>>>>]

\* 5(-):+2.-2:X+2.X-2
Beside ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 5, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "O", "O", 2>>}, {<<"Release", "O", "O", 2>>}>>,
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 2>>}>>>>]

\* 4(-(-)):Y+2.Y-2:X+1.X-1.Y+1
ThreeLevels ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X"],
   first |-> [O |-> 4, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O", "X"},
   threads |-> <<
    <<{<<"Reserve", "Y", "O", 2>>}, {<<"Release", "Y", "O", 2>>}>>,
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}, {<<"Reserve", "Y", "O", 1>>}>>>>]

\* 9(3(-,-)):Y+2.Y-2:Z+2.Z-2
InnerLimit ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X", Z |-> "X"],
   first |-> [O |-> 9, X |-> 3, Y |-> NoLimit, Z |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2, Z |-> 3], opened |-> {"O", "X"},
   threads |-> <<
    <<{<<"Reserve", "Y", "O", 2>>}, {<<"Release", "Y", "O", 2>>}>>,
    <<{<<"Reserve", "Z", "O", 2>>}, {<<"Release", "Z", "O", 2>>}>>>>]

\* 9(5):X+2.X-1:XL6.X+1
ChildsLimitMoves ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 9, X |-> 5],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"SetLimit", "X", "O", 6>>}, {<<"Reserve", "X", "O", 1>>}>>>>]

\* 9(5):X+2.XK.X-2:+3.-3
Closes ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 9, X |-> 5],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Close", "X", "O", Closed>>}, {<<"Release", "X", "O", 2>>}>>,
    <<{<<"Reserve", "O", "O", 3>>}, {<<"Release", "O", "O", 3>>}>>>>]

\* 5(-(?-)):X+2.X-2:YN.Y+1.Y-1
FirstGrandchild ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X"],
   first |-> [O |-> 5, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 2>>}>>,
    <<{<<"Open", "X", "O", 0>>}, {<<"Reserve", "Y", "O", 1>>}, {<<"Release", "Y", "O", 1>>}>>>>]

\* 9(5(-),5):Y+2.YMZ2.Z-2:Z+1.Z-1
MovesAcross ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X", Z |-> "O"],
   first |-> [O |-> 9, X |-> 5, Y |-> NoLimit, Z |-> 5],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2, Z |-> 3], opened |-> {"O", "X"},
   threads |-> <<
    <<{<<"Reserve", "Y", "O", 2>>}, {<<"Move", "Y", "Z", 2>>}, {<<"Release", "Z", "O", 2>>}>>,
    <<{<<"Reserve", "Z", "O", 1>>}, {<<"Release", "Z", "O", 1>>}>>>>]

\* 9(5(4)):Y+2.YMX1.X-1:+1.MY1
MovesUp ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X"],
   first |-> [O |-> 9, X |-> 5, Y |-> 4],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O", "X"},
   threads |-> <<
    <<{<<"Reserve", "Y", "O", 2>>}, {<<"Move", "Y", "X", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"Reserve", "O", "O", 1>>}, {<<"Move", "O", "Y", 1>>}>>>>]

\* 5(-(-)):Y+2.Y-2:X=.O=.XS
Readings ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X"],
   first |-> [O |-> 5, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O", "X"},
   threads |-> <<
    <<{<<"Reserve", "Y", "O", 2>>}, {<<"Release", "Y", "O", 2>>}>>,
    <<{<<"Exact", "X", "O", 0>>}, {<<"Exact", "O", "O", 0>>}, {<<"Stats", "X", "O", 0>>}>>>>]

\* 5(-):X+2.X-3:X+1.X-1
ChildOverReleases ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 5, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 3>>}>>,
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>>>]

\* 5(-):+1.-2:X+1.X-1.+1
InnerOverReleases ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 5, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "O", "O", 1>>}, {<<"Release", "O", "O", 2>>}>>,
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}, {<<"Reserve", "O", "O", 1>>}>>>>]

\* 4(-,-):X+2.X-2:Y+2:+1
ThreeThreads ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "O"],
   first |-> [O |-> 4, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 2>>}>>,
    <<{<<"Reserve", "Y", "O", 2>>}>>,
    <<{<<"Reserve", "O", "O", 1>>}>>>>]

\* 200(-):X+1.X-1:+190
Stocked ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"Reserve", "O", "O", 190>>}>>>>]

\* 200(-,-):X+1.X-1:Y+1.+190
TwoStocked ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"Reserve", "Y", "O", 1>>}, {<<"Reserve", "O", "O", 190>>}>>>>]

\* 200(-):X+1.X-1:X+1
StockedMeanwhile ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"Reserve", "X", "O", 1>>}>>>>]

\* 200(-(-)):Y+1.Y-1:+190
GrandchildStocked ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X"],
   first |-> [O |-> 200, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O", "X"},
   threads |-> <<
    <<{<<"Reserve", "Y", "O", 1>>}, {<<"Release", "Y", "O", 1>>}>>,
    <<{<<"Reserve", "O", "O", 190>>}>>>>]

\* 200(-):X+1.X-1:X=.O=
StockedRead ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"Exact", "X", "O", 0>>}, {<<"Exact", "O", "O", 0>>}>>>>]

\* 200(-):X+1.X-1:L100.+90
StockedLimitMoves ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"SetLimit", "O", "O", 100>>}, {<<"Reserve", "O", "O", 90>>}>>>>]

\* -(-):X+2.X-2:E
StockedEndsBoot ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> NoLimit, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 2>>}, {<<"Release", "X", "O", 2>>}>>,
    <<{<<"EndBoot", "O", "O", 0>>}>>>>]

\* 200(-):X+1.XK.X-1:+190
StockedCloses ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Close", "X", "O", Closed>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"Reserve", "O", "O", 190>>}>>>>]

\* 200(-(?-)):X+1.X-1:YN.Y+1
StockedOpens ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "X"],
   first |-> [O |-> 200, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"Open", "X", "O", 0>>}, {<<"Reserve", "Y", "O", 1>>}>>>>]

\* 200(-,9):X+3.XMY2.Y-2:X+1
StockedMoves ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit, Y |-> 9],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 3>>}, {<<"Move", "X", "Y", 2>>}, {<<"Release", "Y", "O", 2>>}>>,
    <<{<<"Reserve", "X", "O", 1>>}>>>>]

\* 200(-):X+1.X-2:X+1.X-1
StockedOverReleases ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 2>>}>>,
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>>>]

\* 200(90):X+1.X-1:XL50.+190
StockedOwnLimit ==
  [parent |-> [O |-> "O", X |-> "O"],
   first |-> [O |-> 200, X |-> 90],
   rank |-> [O |-> 0, X |-> 1], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}, {<<"Release", "X", "O", 1>>}>>,
    <<{<<"SetLimit", "X", "O", 50>>}, {<<"Reserve", "O", "O", 190>>}>>>>]

\* 200(-,-):X+1:Y+1:+190
ThreeStocked ==
  [parent |-> [O |-> "O", X |-> "O", Y |-> "O"],
   first |-> [O |-> 200, X |-> NoLimit, Y |-> NoLimit],
   rank |-> [O |-> 0, X |-> 1, Y |-> 2], opened |-> {"O"},
   threads |-> <<
    <<{<<"Reserve", "X", "O", 1>>}>>,
    <<{<<"Reserve", "Y", "O", 1>>}>>,
    <<{<<"Reserve", "O", "O", 190>>}>>>>]

\* end of programs

-----------------------------------------------------------------------------
(* The constants of BudgetTree, as the program and impl/drain.go say.      *)

Shares     == 4
Worth      == 16
MaxBatch   == 262144
InnerBatch == 64 * MaxBatch

ProgramNodes   == DOMAIN Program.parent
ProgramParent  == Program.parent
ProgramFirst   == Program.first
ProgramRank    == Program.rank
ProgramOpened  == Program.opened
ProgramLimited == { n \in ProgramNodes \ {Root} : Program.first[n] # NoLimit }
ProgramThreads == DOMAIN Program.threads
ProgramMoves   == ProgramNodes \X ProgramNodes
ProgramBatches == IF Program.first[Root] = NoLimit THEN {MaxBatch} ELSE 1..(Program.first[Root] \div Shares)
ProgramCalls   == UNION { UNION { Program.threads[t][i] : i \in DOMAIN Program.threads[t] } :
                          t \in ProgramThreads }
ProgramSizes   == { c[4] : c \in ProgramCalls }

-----------------------------------------------------------------------------

ScenarioInit ==
  /\ Init
  /\ begun = [t \in Threads |-> 0]
  /\ late = 0
  /\ short = [t \in Threads |-> FALSE]
  /\ above = [t \in Threads |-> <<>>]
  /\ batch = [t \in Threads |-> -1]

Call(t, op, n, to, k) ==
  CASE op = "Reserve"  -> Reserve(t, n, k)
    [] op = "Release"  -> Release(t, n, k)
    [] op = "Move"     -> Move(t, n, to, k)
    [] op = "SetLimit" -> Manage(t, op, n, k, "SetLock")
    [] op = "Close"    -> Manage(t, op, n, Closed, "SetLock")
    [] op = "EndBoot"  -> Manage(t, op, n, 0, "SetLock")
    [] op = "Leave"    -> Manage(t, op, n, 0, "LeaveLock")
    [] op = "Open"     -> Manage(t, op, n, 0, "OpenLock")
    [] op = "Exact"    -> Manage(t, op, n, 0, "ReadLock")
    [] op = "Stats"    -> Manage(t, op, n, 0, "Stats")

ProgramBegin(t) ==
  /\ begun[t] < Len(Program.threads[t])
  /\ \E c \in Program.threads[t][begun[t] + 1] : Call(t, c[1], c[2], c[3], c[4])
  /\ begun' = [begun EXCEPT ![t] = @ + 1]
  /\ UNCHANGED <<late, choices>>

Enough(w, k) == w.kind = "counted" /\ ~w.drained /\ w.val >= k
Plenty(w, k) == (w.val - k) \div (Shares * Worth) >= k
IsFree       == ~locked /\ late = 0

\* The word of the parent is loaded, the lock is tried if that has plenty, and then it is
\* swapped.
Above(t) ==
  LET w == word[at[t]]  k == Want(t)
      next(a) == above' = [above EXCEPT ![t] = a]
  IN /\ UNCHANGED <<late, short, batch>>
     /\ IF above[t] = <<>>
          THEN IF Enough(w, k) THEN next(<<w, Plenty(w, k)>>) /\ UNCHANGED vars
               ELSE Take(t) /\ UNCHANGED above
        ELSE IF above[t][2]
          THEN IF IsFree THEN TryStock(t) /\ next(<<>>)
               ELSE next(<<above[t][1], FALSE>>) /\ UNCHANGED vars
        ELSE next(<<>>) /\ IF w = above[t][1] THEN Take(t) ELSE UNCHANGED vars

\* What has too little is drained to the end, even if it has enough meanwhile: all below it,
\* and after another look itself.
Looks(t) ==
  LET a == at[t]  w == word[a]
      need == w.kind = "counted" /\ ~Enough(w, Want(t)) /\ IF a = Root THEN w.stocked ELSE ~w.drained
      ends == \/ w.stocked /\ ~word'[a].stocked
              \/ word'[a].drained /\ carry'[t] = Nothing
  IN /\ UNCHANGED <<above, batch>>
     /\ IF short[t]
          THEN /\ (\E n \in Nodes : DrainBit(t, n) \/ DrainSwap(t, n)) \/ DrainGive(t)
               /\ short' = [short EXCEPT ![t] = ~ends]
        ELSE IF need THEN short' = [short EXCEPT ![t] = TRUE] /\ UNCHANGED vars
        ELSE Climb(t) /\ UNCHANGED short

\* How much slack the child at[t] should take.
Batch(t) ==
  LET a == at[t]  p == word[Parent[a]]  k == Want(t)
      stocks == Cardinality({ c \in Kids[Parent[a]] : ~word[c].drained })
      min(x, y) == IF x < y THEN x ELSE y
      size == min(min((p.val - k) \div (Shares * (stocks + 1)), IF word[a].inner THEN InnerBatch ELSE MaxBatch),
                  limit[a] - Used(a) - k)
  IN IF p.drained \/ p.kind # "counted" \/ size < (IF word[a].inner THEN k ELSE Worth * k) THEN 0 ELSE size

Supplies(t) ==
  LET next(b) == batch' = [batch EXCEPT ![t] = b]
  IN /\ UNCHANGED <<short, above>>
     /\ CASE batch[t] = -1 -> next(Batch(t)) /\ UNCHANGED vars
          [] batch[t] = 0  -> next(-1) /\ LandDown(t)
          [] OTHER -> IF word[Parent[at[t]]].val >= batch[t] THEN next(-1) /\ StockTake(t, batch[t])
                      ELSE next(0) /\ UNCHANGED vars

ProgramStep(t) ==
  /\ UNCHANGED begun
  /\ CASE Waits(t)        -> late = 0 /\ Locking(t) /\ UNCHANGED <<late, choices>>
       [] pc[t] = "Take"  -> Above(t)
       [] OTHER ->
            /\ CASE pc[t] = "Climb" -> Looks(t)
                 [] pc[t] = "Down"  -> Supplies(t)
                 [] OTHER           -> Step(t) /\ UNCHANGED choices
            /\ late' = IF locked /\ ~locked' THEN t ELSE late

GivesBack(t) == late' = 0 /\ UNCHANGED <<vars, begun, choices>>

ScenarioNext == \E t \in Threads : IF late = t THEN GivesBack(t) ELSE ProgramBegin(t) \/ ProgramStep(t)

ScenarioSpec == ScenarioInit /\ [][ScenarioNext]_<<vars, begun, late, choices>>

\* Each step is a step of BudgetTree.
OfBudgetTree == [][Next]_vars
=============================================================================
