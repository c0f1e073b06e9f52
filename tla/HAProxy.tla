------------------------------- MODULE HAProxy -------------------------------
(***************************************************************************)
(* The accounting of HAProxy's Lua allocator since "MEDIUM: lua-thread:    *)
(* use atomics for memory accounting", written from what the message of    *)
(* that change says:                                                       *)
(*                                                                         *)
(*   - The limit and the counter are two words.  A limit of 0 stands for   *)
(*     boot: calls are counted, and none is refused.  When boot ends       *)
(*     without a limit, 0 becomes all ones, which ends accounting: a call  *)
(*     that reads it goes straight to realloc.                             *)
(*   - Under a limit, one compare-and-swap of the counter checks and       *)
(*     reserves a thread's share.  Decrements go the same way as           *)
(*     increments: the counter moves, then realloc runs.                   *)
(*   - If realloc fails, the thread rolls the counter back.                *)
(*                                                                         *)
(* The check looks at where the counter ends up, not at which way it       *)
(* moves.  A free is not checked: by the contract of lua_Alloc it cannot   *)
(* be refused.                                                             *)
(*                                                                         *)
(* The author sets the limit once, during boot.  A limit that moves while  *)
(* calls are in flight (Live), and a caller that releases more than it     *)
(* holds (Misuse), are more than the author promised to survive.           *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Threads,     \* the threads that share the budget
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  MayFail,     \* bytes: those of them at which realloc may fail
  Never,       \* bytes: those of them that no realloc can provide
  Limits,      \* bytes: the limits that may be set
  Start,       \* what the limit is at first: in {0} at boot, else in Limits
  Words,       \* how many values a word has: it is in 0..Words-1
  Live,        \* TRUE: the limit may be set at any time, and again
  Misuse       \* TRUE: callers may claim that they hold more than they do

Largest   == Words - 1
Unlimited == Largest       \* the limit that ends accounting

ASSUME /\ Words \in Nat /\ Words > 0
       /\ \A n \in Sizes : n \in 1..Largest
       /\ Never \subseteq MayFail /\ MayFail \subseteq Sizes
       /\ \A n \in Limits : n \in 1..(Words \div 2 - 1)
       /\ Start \subseteq Nat /\ (Start = {0} \/ Start \subseteq Limits)
       /\ Live \in BOOLEAN /\ Misuse \in BOOLEAN

VARIABLES
  limit,       \* 0, one of Limits, or Unlimited
  counter,     \* bytes, modulo Words
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  want,        \* want[t]: the size t asks for
  bound,       \* bound[t]: the limit that t has read
  seen,        \* seen[t]: the counter that t has read
  held,        \* held[t]: bytes of t's block as t knows it
  phys,        \* phys[t]: bytes of t's block that physically exist
  top, fit, broken    \* history, see below

history == <<top, fit, broken>>
vars    == <<limit, counter, pc, want, bound, seen, held, phys, history>>

AtRest == {"Idle", "Refused"}
Asking == {"ReadLimit", "LoadCounter", "SwapCounter"}
Moved  == {"Backend", "RollBack"}    \* the counter has t's new size

TypeOK ==
  /\ limit \in Limits \cup {0, Unlimited}
  /\ counter \in 0..Largest
  /\ pc \in [Threads -> AtRest \cup Asking \cup Moved \cup {"BackendUncounted"}]
  /\ want \in [Threads -> Sizes \cup {0}]
  /\ bound \in [Threads -> Limits \cup {0}]
  /\ seen \in [Threads -> 0..Largest]
  /\ held \in [Threads -> Sizes \cup {0}]
  /\ phys \in [Threads -> Sizes \cup {0}]

Init ==
  /\ limit \in Start
  /\ counter = 0
  /\ pc = [t \in Threads |-> "Idle"]
  /\ want = [t \in Threads |-> 0]
  /\ bound = [t \in Threads |-> 0]
  /\ seen = [t \in Threads |-> 0]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]
  /\ top = [t \in Threads |-> 0]
  /\ fit = [t \in Threads |-> TRUE]
  /\ broken = {}

-----------------------------------------------------------------------------
(* What can be seen of the budget.                                         *)

Counted == limit # Unlimited
InForce == IF limit = 0 THEN Largest ELSE limit

\* The share of t in the counter.
Charge(t) == IF ~Counted THEN 0 ELSE IF pc[t] \in Moved THEN want[t] ELSE held[t]

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Charged == Sum(Charge, Threads)

-----------------------------------------------------------------------------
(* History: what the promises on whole calls speak of.                     *)

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
(* One call: the block of t becomes n bytes, 0 is none.                    *)

Go(t, step) == pc' = [pc EXCEPT ![t] = step]

\* The call returns; its locals die.
Return(t, how) ==
  /\ Go(t, how)
  /\ want' = [want EXCEPT ![t] = IF how = "Refused" THEN @ ELSE 0]
  /\ bound' = [bound EXCEPT ![t] = 0]
  /\ seen' = [seen EXCEPT ![t] = 0]

\* The counter c after n more bytes; n is negative for a shrink or a free.
Plus(c, n) == (c + n + Words) % Words
Change(t)  == want[t] - held[t]

Call(t, n) ==
  /\ pc[t] \in AtRest
  /\ n # held[t]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, "ReadLimit")
  /\ UNCHANGED <<limit, counter, bound, seen, held, phys>>
  /\ Watch

ReadLimit(t) ==
  /\ pc[t] = "ReadLimit"
  /\ IF Counted
       THEN Go(t, "LoadCounter") /\ bound' = [bound EXCEPT ![t] = limit]
       ELSE Go(t, "BackendUncounted") /\ UNCHANGED bound
  /\ UNCHANGED <<limit, counter, want, seen, held, phys>>
  /\ Watch

\* Where t may move the counter to: anywhere during boot and for a free, else
\* within the limit.
Reach(t) == 0 .. (IF bound[t] = 0 \/ want[t] = 0 THEN Largest ELSE bound[t])

\* Linearization point of a refusal.
LoadCounter(t) ==
  /\ pc[t] = "LoadCounter"
  /\ IF Plus(counter, Change(t)) \in Reach(t)
       THEN /\ seen' = [seen EXCEPT ![t] = counter]
            /\ Go(t, "SwapCounter")
            /\ UNCHANGED <<want, bound>>
       ELSE Return(t, "Refused")
  /\ UNCHANGED <<limit, counter, held, phys>>
  /\ Watch

\* Success is the linearization point of a grant, and of a release.
SwapCounter(t) ==
  /\ pc[t] = "SwapCounter"
  /\ seen' = [seen EXCEPT ![t] = 0]
  /\ IF counter = seen[t]
       THEN /\ counter' = Plus(counter, Change(t))
            /\ bound' = [bound EXCEPT ![t] = 0]
            /\ Go(t, "Backend")
       ELSE UNCHANGED <<counter, bound>> /\ Go(t, "LoadCounter")
  /\ UNCHANGED <<limit, want, held, phys>>
  /\ Watch

CanEnd(t, ok) == IF ok THEN want[t] \notin Never ELSE want[t] \in MayFail

Resized(t) ==
  /\ phys' = [phys EXCEPT ![t] = want[t]]
  /\ held' = [held EXCEPT ![t] = want[t]]

Backend(t, ok) ==
  /\ pc[t] = "Backend"
  /\ CanEnd(t, ok)
  /\ IF ok THEN Return(t, "Idle") /\ Resized(t)
           ELSE Go(t, "RollBack") /\ UNCHANGED <<want, bound, seen, held, phys>>
  /\ UNCHANGED <<limit, counter>>
  /\ Watch

BackendUncounted(t, ok) ==
  /\ pc[t] = "BackendUncounted"
  /\ CanEnd(t, ok)
  /\ Return(t, "Idle")
  /\ IF ok THEN Resized(t) ELSE UNCHANGED <<held, phys>>
  /\ UNCHANGED <<limit, counter>>
  /\ Watch

RollBack(t) ==
  /\ pc[t] = "RollBack"
  /\ counter' = Plus(counter, -Change(t))
  /\ Return(t, "Idle")
  /\ UNCHANGED <<limit, held, phys>>
  /\ Watch

\* A caller that believes, or claims, that its block is larger than it is.
Claim(t, n) ==
  /\ Misuse
  /\ pc[t] \in AtRest
  /\ n > held[t]
  /\ held' = [held EXCEPT ![t] = n]
  /\ UNCHANGED <<limit, counter, pc, want, bound, seen, phys>>
  /\ Watch

-----------------------------------------------------------------------------
(* The limit.                                                              *)

Quiet == \A t \in Threads : pc[t] \in AtRest

Become(n) ==
  /\ limit' = n
  /\ UNCHANGED <<counter, pc, want, bound, seen, held, phys>>
  /\ Watch

SetLimit(n) ==
  /\ Counted /\ n # limit
  /\ Live \/ (limit = 0 /\ Quiet)
  /\ Become(n)

EndBoot == limit = 0 /\ Quiet /\ Become(Unlimited)

-----------------------------------------------------------------------------

Step(t) ==
  \/ ReadLimit(t) \/ LoadCounter(t) \/ SwapCounter(t)
  \/ \E ok \in BOOLEAN : Backend(t, ok) \/ BackendUncounted(t, ok)
  \/ RollBack(t)

Next ==
  \/ \E t \in Threads :
       \/ \E n \in Sizes \cup {0} : Call(t, n)
       \/ \E n \in Sizes : Claim(t, n)
       \/ Step(t)
  \/ \E n \in Limits : SetLimit(n)
  \/ EndBoot

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* The promises.  These are kept.                                          *)

NoFalseRefusal == "NoFalseRefusal" \notin broken

Exact == Counted => counter = Charged

-----------------------------------------------------------------------------
(* The following do not hold.                                              *)

\* A shrink gives its bytes to another thread, fails, and takes them back.
NeverOverLimit == "NeverOverLimit" \notin broken

\* A free is published before the bytes are free.
Exists(t) == phys[t]
LiveWithinCharge == Counted => Sum(Exists, Threads) <= counter

\* More bytes exist than a limit that was there from the start, and no call is
\* in flight.  No shrink need fail for it: it is enough that every realloc
\* refuses a size near Words.  t1 holds all of the limit.  t2 asks for Largest
\* bytes: the sum wraps to less than the limit, and the check passes, which
\* breaks NeverOverLimit at once.  t1 grows by a byte, which fits under the
\* wrapped counter.  t2's realloc fails, and t2 rolls back.
RestWithinLimit == Quiet /\ limit \in Limits => Sum(Exists, Threads) <= limit

\* A shrink is refused that does not get below a limit set later.
ShrinkNeverRefused == \A t \in Threads : pc[t] = "Refused" => want[t] > held[t]

\* The sum that is compared with the limit wraps.
WrapSafe == Charged <= Largest

\* With a live limit: a thread goes by the limit that it read.
StrictLimit == "StrictLimit" \notin broken

\* With a caller's error: nothing compares a release with the counter, which
\* goes below zero (read as two's complement).
OverReleaseCaught == counter < Words \div 2

=============================================================================
