---------------------------- MODULE BudgetTreeInv ----------------------------
(***************************************************************************)
(* Why BudgetTree keeps its promises.  Each conjunct speaks of one budget  *)
(* and its children, or of one thread and the path on which it is: no sum  *)
(* over a subtree is needed.                                               *)
(***************************************************************************)
EXTENDS BudgetTree

Vals  == -(CountBase + 1)..CountBase
Bytes == 0..(2 * CountBase)

TypeOK ==
  /\ \A n \in Nodes :
       /\ word[n].val \in Vals /\ word[n].gen \in 0..(Gens - 1)
       /\ word[n].kind \in {"counted", "gone", "unlimited"}
       /\ {word[n].drained, word[n].stocked, word[n].inner} \subseteq BOOLEAN
       /\ base[n][0] \in Vals /\ base[n][1] \in Vals
       /\ limit[n] \in 0..MaxSize \cup {NoLimit, Closed}
       /\ direct[n] \in Bytes /\ held[n] \in Bytes
  /\ locked \in BOOLEAN
  /\ \A t \in Threads :
       /\ {Node(t), call[t].to, at[t], carry[t].node} \subseteq Nodes
       /\ Want(t) \in Bytes \cup Limits \cup {Closed}
       /\ seen[t].val \in Vals /\ seen[t].gen \in 0..(Gens - 1) /\ seen[t].bytes \in Vals
       /\ carry[t].bytes \in Bytes
       /\ (pc[t] = "Idle") = (call[t] = NoCall)

\* T1.  What has left has no slack.
T1 == \A n \in Nodes \ {Root} :
        IF word[n].drained THEN ~word[n].stocked
        ELSE word[n].kind = "counted" /\ ~word[Parent[n]].drained /\ word[Parent[n]].stocked

Signs == \A n \in Nodes : word[n].kind = "counted" =>
           Used(n) >= 0 /\ (n # Root => Slack(n) >= 0)

\* Without the bit, the headroom is all there is.
BitTrue == \A n \in Nodes : ~word[n].stocked =>
             /\ \A c \in Kids[n] : word[c].drained
             /\ \A t \in Threads : carry[t].node \in Kids[n] => carry[t].bytes = 0

\* What a child took is within its own limit, so that a grant from slack is.
WithinOwn == \A n \in Nodes \ {Root} : ~word[n].drained => Base(n) <= limit[n]

\* What is held at an inner budget, and not yet counted beside its word.
DirectExact ==
  Misuse = {} /\ Counted => \A n \in Nodes : word[n].inner /\ word[n].kind = "counted" =>
    LET F(t) == IF pc[t] = "Direct" /\ Node(t) = n THEN Want(t) ELSE 0
    IN direct[n] = Owned(n) - Sum(F, Threads)

\* A growth is at a node below which, on its path, all is drained, and has room for it:
\* no other growth is charged there meanwhile.
Fits(t, m) == word[m].drained /\ word[m].kind = "counted" /\ (Counted => Want(t) <= limit[m] - Used(m))
PathFits == \A t \in Threads :
  /\ pc[t] = "Climb" => \A m \in Side(Node(t), at[t]) : Fits(t, m)
  /\ pc[t] \in Stocking => \A m \in Side(Node(t), Parent[at[t]]) : Fits(t, m)
  /\ pc[t] = "MoveCheck" => \A m \in Side(call[t].to, at[t]) : Fits(t, m)
  /\ pc[t] \in Moving => \A m \in Side(call[t].to, Node(t)) :
       ToLand(t, m) => Fits(t, m)
  /\ pc[t] \in Landing \cup {"Take"} => Node(t) \notin Limited

\* Bytes between a node and its parent: the parent says so.
Carries == \A t \in Threads : carry[t] # Nothing =>
  LET n == carry[t].node  p == Parent[n]
  IN (word[n].drained = (pc[t] \notin Topping \cup Trimming)) /\ ~word[p].drained /\ word[p].stocked /\ HasLock(t)

\* The base of a generation is there before the word moves to it.
NextBase == \A t \in Threads :
  LET a == at[t]  b == base[a][Next2(word[a].gen) % 2]
  IN /\ pc[t] = "StockWord" /\ word[a].val = seen[t].val =>
          b = Used(a) + Want(t) + carry[t].bytes /\ b <= limit[a]
     /\ pc[t] = "TrimWord" => b = Base(a) - seen[t].bytes
     /\ pc[t] = "TopWord" =>
          LET c == carry[t].node
          IN base[c][Next2(word[c].gen) % 2] = Base(c) + carry[t].bytes
             /\ Base(c) + carry[t].bytes <= limit[c]
     /\ pc[t] = "SetWord" =>
          base[Root][Next2(word[Root].gen) % 2] = IF Want(t) = NoLimit THEN CountBase ELSE Want(t)

\* A word that is as it was when t loaded it has the base that t saw.
PairTrue == \A t \in Threads : pc[t] = "ReleaseCAS" /\ Same(t, Node(t)) => Want(t) <= Used(Node(t))

\* What is passed on is still charged there.
PassFits == Misuse = {} => \A t \in Threads :
  pc[t] \in {"Pass", "MoveUp"} /\ word[at[t]].kind = "counted" => Want(t) <= Used(at[t])

\* Who has what the lock keeps.
UnderLock == OneHolder /\ (locked => \E t \in Threads : HasLock(t))

Inv == /\ Exact /\ T1 /\ Signs /\ BitTrue /\ WithinOwn /\ DirectExact /\ PathFits
       /\ Carries /\ NextBase /\ PairTrue /\ PassFits /\ UnderLock
=============================================================================
