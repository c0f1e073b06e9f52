------------------------------ MODULE MCBudget -------------------------------
(***************************************************************************)
(* Trees for TLC, and what is asked of them.                               *)
(***************************************************************************)
EXTENDS Budget, TLC

\* The root, without a limit at first, and a child.
N1 == {"r", "c"}
P1 == [n \in N1 |-> "r"]
F1 == [n \in N1 |-> IF n = "r" THEN NoLimit ELSE 1]
\* A chain of three.
N2 == {"r", "c", "d"}
P2 == [n \in N2 |-> IF n = "d" THEN "c" ELSE "r"]
F2 == [n \in N2 |-> IF n = "r" THEN 2 ELSE NoLimit]
\* The root and two children, the second with a limit.
N3 == {"r", "c", "d"}
P3 == [n \in N3 |-> "r"]
F3 == [n \in N3 |-> CASE n = "r" -> 2 [] n = "d" -> 1 [] OTHER -> NoLimit]

Sym == Permutations(Threads)

AsksBytes(t)  == \E n \in Nodes, op \in {"Reserve", "Release"}, k \in Numbers : Ask(t, op, n, Root, k)
AsksLimits(t) == \/ AsksBytes(t)
                 \/ \E n \in Nodes, k \in Numbers : Ask(t, "SetLimit", n, Root, k)
                 \/ \E n \in Nodes, op \in {"Close", "EndBoot"} : Ask(t, op, n, Root, 0)
AsksMoves(t)  == \/ AsksBytes(t)
                 \/ \E n, to \in Nodes, k \in Numbers : Ask(t, "Move", n, to, k)
                 \/ \E n \in Nodes, op \in {"Leave", "Exact", "Stats"} : Ask(t, op, n, Root, 0)
=============================================================================
