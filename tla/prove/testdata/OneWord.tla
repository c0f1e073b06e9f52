------------------------------ MODULE OneWord -------------------------------
(***************************************************************************)
(* A budget whose word decides everything, headroom and generation in one: *)
(* the subject on which the generator of proof goals is tested.  Nothing   *)
(* of it is claimed of the product.                                        *)
(*                                                                         *)
(* The headroom is measured against the base, which lies beside the word   *)
(* in two slots.  A setter writes the slot of generation g before the word *)
(* moves to g.                                                             *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,
  Setters,     \* those of them that also call SetLimit and EndBoot
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  Limits,      \* bytes: the limits that may be set
  Half,        \* the headroom is a machine integer in -Half..Half-1
  MaxChanges,  \* how often the limit is changed at most
  Gens,        \* generations there are
  Stale        \* limit changes that begin at most while a thread goes on from a word

Largest   == Half - 1       \* the largest size there can be
Unlimited == Half \div 2    \* from here up nothing is counted
CountBase == Half \div 4    \* the base while Counting
MaxLimit  == Half \div 8    \* the largest limit

ASSUME /\ Setters \subseteq Threads
       /\ Half \in Nat /\ Half > 0 /\ Half % 8 = 0 /\ MaxChanges \in Nat
       /\ Gens > 0 /\ Gens % 2 = 0 /\ Stale \in 0..Gens
       /\ \A n \in Sizes : n \in 1..Largest
       /\ \A n \in Limits : n \in 1..MaxLimit

VARIABLES
  word,        \* [head, gen]: headroom and generation, in one atomic word
  base,        \* base[g % 2] is [bytes, gen]: what generation g measures against
  locked,      \* the setter lock
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  want,        \* want[t]: the size t asks for, or the limit it sets
  seen,        \* seen[t]: the word t loaded last
  held,        \* held[t]: bytes of t's block as t knows it
  phys         \* phys[t]: bytes of t's block that physically exist

memory == <<held, phys>>
vars   == <<word, base, locked, pc, want, seen, held, phys>>

AtRest  == {"Idle", "Refused", "Caught", "Unlimited"}
Asking  == {"ResizeLoad", "ReserveLoad", "ReserveCAS"}
Rolling == {"RollbackLoad", "RollbackBase", "RollbackCAS"}
Freeing == {"ReleaseLoad", "ReleaseBase", "ReleaseCAS"}
Backing == {"BackendGrow", "BackendShrink", "BackendFree", "BackendUnlimited"}
Setting == {"SetLimitLoad", "SetLimitBase", "SetLimitWord", "SetLimitUnlock"}
Booting == {"EndBootLoad", "EndBootWord", "EndBootUnlock"}
ToChange  == {"SetLimitLock", "SetLimitLoad", "SetLimitBase", "SetLimitWord"}
ToEndBoot == {"EndBootLock", "EndBootLoad", "EndBootWord"}
HasSeen == {"ReserveCAS", "RollbackBase", "RollbackCAS", "ReleaseBase", "ReleaseCAS"}
Steps   == AtRest \cup Asking \cup Rolling \cup Freeing \cup Backing
             \cup Setting \cup Booting \cup {"SetLimitLock", "EndBootLock"}

Words == [head : -Half..Largest, gen : 0..MaxChanges]
None  == [head |-> 0, gen |-> 0]    \* what a local that is not live holds

TypeOK ==
  /\ word \in Words
  /\ base \in [0..1 -> [bytes : Limits \cup {CountBase}, gen : 0..MaxChanges]]
  /\ locked \in BOOLEAN
  /\ pc \in [Threads -> Steps]
  /\ want \in [Threads -> Sizes \cup Limits \cup {0}]
  /\ seen \in [Threads -> Words]
  /\ held \in [Threads -> Sizes \cup {0}]
  /\ phys \in [Threads -> Sizes \cup {0}]

Init ==
  /\ word = [head |-> CountBase, gen |-> 0]
  /\ base = [i \in 0..1 |-> [bytes |-> CountBase, gen |-> 0]]
  /\ locked = FALSE
  /\ pc = [t \in Threads |-> "Idle"]
  /\ want = [t \in Threads |-> 0]
  /\ seen = [t \in Threads |-> None]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]

-----------------------------------------------------------------------------
(* What can be seen: the state of OneCounter.                              *)

Base == base[word.gen % 2].bytes

Mode == IF word.head >= Unlimited THEN "Unlimited"
        ELSE IF Base = CountBase THEN "Counting" ELSE "Enforcing"

Counted == Mode # "Unlimited"
Limit   == IF Counted THEN Base ELSE 0
Counter == IF Counted THEN Base - word.head ELSE 0

Growth(t) == want[t] > held[t]

\* Bytes t holds, and those of its call in flight.
Owned(t)  == IF pc[t] = "BackendGrow" \/ pc[t] \in Rolling THEN want[t] ELSE held[t]
Charge(t) == IF Counted THEN Owned(t) ELSE 0

\* What t has asked for and has no answer to.
Ask(t) ==
  IF pc[t] \in Asking /\ Growth(t)
    THEN [op |-> "Reserve", n |-> want[t] - held[t]]
  ELSE IF pc[t] \in Rolling THEN [op |-> "Release", n |-> want[t] - held[t]]
  ELSE IF pc[t] \in Freeing THEN [op |-> "Release", n |-> held[t] - want[t]]
  ELSE IF pc[t] \in ToChange \/ (pc[t] = "SetLimitUnlock" /\ want[t] > 0)
    THEN [op |-> "SetLimit", n |-> want[t]]
  ELSE IF pc[t] \in ToEndBoot THEN [op |-> "EndBoot", n |-> 0]
  ELSE [op |-> "none", n |-> 0]

\* How t was answered last.
Answer(t) ==
  IF pc[t] = "Refused" THEN <<"over limit">>
  ELSE IF pc[t] = "Caught" THEN <<"over-release">>
  ELSE IF pc[t] = "Unlimited" THEN <<"unlimited">>
  ELSE <<"ok">>

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Charged == Sum(Charge, Threads)

-----------------------------------------------------------------------------
(* What the steps are made of.                                             *)

\* Two's complement.  (The operand of % is kept from being negative.)
Wrap(x) == ((x + 3 * Half) % (2 * Half)) - Half

Go(t, step) == pc' = [pc EXCEPT ![t] = step]

\* The call returns; its locals die.
Return(t, how) ==
  /\ Go(t, how)
  /\ seen' = [seen EXCEPT ![t] = None]
  /\ want' = [want EXCEPT ![t] = IF how = "Refused" THEN @ ELSE 0]

LoadWord(t, next) ==
  /\ seen' = [seen EXCEPT ![t] = word]
  /\ Go(t, next)
  /\ UNCHANGED want

\* What t loaded is stale: load again.
Reload(t, load) ==
  /\ seen' = [seen EXCEPT ![t] = None]
  /\ Go(t, load)
  /\ UNCHANGED want

\* t moves the headroom by n, if the word is still what t saw.
SameGen(g, h) == g % Gens = h % Gens
Same(t) == word.head = seen[t].head /\ SameGen(word.gen, seen[t].gen)
Move(t, n) == word' = [word EXCEPT !.head = Wrap(seen[t].head + n)]

\* The base that goes with a loaded word w, whether it does, and the counter
\* that the two make.
BaseFor(w)   == base[w.gen % 2]
Paired(w)    == SameGen(BaseFor(w).gen, w.gen)
CounterOf(w) == BaseFor(w).bytes - w.head

Backend(t) == IF Growth(t) THEN "BackendGrow"
              ELSE IF want[t] = 0 THEN "BackendFree" ELSE "BackendShrink"

-----------------------------------------------------------------------------
(* One call: the block of t becomes n bytes, 0 is none.                    *)

Resize(t, n) ==
  /\ pc[t] \in AtRest
  /\ n # held[t]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, "ResizeLoad")
  /\ UNCHANGED <<word, base, locked, seen, memory>>

ResizeLoad(t) ==
  /\ pc[t] = "ResizeLoad"
  /\ Go(t, IF word.head >= Unlimited THEN "BackendUnlimited"
           ELSE IF Growth(t) THEN "ReserveLoad" ELSE Backend(t))
  /\ UNCHANGED <<word, base, locked, want, seen, memory>>

BackendUnlimited(t, ok) ==
  /\ pc[t] = "BackendUnlimited"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ held' = [held EXCEPT ![t] = want[t]]
       ELSE UNCHANGED memory
  /\ Return(t, "Idle")
  /\ UNCHANGED <<word, base, locked>>

-----------------------------------------------------------------------------
(* Growth: Reserve, the backing allocator, and Rollback when that fails.   *)

ReserveLoad(t) ==
  /\ pc[t] = "ReserveLoad"
  /\ IF word.head >= Unlimited
       THEN Go(t, Backend(t)) /\ UNCHANGED <<want, seen>>
     ELSE IF word.head < want[t] - held[t] THEN Return(t, "Refused")
     ELSE LoadWord(t, "ReserveCAS")
  /\ UNCHANGED <<word, base, locked, memory>>

ReserveCAS(t) ==
  /\ pc[t] = "ReserveCAS"
  /\ IF Same(t)
       THEN /\ Move(t, held[t] - want[t])
            /\ Go(t, "BackendGrow")
            /\ seen' = [seen EXCEPT ![t] = None]
            /\ UNCHANGED want
       ELSE Reload(t, "ReserveLoad") /\ UNCHANGED word
  /\ UNCHANGED <<base, locked, memory>>

BackendGrow(t, ok) ==
  /\ pc[t] = "BackendGrow"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ held' = [held EXCEPT ![t] = want[t]]
            /\ Return(t, "Idle")
       ELSE UNCHANGED memory /\ Reload(t, "RollbackLoad")
  /\ UNCHANGED <<word, base, locked>>

-----------------------------------------------------------------------------
(* Shrink and free: the backing allocator, then Release.                   *)

BackendGive(t, ok) ==
  /\ IF ok
       THEN phys' = [phys EXCEPT ![t] = want[t]] /\ Reload(t, "ReleaseLoad")
       ELSE UNCHANGED phys /\ Return(t, "Idle")
  /\ UNCHANGED <<word, base, locked, held>>

BackendShrink(t, ok) == pc[t] = "BackendShrink" /\ BackendGive(t, ok)
BackendFree(t, ok)   == pc[t] = "BackendFree" /\ BackendGive(t, ok)

-----------------------------------------------------------------------------
(* Release and Rollback are the same three steps.                          *)

GiveLoad(t, next, size) ==
  /\ IF word.head >= Unlimited
       THEN Return(t, "Idle") /\ held' = [held EXCEPT ![t] = size]
       ELSE LoadWord(t, next) /\ UNCHANGED held
  /\ UNCHANGED <<word, base, locked, phys>>

GiveBase(t, load, next, n, size) ==
  /\ IF ~Paired(seen[t]) THEN Reload(t, load) /\ UNCHANGED held
     ELSE IF n > CounterOf(seen[t])
       THEN Return(t, "Caught") /\ held' = [held EXCEPT ![t] = size]
     ELSE Go(t, next) /\ UNCHANGED <<want, seen, held>>
  /\ UNCHANGED <<word, base, locked, phys>>

GiveCAS(t, load, n, size) ==
  /\ IF Same(t)
       THEN /\ Move(t, n)
            /\ Return(t, "Idle")
            /\ held' = [held EXCEPT ![t] = size]
       ELSE Reload(t, load) /\ UNCHANGED <<word, held>>
  /\ UNCHANGED <<base, locked, phys>>

ReleaseLoad(t) ==
  /\ pc[t] = "ReleaseLoad"
  /\ GiveLoad(t, "ReleaseBase", want[t])
ReleaseBase(t) ==
  /\ pc[t] = "ReleaseBase"
  /\ GiveBase(t, "ReleaseLoad", "ReleaseCAS", held[t] - want[t], want[t])
ReleaseCAS(t) ==
  /\ pc[t] = "ReleaseCAS"
  /\ GiveCAS(t, "ReleaseLoad", held[t] - want[t], want[t])

RollbackLoad(t) ==
  /\ pc[t] = "RollbackLoad"
  /\ GiveLoad(t, "RollbackBase", held[t])
RollbackBase(t) ==
  /\ pc[t] = "RollbackBase"
  /\ GiveBase(t, "RollbackLoad", "RollbackCAS", want[t] - held[t], held[t])
RollbackCAS(t) ==
  /\ pc[t] = "RollbackCAS"
  /\ GiveCAS(t, "RollbackLoad", want[t] - held[t], held[t])

-----------------------------------------------------------------------------
(* Setters.                                                                *)

SetLimit(t, n) ==
  /\ t \in Setters /\ pc[t] \in AtRest
  /\ word.gen + Cardinality({s \in Threads : pc[s] \in ToChange}) < MaxChanges
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, "SetLimitLock")
  /\ UNCHANGED <<word, base, locked, seen, memory>>

EndBoot(t) ==
  /\ t \in Setters /\ pc[t] \in AtRest
  /\ want' = [want EXCEPT ![t] = 0]
  /\ Go(t, "EndBootLock")
  /\ UNCHANGED <<word, base, locked, seen, memory>>

Lock(t, next) ==
  /\ ~locked
  /\ locked' = TRUE
  /\ Go(t, next)
  /\ UNCHANGED <<word, base, want, seen, memory>>

Unlock(t, how) ==
  /\ locked' = FALSE
  /\ Return(t, how)
  /\ UNCHANGED <<word, base, memory>>

SetLimitLock(t)   == pc[t] = "SetLimitLock" /\ Lock(t, "SetLimitLoad")
SetLimitUnlock(t) ==
  pc[t] = "SetLimitUnlock" /\ Unlock(t, IF want[t] = 0 THEN "Idle" ELSE "Unlimited")
EndBootLock(t)    == pc[t] = "EndBootLock" /\ Lock(t, "EndBootLoad")
EndBootUnlock(t)  == pc[t] = "EndBootUnlock" /\ Unlock(t, "Idle")

\* In Unlimited nothing is counted, and t returns an error.
SetLimitLoad(t) ==
  /\ pc[t] = "SetLimitLoad"
  /\ Go(t, IF word.head >= Unlimited THEN "SetLimitUnlock" ELSE "SetLimitBase")
  /\ UNCHANGED <<word, base, locked, want, seen, memory>>

\* No thread goes on for longer than Stale changes from a word that it has loaded.
SetLimitBase(t) ==
  /\ pc[t] = "SetLimitBase"
  /\ \A s \in Threads : pc[s] \in HasSeen => word.gen + 1 - seen[s].gen <= Stale
  /\ base' = [base EXCEPT ![(word.gen + 1) % 2] =
                [bytes |-> want[t], gen |-> word.gen + 1]]
  /\ Go(t, "SetLimitWord")
  /\ UNCHANGED <<word, locked, want, seen, memory>>

\* One addition moves headroom and generation.
SetLimitWord(t) ==
  /\ pc[t] = "SetLimitWord"
  /\ word' = [head |-> Wrap(word.head + (want[t] - Base)), gen |-> word.gen + 1]
  /\ Go(t, "SetLimitUnlock")
  /\ want' = [want EXCEPT ![t] = 0]
  /\ UNCHANGED <<base, locked, seen, memory>>

EndBootLoad(t) ==
  /\ pc[t] = "EndBootLoad"
  /\ Go(t, IF Mode = "Counting" THEN "EndBootWord" ELSE "EndBootUnlock")
  /\ UNCHANGED <<word, base, locked, want, seen, memory>>

EndBootWord(t) ==
  /\ pc[t] = "EndBootWord"
  /\ word' = [head |-> Unlimited, gen |-> 0]
  /\ Go(t, "EndBootUnlock")
  /\ UNCHANGED <<base, locked, want, seen, memory>>

-----------------------------------------------------------------------------

Begin(t) ==
  \/ \E n \in Sizes \cup {0} : Resize(t, n)
  \/ \E n \in Limits : SetLimit(t, n)
  \/ EndBoot(t)

Step(t) ==
  \/ ResizeLoad(t)
  \/ \E ok \in BOOLEAN : BackendUnlimited(t, ok)
  \/ ReserveLoad(t) \/ ReserveCAS(t)
  \/ \E ok \in BOOLEAN : BackendGrow(t, ok)
  \/ RollbackLoad(t) \/ RollbackBase(t) \/ RollbackCAS(t)
  \/ \E ok \in BOOLEAN : BackendShrink(t, ok) \/ BackendFree(t, ok)
  \/ ReleaseLoad(t) \/ ReleaseBase(t) \/ ReleaseCAS(t)
  \/ SetLimitLock(t) \/ SetLimitLoad(t) \/ SetLimitBase(t)
  \/ SetLimitWord(t) \/ SetLimitUnlock(t)
  \/ EndBootLock(t) \/ EndBootLoad(t) \/ EndBootWord(t) \/ EndBootUnlock(t)

Next == \E t \in Threads : Begin(t) \/ Step(t)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* The promises.                                                           *)

Live(t) == phys[t]
LiveWithinCharge == Counted => Sum(Live, Threads) <= Counter

ShrinkNeverRefused == \A t \in Threads : pc[t] = "Refused" => Growth(t)

Exact == Counter = Charged

WrapSafe == Charged <= Largest

OverReleaseCaught == Counter >= 0 /\ \A t \in Threads : pc[t] # "Caught"

\* The lock has one holder at most, and none when no thread calls.
HasLock(t)   == pc[t] \in Setting \cup Booting
OneHolder    == \A s, t \in Threads : HasLock(s) /\ HasLock(t) => s = t
RestUnlocked == (\A t \in Threads : pc[t] \in AtRest) => ~locked

-----------------------------------------------------------------------------
(* It refines OneCounter.                                                  *)

Asks == {0} \cup Limits \cup { n - m : n \in Sizes, m \in Sizes \cup {0} }

Abstract == INSTANCE OneCounter WITH
  Numbers <- Asks,
  mode    <- Mode,
  limit   <- Limit,
  counter <- Counter,
  ask     <- [t \in Threads |-> Ask(t)],
  answer  <- [t \in Threads |-> Answer(t)]

Refines == Abstract!Init /\ [][UNCHANGED Abstract!vars \/ Abstract!Next]_vars

=============================================================================
