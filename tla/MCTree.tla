------------------------------- MODULE MCTree --------------------------------
(***************************************************************************)
(* Every tree of up to five nodes: from a root alone one step leads to any *)
(* other.                                                                  *)
(***************************************************************************)
EXTENDS Integers

VARIABLES nodes, parent

INSTANCE Tree WITH Nodes <- nodes, Root <- 1, Parent <- parent

Init == nodes = {1} /\ parent = [n \in nodes |-> 1]
\* Four steps up from any node of a tree is its root.
Next ==
  /\ nodes = {1}
  /\ \E size \in 2..5 :
       /\ nodes' = 1..size
       /\ parent' \in [nodes' -> nodes'] /\ parent'[1] = 1
       /\ \A n \in nodes' : parent'[parent'[parent'[parent'[n]]]] = 1

\* Does not hold: a tree is a chain.
Chain == \A m, n \in nodes : m \in Path[n] \/ n \in Path[m]
=============================================================================
