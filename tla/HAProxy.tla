------------------------------- MODULE HAProxy -------------------------------
(***************************************************************************)
(* The accounting of HAProxy's Lua allocator, as published in "MEDIUM:     *)
(* lua-thread: use atomics for memory accounting": a limit and a counter   *)
(* in two unsigned words.  Every call, growth, shrink and free alike,      *)
(* moves the counter to where it will be with one compare-and-swap, then   *)
(* calls realloc, and takes the move back if that fails.  The limit is 0   *)
(* during boot (count, refuse nothing), and then either what was           *)
(* configured or all ones (count nothing).                                 *)
(*                                                                         *)
(* Its author sets the limit once, while no call is under way ("AtRest").  *)
(* "FromStart" leaves boot out; "Live" asks more than its author did.      *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Threads,     \* the threads that share the budget
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  Limits,      \* bytes: the limits that may be set
  Half,        \* words are unsigned integers in 0..2*Half-1
  SetWhen,     \* "FromStart", "AtRest" or "Live": when the limit is set
  Misuse       \* TRUE: callers may claim that they hold more than they do

Largest == 2 * Half - 1

ASSUME /\ \A n \in Sizes : n \in 1..Largest
       /\ \A n \in Limits : n \in 1..(Half - 1)
       /\ SetWhen \in {"FromStart", "AtRest", "Live"}
       /\ Misuse \in BOOLEAN

VARIABLES
  limit,       \* 0: count; Largest: do not even count; else the limit
  allocated,   \* the counter
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  want,        \* want[t]: the size t asks for
  lim,         \* lim[t]: the limit t has read
  old,         \* old[t]: the counter t has read
  held,        \* held[t]: bytes of t's block as t knows it
  phys,        \* phys[t]: bytes of t's block that physically exist
  top, fit, broken    \* history, see below

history == <<top, fit, broken>>
vars == <<limit, allocated, pc, want, lim, old, held, phys, history>>

AtRest == {"Idle", "Refused"}
Asking == {"ReadLimit", "Load", "CAS"}

TypeOK ==
  /\ limit \in Limits \cup {0, Largest}
  /\ allocated \in 0..Largest
  /\ pc \in [Threads -> AtRest \cup Asking \cup {"Realloc", "Uncounted", "Rollback"}]
  /\ want \in [Threads -> Sizes \cup {0}]
  /\ lim \in [Threads -> Limits \cup {0}]
  /\ old \in [Threads -> 0..Largest]
  /\ held \in [Threads -> Sizes \cup {0}]
  /\ phys \in [Threads -> Sizes \cup {0}]

Init ==
  /\ limit \in IF SetWhen = "FromStart" THEN Limits ELSE {0}
  /\ allocated = 0
  /\ pc = [t \in Threads |-> "Idle"]
  /\ want = [t \in Threads |-> 0]
  /\ lim = [t \in Threads |-> 0]
  /\ old = [t \in Threads |-> 0]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]
  /\ top = [t \in Threads |-> 0]
  /\ fit = [t \in Threads |-> TRUE]
  /\ broken = {}

Counted == limit # Largest
InForce == IF limit = 0 THEN Largest ELSE limit

\* What the calls so far have put into the counter for t.
Charge(t) == IF ~Counted THEN 0
             ELSE IF pc[t] \in {"Realloc", "Rollback"} THEN want[t] ELSE held[t]

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Charged == Sum(Charge, Threads)

-----------------------------------------------------------------------------
(* History: what the promises on whole calls speak of, as in BudgetCAS.    *)

Max(a, b) == IF a > b THEN a ELSE b
Ask(t)     == IF pc[t] \in Asking /\ want[t] > held[t] THEN want[t] - held[t] ELSE 0
Fits(t)    == Charged + Ask(t) <= InForce
Grants(t)  == Charge(t)' > Charge(t)
Refuses(t) == Ask(t) > 0 /\ pc'[t] = "Refused"

Watch ==
  /\ top' = [t \in Threads |->
               IF Ask(t)' = 0 THEN 0 ELSE Max(top[t], InForce')]
  /\ fit' = [t \in Threads |-> Ask(t)' > 0 => fit[t] /\ Fits(t)']
  /\ broken' = broken \cup
       { p \in {"NeverOverLimit", "StrictLimit", "NoFalseRefusal"} :
         \E t \in Threads :
           CASE p = "NeverOverLimit" -> Grants(t) /\ Charged' > Max(top[t], InForce')
             [] p = "StrictLimit"    -> Grants(t) /\ Charged' > InForce'
             [] p = "NoFalseRefusal" -> Refuses(t) /\ fit[t] }

-----------------------------------------------------------------------------

Go(t, step) == pc' = [pc EXCEPT ![t] = step]

\* Unsigned arithmetic.
U(x) == (x + 4 * Half) % (2 * Half)
Moved(t, from) == U(U(from + want[t]) - held[t])

Return(t, how) ==
  /\ Go(t, how)
  /\ want' = [want EXCEPT ![t] = IF how = "Refused" THEN @ ELSE 0]
  /\ lim' = [lim EXCEPT ![t] = 0]
  /\ old' = [old EXCEPT ![t] = 0]

\* if (nsize && limit && new > limit) return NULL
Check(t) ==
  IF want[t] > 0 /\ lim[t] > 0 /\ Moved(t, allocated) > lim[t]
    THEN Return(t, "Refused")
    ELSE /\ Go(t, "CAS")
         /\ old' = [old EXCEPT ![t] = allocated]
         /\ UNCHANGED <<want, lim>>

Alloc(t, n) ==
  /\ pc[t] \in AtRest
  /\ n # held[t]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, "ReadLimit")
  /\ UNCHANGED <<limit, allocated, lim, old, held, phys>>
  /\ Watch

ReadLimit(t) ==
  /\ pc[t] = "ReadLimit"
  /\ IF Counted THEN Go(t, "Load") /\ lim' = [lim EXCEPT ![t] = limit]
                ELSE Go(t, "Uncounted") /\ UNCHANGED lim
  /\ UNCHANGED <<limit, allocated, want, old, held, phys>>
  /\ Watch

Load(t) ==
  /\ pc[t] = "Load"
  /\ Check(t)
  /\ UNCHANGED <<limit, allocated, held, phys>>
  /\ Watch

\* A failed compare-and-swap has loaded the counter again.
CAS(t) ==
  /\ pc[t] = "CAS"
  /\ IF allocated = old[t]
       THEN /\ allocated' = Moved(t, old[t])
            /\ Go(t, "Realloc")
            /\ old' = [old EXCEPT ![t] = 0]
            /\ lim' = [lim EXCEPT ![t] = 0]
            /\ UNCHANGED want
       ELSE Check(t) /\ UNCHANGED allocated
  /\ UNCHANGED <<limit, held, phys>>
  /\ Watch

\* A free does not fail.
Realloc(t, ok) ==
  /\ pc[t] \in {"Realloc", "Uncounted"}
  /\ ok \/ want[t] > 0
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ held' = [held EXCEPT ![t] = want[t]]
            /\ Return(t, "Idle")
       ELSE /\ UNCHANGED <<held, phys>>
            /\ IF pc[t] = "Uncounted" THEN Return(t, "Idle")
               ELSE Go(t, "Rollback") /\ UNCHANGED <<want, lim, old>>
  /\ UNCHANGED <<limit, allocated>>
  /\ Watch

Rollback(t) ==
  /\ pc[t] = "Rollback"
  /\ allocated' = U(U(allocated - want[t]) + held[t])
  /\ Return(t, "Idle")
  /\ UNCHANGED <<limit, held, phys>>
  /\ Watch

\* A caller that believes, or claims, that its block is larger than it is.
Claim(t, n) ==
  /\ Misuse
  /\ pc[t] \in AtRest
  /\ n > held[t]
  /\ held' = [held EXCEPT ![t] = n]
  /\ UNCHANGED <<limit, allocated, pc, want, lim, old, phys>>
  /\ Watch

\* The end of boot, with a limit n or with none.
SetLimit(n) ==
  /\ limit = 0
  /\ SetWhen = "Live" \/ \A t \in Threads : pc[t] \in AtRest
  /\ limit' = n
  /\ UNCHANGED <<allocated, pc, want, lim, old, held, phys>>
  /\ Watch

EndBoot == (\A t \in Threads : pc[t] \in AtRest) /\ SetLimit(Largest)

Next ==
  \/ \E t \in Threads :
       \/ \E n \in Sizes \cup {0} : Alloc(t, n)
       \/ \E n \in Sizes : Claim(t, n)
       \/ ReadLimit(t) \/ Load(t) \/ CAS(t)
       \/ \E ok \in BOOLEAN : Realloc(t, ok)
       \/ Rollback(t)
  \/ \E n \in Limits : SetLimit(n)
  \/ EndBoot

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* The promises.  These are kept.                                          *)

NoFalseRefusal == "NoFalseRefusal" \notin broken

Exact == Counted => allocated = Charged

-----------------------------------------------------------------------------
(* The following do not hold.                                              *)

\* A shrink whose realloc fails takes back bytes that another has by then.
NeverOverLimit == "NeverOverLimit" \notin broken

\* A free is published before the bytes are free.
Live(t) == phys[t]
LiveWithinCharge == Counted => Sum(Live, Threads) <= allocated

\* A shrink is refused that does not get below a limit set later.
ShrinkNeverRefused == \A t \in Threads : pc[t] = "Refused" => want[t] > held[t]

\* The sum that is compared with the limit wraps.
WrapSafe == Charged <= Largest

\* With a live limit: who has read the old limit goes by it.
StrictLimit == "StrictLimit" \notin broken

\* Nothing looks: the counter goes below zero (read as two's complement).
OverReleaseCaught == allocated < Half

-----------------------------------------------------------------------------
\* 23 November 2026, TLC 1.7.4 (2.19), 2 workers, 1 where a promise falls; the same
\* counts for 2 threads with a build of that day.  Seconds are of two busy cores.
\*
\* distinct generated    s  constants
\*      921      2211    2  2 threads, Sizes {1,2}, Limits {2}, Half 8, FromStart: NeverOverLimit falls
\*      394       778    2  2 threads, Sizes {1,2}, Limits {1,2}, Half 8, FromStart: LiveWithinCharge falls
\*     6787     18532    2  2 threads, Sizes {1,2}, Limits {1,2}, Half 8
\*     1703      3642    2  2 threads, Sizes {1,2,3}, Limits {1}, Half 8: ShrinkNeverRefused falls
\*      226       466    2  2 threads, Sizes {1,15}, Limits {1,2}, Half 8, FromStart: WrapSafe falls
\*      334       470    2  2 threads, Sizes {1,2}, Limits {1,2}, Half 8, Live: StrictLimit falls
\*      441       841    2  2 threads, Sizes {1,2}, Limits {1,2}, Half 8, FromStart, Misuse: OverReleaseCaught falls
=============================================================================
