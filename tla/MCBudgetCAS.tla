----------------------------- MODULE MCBudgetCAS -----------------------------
(***************************************************************************)
(* What only TLC needs to check that Inv is inductive: all states of       *)
(* TypeOK /\ Inv, in an order in which TLC can enumerate them.  A behavior *)
(* may start in any of them.  If Inv is inductive, no step leaves them:    *)
(* TLC finds no state that was not an initial one.                         *)
(***************************************************************************)
EXTENDS BudgetCASInv

\* The variables of one thread that Inv allows for some state of the others.
Locals ==
  { l \in [pc : Steps, want : Sizes \cup Limits \cup {0},
           held : Sizes \cup {0}, phys : Sizes \cup {0}] :
      LocalOK(l.pc, l.want, l.held, l.phys) }

\* Exact allows one headroom for each generation.
WordsFor(owned) ==
  { [head |-> Unlimited, gen |-> 0] } \cup
  { [head |-> base[g % 2].bytes - owned, gen |-> g] : g \in 0..MaxChanges }

\* The words that t may have seen.
Seens(t) == { w \in Words : SeenOK(t, w) }

InitInv ==
  /\ \E l \in [Threads -> Locals] :
       /\ pc   = [t \in Threads |-> l[t].pc]
       /\ want = [t \in Threads |-> l[t].want]
       /\ held = [t \in Threads |-> l[t].held]
       /\ phys = [t \in Threads |-> l[t].phys]
  /\ base \in [0..1 -> [bytes : Limits \cup {CountBase}, gen : 0..MaxChanges]]
  /\ word \in WordsFor(Sum(Owned, Threads))
  /\ locked = \E t \in Threads : pc[t] \in Setting \cup Booting
  /\ BaseInv /\ LockInv /\ WordInv
  /\ seen \in { s \in [Threads -> UNION { Seens(t) : t \in Threads }] :
                 \A t \in Threads : s[t] \in Seens(t) }
  /\ TypeOK /\ Inv
  /\ HistoryInit(CountBase)

SpecInv == InitInv /\ [][Next]_vars

=============================================================================
