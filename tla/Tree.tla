-------------------------------- MODULE Tree ---------------------------------
(***************************************************************************)
(* A tree of nodes, and what is true of every finite one.                  *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS Nodes, Root, Parent   \* Parent[Root] = Root

RECURSIVE Up(_), Sum(_, _)
Up(n) == IF n = Root THEN {n} ELSE {n} \cup Up(Parent[n])
Path  == [n \in Nodes |-> Up(n)]                                \* n and its ancestors
Kids  == [n \in Nodes |-> { c \in Nodes \ {Root} : Parent[c] = n }]
Below == [n \in Nodes |-> { m \in Nodes \ {n} : n \in Path[m] }]   \* its descendants
Side(m, n)   == Path[m] \ Path[n]      \* what is above m, and not above n
Common(m, n) == CHOOSE a \in Path[m] \cap Path[n] : Path[m] \cap Path[n] \subseteq Path[a]
Toward(a, n) == CHOOSE c \in Path[n] : c # Root /\ Parent[c] = a
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET x == CHOOSE x \in S : TRUE IN F(x) + Sum(F, S \ {x})

ASSUME /\ Root \in Nodes /\ Parent[Root] = Root
       /\ \A n \in Nodes : Parent[n] \in Nodes /\ Root \in Path[n]

\* What may be used of a tree, of whatever size.
TreeFacts ==
  /\ \A n \in Nodes : n \in Path[n]
  /\ \A n \in Nodes : Root \in Path[n]
  /\ Parent[Root] = Root
  /\ \A x \in Nodes : x \in Path[Root] => x = Root
  /\ \A n \in Nodes : n # Root => Parent[n] # n /\ n \notin Path[Parent[n]]
  /\ \A n, x \in Nodes : n # Root => (x \in Path[n] <=> x = n \/ x \in Path[Parent[n]])
  /\ \A m, n \in Nodes : m \in Path[n] /\ n \in Path[m] => m = n
  /\ \A l, m, n \in Nodes : l \in Path[m] /\ m \in Path[n] => l \in Path[n]
  /\ \A l, m, n \in Nodes : l \in Path[n] /\ m \in Path[n] => l \in Path[m] \/ m \in Path[l]
  /\ \A n, x \in Nodes : x \in Below[n] <=> x # n /\ n \in Path[x]
  /\ \A n, x \in Nodes : x \in Kids[n] <=> x # Root /\ Parent[x] = n
  /\ \A a, n \in Nodes : a \in Path[n] \ {n} =>
       Toward(a, n) \in Path[n] /\ Toward(a, n) # Root /\ Parent[Toward(a, n)] = a
  /\ \A m, n \in Nodes : Common(m, n) \in Path[m] \cap Path[n]
  /\ \A l, m, n \in Nodes : l \in Path[m] \cap Path[n] => l \in Path[Common(m, n)]
=============================================================================
