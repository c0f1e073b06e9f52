------------------------------- MODULE AddUndo -------------------------------
(***************************************************************************)
(* Add first, undo on excess.  A growth moves the counter with one         *)
(* unconditional addition and looks at the result.  If that is too much,   *)
(* it adds the opposite and is refused.  Linux memcg, Netty and Arrow Java *)
(* count the bytes that are used in this way, with a signed counter.  The  *)
(* Rust crate cap counts the bytes that are left, with an unsigned one.    *)
(* This module counts the bytes that are left, and Signed says how a       *)
(* thread reads them.                                                      *)
(*                                                                         *)
(* To show what adding first does and nothing else, the rest is as good as *)
(* in casalloc.  Limit and counter are one word, also when the limit is    *)
(* changed, and bytes are released when they are gone.                     *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Threads,     \* the threads that share the budget
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  Limits,      \* bytes: the limits that may be set
  Half,        \* the word is a machine integer in -Half..Half-1
  Signed,      \* FALSE: the word is read as unsigned
  Misuse       \* TRUE: callers may claim that they hold more than they do

Largest == IF Signed THEN Half - 1 ELSE 2 * Half - 1

ASSUME /\ Half \in Nat /\ Half > 0
       /\ \A n \in Sizes : n \in 1..Largest
       /\ \A n \in Limits : n \in 1..(Half - 1)
       /\ Signed \in BOOLEAN /\ Misuse \in BOOLEAN

VARIABLES
  left,        \* limit minus counter
  limit,       \* the limit in force (no step of a thread reads it)
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  want,        \* want[t]: the size t asks for
  held,        \* held[t]: bytes of t's block as t knows it
  phys,        \* phys[t]: bytes of t's block that physically exist
  top, fit, broken    \* history, see below

history == <<top, fit, broken>>
vars == <<left, limit, pc, want, held, phys, history>>

AtRest == {"Idle", "Refused"}
Asking == {"Take"}

TypeOK ==
  /\ left \in -Half..(Half - 1)
  /\ limit \in Limits
  /\ pc \in [Threads -> AtRest \cup Asking \cup
             {"Undo", "BackendGrow", "Rollback", "BackendShrink", "Release"}]
  /\ want \in [Threads -> Sizes \cup {0}]
  /\ held \in [Threads -> Sizes \cup {0}]
  /\ phys \in [Threads -> Sizes \cup {0}]

Init ==
  /\ limit \in Limits /\ left = limit
  /\ pc = [t \in Threads |-> "Idle"]
  /\ want = [t \in Threads |-> 0]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]
  /\ top = [t \in Threads |-> 0]
  /\ fit = [t \in Threads |-> TRUE]
  /\ broken = {}

\* Bytes that were granted to t, and its share in the counter.  A request that is
\* about to be undone is in the counter, and was not granted.
Grant(t)  == IF pc[t] \in {"BackendGrow", "Rollback"} THEN want[t] ELSE held[t]
Charge(t) == IF pc[t] = "Undo" THEN want[t] ELSE Grant(t)

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Granted == Sum(Grant, Threads)
Charged == Sum(Charge, Threads)

-----------------------------------------------------------------------------
(* History: what the promises on whole calls speak of.                     *)

Max(a, b) == IF a > b THEN a ELSE b
Ask(t)     == IF pc[t] \in Asking /\ want[t] > held[t] THEN want[t] - held[t] ELSE 0
Fits(t)    == Granted + Ask(t) <= limit
Grants(t)  == Grant(t)' > Grant(t)
Refuses(t) == Ask(t) > 0 /\ pc'[t] = "Undo"

Watch ==
  /\ top' = [t \in Threads |->
               IF Ask(t)' = 0 THEN 0 ELSE Max(top[t], limit')]
  /\ fit' = [t \in Threads |-> Ask(t)' > 0 => fit[t] /\ Fits(t)']
  /\ broken' = broken \cup
       { p \in {"NeverOverLimit", "StrictLimit", "NoFalseRefusal"} :
         \E t \in Threads :
           CASE p = "NeverOverLimit" -> Grants(t) /\ Granted' > Max(top[t], limit')
             [] p = "StrictLimit"    -> Grants(t) /\ Granted' > limit'
             [] p = "NoFalseRefusal" -> Refuses(t) /\ fit[t] }

-----------------------------------------------------------------------------

Go(t, step) == pc' = [pc EXCEPT ![t] = step]

\* Two's complement, and how a thread reads it.
Wrap(x) == ((x + 3 * Half) % (2 * Half)) - Half
Read(x) == IF Signed \/ x >= 0 THEN x ELSE x + 2 * Half

Counter == IF Signed THEN Wrap(limit - left) ELSE Read(Wrap(limit - left))

\* One atomic addition; t goes on to step.
Add(t, n, step) ==
  /\ left' = Wrap(left + Wrap(n))
  /\ Go(t, step)

Return(t) == want' = [want EXCEPT ![t] = 0]

Resize(t, n) ==
  /\ pc[t] \in AtRest
  /\ n # held[t]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, IF n > held[t] THEN "Take" ELSE "BackendShrink")
  /\ UNCHANGED <<left, limit, held, phys>>
  /\ Watch

Take(t) ==
  /\ pc[t] = "Take"
  /\ LET n == want[t] - held[t]
     IN Add(t, -n, IF Read(left) >= n THEN "BackendGrow" ELSE "Undo")
  /\ UNCHANGED <<limit, want, held, phys>>
  /\ Watch

Undo(t) ==
  /\ pc[t] = "Undo"
  /\ Add(t, want[t] - held[t], "Refused")
  /\ UNCHANGED <<limit, want, held, phys>>
  /\ Watch

BackendGrow(t, ok) ==
  /\ pc[t] = "BackendGrow"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ held' = [held EXCEPT ![t] = want[t]]
            /\ Go(t, "Idle") /\ Return(t)
       ELSE Go(t, "Rollback") /\ UNCHANGED <<want, held, phys>>
  /\ UNCHANGED <<left, limit>>
  /\ Watch

Rollback(t) ==
  /\ pc[t] = "Rollback"
  /\ Add(t, want[t] - held[t], "Idle")
  /\ Return(t)
  /\ UNCHANGED <<limit, held, phys>>
  /\ Watch

BackendShrink(t, ok) ==
  /\ pc[t] = "BackendShrink"
  /\ IF ok
       THEN Go(t, "Release") /\ phys' = [phys EXCEPT ![t] = want[t]] /\ UNCHANGED want
       ELSE Go(t, "Idle") /\ Return(t) /\ UNCHANGED phys
  /\ UNCHANGED <<left, limit, held>>
  /\ Watch

Release(t) ==
  /\ pc[t] = "Release"
  /\ Add(t, held[t] - want[t], "Idle")
  /\ held' = [held EXCEPT ![t] = want[t]]
  /\ Return(t)
  /\ UNCHANGED <<limit, phys>>
  /\ Watch

\* A caller that believes, or claims, that its block is larger than it is.
Claim(t, n) ==
  /\ Misuse
  /\ pc[t] \in AtRest
  /\ n > held[t]
  /\ held' = [held EXCEPT ![t] = n]
  /\ UNCHANGED <<left, limit, pc, want, phys>>
  /\ Watch

SetLimit(n) ==
  /\ n # limit
  /\ left' = Wrap(left + (n - limit))
  /\ limit' = n
  /\ UNCHANGED <<pc, want, held, phys>>
  /\ Watch

Next ==
  \/ \E t \in Threads :
       \/ \E n \in Sizes \cup {0} : Resize(t, n)
       \/ \E n \in Sizes : Claim(t, n)
       \/ Take(t) \/ Undo(t)
       \/ \E ok \in BOOLEAN : BackendGrow(t, ok) \/ BackendShrink(t, ok)
       \/ Rollback(t) \/ Release(t)
  \/ \E n \in Limits : SetLimit(n)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* The promises.  These are kept; NeverOverLimit and StrictLimit if Signed. *)

NeverOverLimit == "NeverOverLimit" \notin broken

Live(t) == phys[t]
LiveWithinCharge == Sum(Live, Threads) <= Counter

ShrinkNeverRefused == \A t \in Threads : pc[t] = "Refused" => want[t] > held[t]

Exact == Counter = Charged

StrictLimit == "StrictLimit" \notin broken

-----------------------------------------------------------------------------
(* The following do not hold.  If ~Signed, nor do NeverOverLimit and       *)
(* StrictLimit: while a growth waits to be undone, the bytes that are left *)
(* are below zero.  A thread reads that as very many, and any growth       *)
(* passes.                                                                 *)

\* A growth that fits is refused because of one that is about to be undone.
NoFalseRefusal == "NoFalseRefusal" \notin broken

\* Growths that are about to be undone add up until they wrap.
WrapSafe == Charged <= Largest

\* No step compares a release with the counter.
OverReleaseCaught == left <= limit

=============================================================================
