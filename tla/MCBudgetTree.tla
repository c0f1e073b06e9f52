---------------------------- MODULE MCBudgetTree -----------------------------
(***************************************************************************)
(* Trees for TLC, and a view of BudgetTree that forgets what no thread can *)
(* read again.                                                             *)
(***************************************************************************)
EXTENDS BudgetTreeInv, TLC

CONSTANTS RootLimit, ChildLimit      \* the limits that the root and children begin with

\* The root alone.
N0 == {"r"}
P0 == [n \in N0 |-> "r"]
F0 == [n \in N0 |-> RootLimit]
\* The root and a child, with a limit and without.
N1 == {"r", "a"}
P1 == [n \in N1 |-> "r"]
F1 == [n \in N1 |-> IF n = "r" THEN RootLimit ELSE ChildLimit]
\* The root and two children, the second with a limit.
N2 == {"r", "a", "b"}
P2 == [n \in N2 |-> "r"]
F2 == [n \in N2 |-> CASE n = "r" -> RootLimit [] n = "b" -> ChildLimit [] OTHER -> NoLimit]
\* The root, a child with a limit and its two children.
N3 == {"r", "a", "c", "d"}
P3 == [n \in N3 |-> IF n \in {"c", "d"} THEN "a" ELSE "r"]
F3 == [n \in N3 |-> CASE n = "r" -> RootLimit [] n = "a" -> ChildLimit [] OTHER -> NoLimit]
\* A chain of three.
N4 == {"r", "a", "c"}
P4 == [n \in N4 |-> IF n = "c" THEN "a" ELSE "r"]
F4 == [n \in N4 |-> CASE n = "r" -> RootLimit [] n = "a" -> ChildLimit [] OTHER -> NoLimit]
\* A chain of two beside a child.
N5 == {"r", "a", "b", "c"}
P5 == [n \in N5 |-> IF n = "c" THEN "a" ELSE "r"]
F5 == [n \in N5 |-> CASE n = "r" -> RootLimit [] n \in Limited -> ChildLimit [] OTHER -> NoLimit]

R == [n \in {"r", "a", "b", "c", "d"} |->
        CASE n = "r" -> 0 [] n = "a" -> 1 [] n = "b" -> 2 [] n = "c" -> 3 [] n = "d" -> 4]

M1 == {<<"c", "b">>, <<"b", "c">>}
M2 == {<<"c", "a">>, <<"a", "c">>, <<"r", "c">>}

Sym == Permutations(Workers) \cup Permutations(Managers)

\* A thread may come back to a base of n that is not in force.
Busy(n) == \E t \in Threads :
  \/ Node(t) = n /\ pc[t] \in {"ReleaseBase", "StatsBase"}
  \/ at[t] = n /\ pc[t] \in {"StockWord", "TrimWord"}
  \/ carry[t].node = n /\ pc[t] = "TopWord"
  \/ n = Root /\ pc[t] = "SetWord"
NodeView(n) ==
  LET w == word[n]
  IN <<w.val, w.kind, w.drained, w.stocked, w.inner, limit[n],
       IF w.inner \/ \E t \in Threads : pc[t] = "OpenWord" /\ Node(t) = n THEN direct[n] ELSE 0,
       IF w.drained THEN 0 ELSE Base(n), IF Busy(n) THEN base[n][(w.gen + 1) % 2] ELSE 0>>
\* Generations are told from each other only by their distance.
SeenView(t) ==
  <<seen[t].val, seen[t].bytes,
    IF pc[t] \in {"ReleaseBase", "ReleaseCAS", "Doubt", "StatsBase", "StatsWord"}
      THEN (word[Node(t)].gen - seen[t].gen) % Gens ELSE 0>>
View == <<[n \in Nodes |-> NodeView(n)], [t \in Threads |-> SeenView(t)],
          locked, held, pc, call, at, carry, answer>>

-----------------------------------------------------------------------------
(* What an instance must reach, or its case claims too little: each of     *)
(* these is refuted.                                                       *)

Stocked(n) == n \in Nodes /\ word[n].kind = "counted" /\ ~word[n].drained
NeverTwoStocked  == ~(Stocked("a") /\ Stocked("b"))
NeverDrainBeside == \A t \in Threads : carry[t].node # Root /\ pc[t] = "Climb" =>
                      \A n \in Limited \ {carry[t].node} : ~Stocked(n)
NeverThreeBusy   == Cardinality({ t \in Threads : pc[t] # "Idle" }) < 3
\* A limit that is changed moves a generation; so does a batch, if there is one.
NeverTwoLimits   == Batches = {} => \A n \in Nodes : word[n].gen < 2
NeverRootTwice   == word[Root].gen < 2
NeverClosedHeld  == \A n \in Nodes : Limit(n) = Closed => held[n] = 0
NeverGoneLanding == \A t \in Threads : pc[t] \in Landing => ~Gone(Node(t))
NeverCounted     == \A t \in Threads : pc[t] = "OpenWord" => word[Node(t)].val = seen[t].val
NeverCaughtInner == \A t \in Threads : answer[t] = OverRelease => ~(\E n \in Callers : word[n].inner)
NeverReadSlack   == \A t \in Threads, n \in Nodes :
                      answer[t][1] = "read" /\ Len(answer[t]) = 2 => answer[t][2] <= Counter(n)
=============================================================================
