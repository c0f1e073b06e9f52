------------------------------- MODULE TwoWord -------------------------------
(***************************************************************************)
(* Limit and counter in two words, and the rest done right: a thread       *)
(* reserves with a compare-and-swap before it allocates, rolls back on     *)
(* failure, releases when the bytes are gone, compares by subtraction, and *)
(* looks for over-release.  The limit is live: a setter may store it at    *)
(* any time.  A growth reads the limit, then the counter, each time it     *)
(* tries.                                                                  *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Threads,     \* the threads that share the budget
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  Limits,      \* bytes: the limits that may be set
  Half,        \* words are machine integers in -Half..Half-1
  Misuse       \* TRUE: callers may claim that they hold more than they do

Largest == Half - 1

ASSUME /\ Half \in Nat /\ Half > 0
       /\ \A n \in Sizes : n \in 1..Largest
       /\ \A n \in Limits : n \in 1..Largest
       /\ Misuse \in BOOLEAN

VARIABLES
  limit,       \* the limit in force
  counter,     \* the bytes charged
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  want,        \* want[t]: the size t asks for
  lim,         \* lim[t]: the limit t has read
  old,         \* old[t]: the counter t has read
  held,        \* held[t]: bytes of t's block as t knows it
  phys,        \* phys[t]: bytes of t's block that physically exist
  top, fit, broken    \* history, see below

history == <<top, fit, broken>>
vars == <<limit, counter, pc, want, lim, old, held, phys, history>>

AtRest == {"Idle", "Refused", "Caught"}
Asking == {"ReserveLimit", "ReserveLoad", "ReserveCAS"}
Rolling == {"RollbackLoad", "RollbackCAS"}

TypeOK ==
  /\ limit \in Limits
  /\ counter \in -Half..Largest
  /\ pc \in [Threads -> AtRest \cup Asking \cup Rolling \cup
             {"BackendGrow", "BackendShrink", "ReleaseLoad", "ReleaseCAS"}]
  /\ want \in [Threads -> Sizes \cup {0}]
  /\ lim \in [Threads -> Limits \cup {0}]
  /\ old \in [Threads -> -Half..Largest]
  /\ held \in [Threads -> Sizes \cup {0}]
  /\ phys \in [Threads -> Sizes \cup {0}]

Init ==
  /\ limit \in Limits /\ counter = 0
  /\ pc = [t \in Threads |-> "Idle"]
  /\ want = [t \in Threads |-> 0]
  /\ lim = [t \in Threads |-> 0]
  /\ old = [t \in Threads |-> 0]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]
  /\ top = [t \in Threads |-> 0]
  /\ fit = [t \in Threads |-> TRUE]
  /\ broken = {}

Charge(t) == IF pc[t] \in Rolling \cup {"BackendGrow"} THEN want[t] ELSE held[t]

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Charged == Sum(Charge, Threads)

-----------------------------------------------------------------------------
(* History: what the promises on whole calls speak of.                     *)

Max(a, b) == IF a > b THEN a ELSE b
Ask(t)     == IF pc[t] \in Asking /\ want[t] > held[t] THEN want[t] - held[t] ELSE 0
Fits(t)    == Charged + Ask(t) <= limit
Grants(t)  == Charge(t)' > Charge(t)
Refuses(t) == Ask(t) > 0 /\ pc'[t] = "Refused"

Watch ==
  /\ top' = [t \in Threads |->
               IF Ask(t)' = 0 THEN 0 ELSE Max(top[t], limit')]
  /\ fit' = [t \in Threads |-> Ask(t)' > 0 => fit[t] /\ Fits(t)']
  /\ broken' = broken \cup
       { p \in {"NeverOverLimit", "StrictLimit", "NoFalseRefusal"} :
         \E t \in Threads :
           CASE p = "NeverOverLimit" -> Grants(t) /\ Charged' > Max(top[t], limit')
             [] p = "StrictLimit"    -> Grants(t) /\ Charged' > limit'
             [] p = "NoFalseRefusal" -> Refuses(t) /\ fit[t] }

-----------------------------------------------------------------------------

Go(t, step) == pc' = [pc EXCEPT ![t] = step]

\* Two's complement.
Wrap(x) == ((x + 3 * Half) % (2 * Half)) - Half

\* t needs no longer what it has read.
Forget(t) ==
  /\ lim' = [lim EXCEPT ![t] = 0]
  /\ old' = [old EXCEPT ![t] = 0]

Return(t, how) ==
  /\ Go(t, how)
  /\ want' = [want EXCEPT ![t] = IF how = "Refused" THEN @ ELSE 0]
  /\ Forget(t)

Resize(t, n) ==
  /\ pc[t] \in AtRest
  /\ n # held[t]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, IF n > held[t] THEN "ReserveLimit" ELSE "BackendShrink")
  /\ UNCHANGED <<limit, counter, lim, old, held, phys>>
  /\ Watch

ReserveLimit(t) ==
  /\ pc[t] = "ReserveLimit"
  /\ lim' = [lim EXCEPT ![t] = limit]
  /\ Go(t, "ReserveLoad")
  /\ UNCHANGED <<limit, counter, want, old, held, phys>>
  /\ Watch

ReserveLoad(t) ==
  /\ pc[t] = "ReserveLoad"
  /\ IF want[t] - held[t] > lim[t] - counter
       THEN Return(t, "Refused")
       ELSE /\ Go(t, "ReserveCAS")
            /\ old' = [old EXCEPT ![t] = counter]
            /\ UNCHANGED <<want, lim>>
  /\ UNCHANGED <<limit, counter, held, phys>>
  /\ Watch

ReserveCAS(t) ==
  /\ pc[t] = "ReserveCAS"
  /\ IF counter = old[t]
       THEN counter' = Wrap(old[t] + (want[t] - held[t])) /\ Go(t, "BackendGrow")
       ELSE UNCHANGED counter /\ Go(t, "ReserveLimit")
  /\ Forget(t)
  /\ UNCHANGED <<limit, want, held, phys>>
  /\ Watch

BackendGrow(t, ok) ==
  /\ pc[t] = "BackendGrow"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ held' = [held EXCEPT ![t] = want[t]]
            /\ Return(t, "Idle")
       ELSE Go(t, "RollbackLoad") /\ UNCHANGED <<want, lim, old, held, phys>>
  /\ UNCHANGED <<limit, counter>>
  /\ Watch

BackendShrink(t, ok) ==
  /\ pc[t] = "BackendShrink"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ Go(t, "ReleaseLoad") /\ UNCHANGED <<want, lim, old>>
       ELSE Return(t, "Idle") /\ UNCHANGED phys
  /\ UNCHANGED <<limit, counter, held>>
  /\ Watch

\* Release and Rollback: n bytes go back, and the block of t has size bytes.
GiveLoad(t, next, n, size) ==
  /\ IF n > counter
       THEN Return(t, "Caught") /\ held' = [held EXCEPT ![t] = size]
       ELSE /\ Go(t, next)
            /\ old' = [old EXCEPT ![t] = counter]
            /\ UNCHANGED <<want, lim, held>>
  /\ UNCHANGED <<limit, counter, phys>>
  /\ Watch

GiveCAS(t, load, n, size) ==
  /\ IF counter = old[t]
       THEN /\ counter' = Wrap(old[t] - n)
            /\ held' = [held EXCEPT ![t] = size]
            /\ Return(t, "Idle")
       ELSE /\ Go(t, load) /\ Forget(t)
            /\ UNCHANGED <<counter, want, held>>
  /\ UNCHANGED <<limit, phys>>
  /\ Watch

ReleaseLoad(t) ==
  /\ pc[t] = "ReleaseLoad"
  /\ GiveLoad(t, "ReleaseCAS", held[t] - want[t], want[t])
ReleaseCAS(t) ==
  /\ pc[t] = "ReleaseCAS"
  /\ GiveCAS(t, "ReleaseLoad", held[t] - want[t], want[t])

RollbackLoad(t) ==
  /\ pc[t] = "RollbackLoad"
  /\ GiveLoad(t, "RollbackCAS", want[t] - held[t], held[t])
RollbackCAS(t) ==
  /\ pc[t] = "RollbackCAS"
  /\ GiveCAS(t, "RollbackLoad", want[t] - held[t], held[t])

\* A caller that believes, or claims, that its block is larger than it is.
Claim(t, n) ==
  /\ Misuse
  /\ pc[t] \in AtRest
  /\ n > held[t]
  /\ held' = [held EXCEPT ![t] = n]
  /\ UNCHANGED <<limit, counter, pc, want, lim, old, phys>>
  /\ Watch

SetLimit(n) ==
  /\ n # limit
  /\ limit' = n
  /\ UNCHANGED <<counter, pc, want, lim, old, held, phys>>
  /\ Watch

Next ==
  \/ \E t \in Threads :
       \/ \E n \in Sizes \cup {0} : Resize(t, n)
       \/ \E n \in Sizes : Claim(t, n)
       \/ ReserveLimit(t) \/ ReserveLoad(t) \/ ReserveCAS(t)
       \/ \E ok \in BOOLEAN : BackendGrow(t, ok) \/ BackendShrink(t, ok)
       \/ RollbackLoad(t) \/ RollbackCAS(t)
       \/ ReleaseLoad(t) \/ ReleaseCAS(t)
  \/ \E n \in Limits : SetLimit(n)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* The promises.  These are kept.                                          *)

NeverOverLimit == "NeverOverLimit" \notin broken

Live(t) == phys[t]
LiveWithinCharge == Sum(Live, Threads) <= counter

ShrinkNeverRefused == \A t \in Threads : pc[t] = "Refused" => want[t] > held[t]

Exact == counter = Charged

WrapSafe == Charged <= Largest

OverReleaseCaught ==
  /\ counter >= 0
  /\ Misuse \/ \A t \in Threads : pc[t] # "Caught"

-----------------------------------------------------------------------------
(* The following do not hold.                                              *)

\* A thread that has read the old limit goes by it.
StrictLimit == "StrictLimit" \notin broken

\* A thread compares an old limit with a new counter.  It refuses a growth that
\* fitted before, after and in between.
NoFalseRefusal == "NoFalseRefusal" \notin broken

=============================================================================
