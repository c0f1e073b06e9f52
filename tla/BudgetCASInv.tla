---------------------------- MODULE BudgetCASInv -----------------------------
(***************************************************************************)
(* Why BudgetCAS keeps the promises on states: they follow from Inv, which *)
(* each step preserves from each typed state, reachable or not.            *)
(***************************************************************************)
EXTENDS BudgetCAS

\* A thread's variables, given the step that the thread takes next.
LocalOK(p, w, h, ph) ==
  /\ p # "Caught"
  /\ p \in {"Idle", "EndBootLock", "SetLimitUnlock"} \cup Booting => w = 0
  /\ p \in {"ResizeLoad", "BackendUnlimited"} => w \in Sizes \cup {0} /\ w # h
  /\ p \in (Asking \ {"ResizeLoad"}) \cup Rolling \cup {"BackendGrow", "Refused"}
       => w \in Sizes /\ w > h
  /\ p = "BackendShrink" => w \in Sizes /\ w < h
  /\ p = "BackendFree" => w = 0 /\ h > 0
  /\ p \in Freeing => w \in Sizes \cup {0} /\ w < h
  /\ p \in ToChange => w \in Limits
  /\ ph = IF p \in Freeing THEN w ELSE h

LocalInv(t) == LocalOK(pc[t], want[t], held[t], phys[t])

HasSeen == {"ReserveBase", "ReserveCAS", "RollbackBase", "RollbackCAS",
            "ReleaseBase", "ReleaseCAS"}

\* A word that t loaded: stale, perhaps, but it was true when t loaded it.
SeenOK(t, w) ==
  IF pc[t] \notin HasSeen THEN w = None ELSE
  /\ w.head < Unlimited
  /\ w.gen <= word.gen
  /\ IF pc[t] \in Asking THEN want[t] - held[t] <= w.head
     ELSE LET n == IF Growth(t) THEN want[t] - held[t] ELSE held[t] - want[t]
          IN Paired(w) => n <= CounterOf(w)

SeenInv(t) == SeenOK(t, seen[t])

BaseInv ==
  LET this  == base[word.gen % 2]
      other == base[(word.gen + 1) % 2]
  IN /\ this.gen = word.gen
     /\ other.gen \in {word.gen - 1, word.gen + 1} \/ (other.gen = 0 /\ word.gen = 0)
     /\ \A i \in 0..1 : base[i].bytes = CountBase <=> base[i].gen = 0
     /\ other.gen = word.gen + 1 <=> \E t \in Threads : pc[t] = "SetLimitWord"

LockInv ==
  /\ \A s, t \in Threads :
       {pc[s], pc[t]} \subseteq Setting \cup Booting => s = t
  /\ locked <=> \E t \in Threads : pc[t] \in Setting \cup Booting
  /\ \A t \in Threads :
       /\ pc[t] = "BackendUnlimited" => ~Counted
       /\ pc[t] \in Setting \cup Booting \cup {"SetLimitLock", "EndBootLock"}
            => t \in Setters
       /\ pc[t] \in {"SetLimitBase", "SetLimitWord"} => Counted
       /\ pc[t] = "EndBootWord" => Mode = "Counting"
  /\ word.gen + Cardinality({t \in Threads : pc[t] \in ToChange}) <= MaxChanges

WordInv ==
  /\ Counted \/ word = [head |-> Unlimited, gen |-> 0]
  /\ Charged <= CountBase

Inv ==
  /\ \A t \in Threads : LocalInv(t) /\ SeenInv(t)
  /\ BaseInv /\ LockInv /\ WordInv /\ Exact

THEOREM Without = {} /\ ~Misuse => (Spec => [](TypeOK /\ Inv))
THEOREM Without = {} /\ ~Misuse /\ TypeOK /\ Inv =>
          /\ LiveWithinCharge /\ ShrinkNeverRefused /\ Exact /\ WrapSafe
          /\ OverReleaseCaught

-----------------------------------------------------------------------------
\* 23 November 2026, TLC 1.7.4 (2.19), 2 workers; the same counts for 2 threads with a
\* build of that day.  Seconds are of two busy cores.
\*
\* distinct generated    s  constants
\*     4800     12992    5  2 threads, 1 setter, Sizes {1,2}, Limits {1}, Half 8, MaxChanges 1
\*     4314     10225   17  2 threads, 2 setters, Sizes {1}, Limits {1}, Half 8, MaxChanges 2
\*  1167740   4355501  412  3 threads, 1 setter, Sizes {1,2}, Limits {1,2}, Half 16, MaxChanges 1
=============================================================================
