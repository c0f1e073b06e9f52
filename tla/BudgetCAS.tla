------------------------------ MODULE BudgetCAS ------------------------------
(***************************************************************************)
(* How casalloc keeps a budget without accounts: one word decides          *)
(* everything, and every decision is one atomic step on it.                *)
(*                                                                         *)
(* The word holds the headroom (limit minus counter) and a generation (the *)
(* number of limit changes so far, modulo Gens).  A growth reserves its    *)
(* bytes with a compare-and-swap, then calls the backing allocator, and    *)
(* rolls back when that fails.  A shrink or a free calls the backing       *)
(* allocator first, and releases the bytes when they are gone.             *)
(*                                                                         *)
(* The headroom is measured against the base, which lies beside the word   *)
(* in two slots.  A setter writes the slot of generation g before the word *)
(* moves to g.  The next writer of that slot is on the way to g+2.  So a   *)
(* thread that holds a word of generation g, and finds a base of           *)
(* generation g, has a pair that was true at the instant it loaded the     *)
(* word.                                                                   *)
(*                                                                         *)
(* Each action that moves the word is one atomic step of the code.  At a   *)
(* linearization point, the comment names the Go function (package impl).  *)
(*                                                                         *)
(* Assumptions.  While a thread goes on from a word that it has loaded,    *)
(* fewer than Gens limit changes begin.  (Here gen is the true number, and *)
(* what compares generations compares them modulo Gens.)  The backing      *)
(* allocator's resizing is one step: a second copy that lives while the    *)
(* bytes are moved is not counted.                                         *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,     \* the threads that share the budget
  Setters,     \* those of them that also call SetLimit and EndBoot
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  Limits,      \* bytes: the limits that may be set
  Half,        \* the headroom is a machine integer in -Half..Half-1
  MaxChanges,  \* how often the limit is changed at most
  Gens,        \* generations there are, 128 in the code
  Stale,       \* limit changes that begin at most while a thread goes on from a word
  Misuse,      \* the threads that may claim to hold more than they do
  Without,     \* the defences that are switched off; {} is the protocol
  History      \* TRUE: keep what the promises on whole calls speak of

Defences == {"CompareAndSwap", "Rollback", "ReleaseAfter", "GrowthOnly",
             "Subtraction", "OneWord", "Generation"}

Has(d) == d \notin Without

\* The bands of the headroom, in the proportions of the code (Half = 2^55).
Largest   == Half - 1       \* the largest size there can be
Unlimited == Half \div 2    \* from here up nothing is counted
CountBase == Half \div 4    \* the base while Counting
MaxLimit  == Half \div 8    \* the largest limit

ASSUME /\ Setters \subseteq Threads
       /\ Half \in Nat /\ Half > 0 /\ Half % 8 = 0 /\ MaxChanges \in Nat
       /\ Gens > 0 /\ Gens % 2 = 0 /\ Stale \in 0..Gens
       /\ \A n \in Sizes : n \in 1..Largest
       /\ \A n \in Limits : n \in 1..MaxLimit
       /\ Misuse \subseteq Threads /\ History \in BOOLEAN
       /\ Without \subseteq Defences

VARIABLES
  word,        \* [head, gen]: headroom and generation, in one atomic word
  base,        \* base[g % 2] is [bytes, gen]: what generation g measures against
  locked,      \* the setter lock, which orders setters among themselves
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  want,        \* want[t]: the size t asks for, or the limit it sets
  seen,        \* seen[t]: the word t loaded last
  held,        \* held[t]: bytes of t's block as t knows it
  phys,        \* phys[t]: bytes of t's block that physically exist
  asked,       \* history: the limit that was asked for last, 0 when Unlimited
  top,         \* history: top[t] is the greatest of them since t asked
  fit,         \* history: fit[t]: t's request has fitted at every instant since
  over,        \* history: over[t]: it asks to release more than was held at some
  broken       \* history: the promises on whole calls that were broken

memory  == <<held, phys>>
history == <<asked, top, fit, over, broken>>
vars    == <<word, base, locked, pc, want, seen, held, phys, history>>

AtRest  == {"Idle", "Refused", "Caught", "Unlimited"}
Asking  == {"ResizeLoad", "ReserveLoad", "ReserveBase", "ReserveCAS"}
Rolling == {"RollbackLoad", "RollbackBase", "RollbackCAS"}
Freeing == {"ReleaseLoad", "ReleaseBase", "ReleaseCAS"}
Backing == {"BackendGrow", "BackendShrink", "BackendFree", "BackendUnlimited"}
Setting == {"SetLimitLoad", "SetLimitBase", "SetLimitWord", "SetLimitUnlock"}
Booting == {"EndBootLoad", "EndBootWord", "EndBootUnlock"}
ToChange  == {"SetLimitLock", "SetLimitLoad", "SetLimitBase", "SetLimitWord"}
ToEndBoot == {"EndBootLock", "EndBootLoad", "EndBootWord"}
HasSeen == {"ReserveBase", "ReserveCAS", "RollbackBase", "RollbackCAS",
            "ReleaseBase", "ReleaseCAS"}
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

HistoryInit(limit) ==
  /\ asked = limit
  /\ top = [t \in Threads |-> 0]
  /\ fit = [t \in Threads |-> TRUE]
  /\ over = [t \in Threads |-> FALSE]
  /\ broken = {}

Init ==
  /\ word = [head |-> CountBase, gen |-> 0]
  /\ base = [i \in 0..1 |-> [bytes |-> CountBase, gen |-> 0]]
  /\ locked = FALSE
  /\ pc = [t \in Threads |-> "Idle"]
  /\ want = [t \in Threads |-> 0]
  /\ seen = [t \in Threads |-> None]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]
  /\ HistoryInit(CountBase)

-----------------------------------------------------------------------------
(* What can be seen of the budget: the state of module Budget.             *)

Base == base[word.gen % 2].bytes

Mode == IF word.head >= Unlimited THEN "Unlimited"
        ELSE IF Base = CountBase THEN "Counting" ELSE "Enforcing"

Counted == Mode # "Unlimited"
Limit   == IF Counted THEN Base ELSE 0
Counter == IF ~Counted THEN 0
           ELSE IF Has("OneWord") THEN Base - word.head
           ELSE CountBase - word.head

Growth(t) == want[t] > held[t]

\* Bytes t holds, and those of its call in flight.
Owned(t) ==
  IF pc[t] = "BackendGrow" \/ pc[t] \in Rolling THEN want[t]
  ELSE IF pc[t] \in {"BackendShrink", "BackendFree"} /\ ~Has("ReleaseAfter")
       THEN want[t]
  ELSE held[t]

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
(* History: what the promises on whole calls speak of.  Every action ends  *)
(* with Watch; no action looks at what it keeps.                           *)

Max(a, b) == IF a > b THEN a ELSE b

Reserves(t)   == pc[t] \in Asking /\ Growth(t)
Releases(t)   == pc[t] \in Rolling \cup Freeing
InSetLimit(t) == Ask(t).op = "SetLimit"
InEndBoot(t)  == Ask(t).op = "EndBoot"

\* A request for a limit counts from the step in which it is answered.
Sets(t)     == InSetLimit(t) /\ ~InSetLimit(t)' /\ Answer(t)' = <<"ok">>
EndsBoot(t) == InEndBoot(t) /\ ~InEndBoot(t)' /\ asked = CountBase

Limited ==
  asked' = IF \E t \in Threads : Sets(t) THEN want[CHOOSE t \in Threads : Sets(t)]
           ELSE IF \E t \in Threads : EndsBoot(t) THEN 0 ELSE asked

\* What t's step breaks, if it grants, refuses, reports, or takes bytes back.
Breaks(t, charged) ==
  IF Charge(t)' > Charge(t)
    THEN { p \in {"NeverOverLimit", "StrictLimit"} :
             charged > IF p = "StrictLimit" THEN asked' ELSE Max(top[t], asked') }
  ELSE IF Reserves(t) /\ pc'[t] = "Refused" /\ fit[t] THEN {"NoFalseRefusal"}
  ELSE IF /\ Releases(t)
          /\ \/ pc'[t] = "Caught" /\ (~over[t] \/ Counter' # Counter)
             \/ pc'[t] = "Idle" /\ Counted /\ Ask(t).n > Counter
    THEN {"OverReleaseCaught"}
  ELSE {}

Watch ==
  IF ~History THEN UNCHANGED history ELSE
  LET charged == Charged'
      counter == Counter'
      counted == Counted'
  IN /\ Limited
     /\ top' = [t \in Threads |-> IF Reserves(t)' THEN Max(top[t], asked') ELSE 0]
     /\ fit' = [t \in Threads |-> Reserves(t)' =>
                  fit[t] /\ (counted => charged + Ask(t)'.n <= asked')]
     /\ over' = [t \in Threads |-> Releases(t)' /\
                   (over[t] \/ (counted /\ Ask(t)'.n > counter))]
     /\ broken' = broken \cup UNION { Breaks(t, charged) : t \in Threads }

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

\* t loads the word and goes on to look at its base.
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
\*
\* Without OneWord, word.head is CountBase minus the counter, the limit lies in
\* the base, and SetLimit leaves word.head alone.  Without OneWord or without
\* Generation, word.gen still says which base is in force.  But no step compares
\* it, and a thread that loads a base gets the one in force at that instant.
Tagged  == Has("OneWord") /\ Has("Generation")
SameGen(g, h) == g % Gens = h % Gens
Same(t) == word.head = seen[t].head /\ (Tagged => SameGen(word.gen, seen[t].gen))
CAS(t)  == Same(t) \/ ~Has("CompareAndSwap")
Move(t, n) == word' = [word EXCEPT !.head = Wrap(seen[t].head + n)]

\* The base that goes with a loaded word w, whether it does, and the counter
\* that the two make.
BaseFor(w)   == base[(IF Tagged THEN w.gen ELSE word.gen) % 2]
Paired(w)    == Tagged => SameGen(BaseFor(w).gen, w.gen)
CounterOf(w) == (IF Has("OneWord") THEN BaseFor(w).bytes ELSE CountBase) - w.head

Backend(t) == IF Growth(t) THEN "BackendGrow"
              ELSE IF want[t] = 0 THEN "BackendFree" ELSE "BackendShrink"

\* The call goes on, and its locals with it.
Stay == UNCHANGED <<want, seen>>

-----------------------------------------------------------------------------
(* One call: the block of t becomes n bytes, 0 is none.  A call with the   *)
(* size that the block has already moves no counter, and is left out.  Go: *)
(* Budget.Resize; a growth is grow, a shrink or a free resizeCounted.      *)

Resize(t, n) ==
  /\ pc[t] \in AtRest
  /\ n # held[t]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, "ResizeLoad")
  /\ UNCHANGED <<word, base, locked, seen, memory>>
  /\ Watch

\* Go: isUnlimited.  In Unlimited, t goes straight to the backing allocator.
ResizeLoad(t) ==
  /\ pc[t] = "ResizeLoad"
  /\ Go(t, IF word.head >= Unlimited THEN "BackendUnlimited"
           ELSE IF Growth(t) \/ ~Has("GrowthOnly") THEN "ReserveLoad"
           ELSE IF ~Has("ReleaseAfter") THEN "ReleaseLoad"
           ELSE Backend(t))
  /\ Stay
  /\ UNCHANGED <<word, base, locked, memory>>
  /\ Watch

BackendUnlimited(t, ok) ==
  /\ pc[t] = "BackendUnlimited"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ held' = [held EXCEPT ![t] = want[t]]
       ELSE UNCHANGED memory
  /\ Return(t, "Idle")
  /\ UNCHANGED <<word, base, locked>>
  /\ Watch

-----------------------------------------------------------------------------
(* Growth: Reserve, the backing allocator, and Rollback when that fails.   *)

\* Linearization point of a refusal: the word says that the growth does not fit.
\* In Unlimited, linearization point of the grant, which is not counted.
\* Go: the load in Budget.take; Budget.refuse returns the refusal.
ReserveLoad(t) ==
  /\ pc[t] = "ReserveLoad"
  /\ IF word.head >= Unlimited
       THEN Go(t, Backend(t)) /\ Stay
     ELSE IF Has("OneWord") /\ Has("Subtraction")
             /\ word.head < want[t] - held[t]
       THEN Return(t, "Refused")
     ELSE IF ~Growth(t)     \* only without GrowthOnly
       THEN Go(t, Backend(t)) /\ Stay
     ELSE LoadWord(t, IF Has("OneWord") /\ Has("Subtraction")
                        THEN "ReserveCAS" ELSE "ReserveBase")
  /\ UNCHANGED <<word, base, locked, memory>>
  /\ Watch

\* Not a step of the protocol, whose Reserve does not look at the base.  Without
\* OneWord or without Subtraction, t compares its growth with the limit here.
ReserveBase(t) ==
  /\ pc[t] = "ReserveBase"
  /\ LET limit == BaseFor(seen[t]).bytes
         n     == want[t] - held[t]
     IN IF ~Paired(seen[t]) THEN Reload(t, "ReserveLoad")
        ELSE IF IF Has("Subtraction") THEN n > limit - CounterOf(seen[t])
                ELSE Wrap(CounterOf(seen[t]) + n) > limit
             THEN Return(t, "Refused")
        ELSE Go(t, "ReserveCAS") /\ Stay
  /\ UNCHANGED <<word, base, locked, memory>>
  /\ Watch

\* Success is the linearization point of Reserve: the bytes are t's.
\* Go: the compare-and-swap in Budget.take.
ReserveCAS(t) ==
  /\ pc[t] = "ReserveCAS"
  /\ IF CAS(t)
       THEN /\ Move(t, held[t] - want[t])
            /\ Go(t, "BackendGrow")
            /\ seen' = [seen EXCEPT ![t] = None]
            /\ UNCHANGED want
       ELSE Reload(t, "ReserveLoad") /\ UNCHANGED word
  /\ UNCHANGED <<base, locked, memory>>
  /\ Watch

BackendGrow(t, ok) ==
  /\ pc[t] = "BackendGrow"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ held' = [held EXCEPT ![t] = want[t]]
            /\ Return(t, "Idle")
       ELSE /\ UNCHANGED memory
            /\ IF Has("Rollback") THEN Reload(t, "RollbackLoad")
               ELSE Return(t, "Idle")
  /\ UNCHANGED <<word, base, locked>>
  /\ Watch

-----------------------------------------------------------------------------
(* Shrink and free: the backing allocator, then Release.  If the backing   *)
(* allocator fails, block and counter stay as they are.  Go:               *)
(* resizeCounted.                                                          *)

BackendGive(t, ok) ==
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ IF Has("ReleaseAfter")
                 THEN Reload(t, "ReleaseLoad") /\ UNCHANGED held
                 ELSE /\ held' = [held EXCEPT ![t] = want[t]]
                      /\ Return(t, "Idle")
       ELSE /\ UNCHANGED memory
            /\ IF Has("ReleaseAfter") THEN Return(t, "Idle")
               ELSE Reload(t, "RollbackLoad")   \* takes the bytes back
  /\ UNCHANGED <<word, base, locked>>
  /\ Watch

BackendShrink(t, ok) == pc[t] = "BackendShrink" /\ BackendGive(t, ok)
BackendFree(t, ok)   == pc[t] = "BackendFree" /\ BackendGive(t, ok)

-----------------------------------------------------------------------------
(* Release and Rollback are the same three steps.  Go: Budget.release,     *)
(* which resizeCounted calls for the one and grow for the other.           *)

GiveLoad(t, next, size) ==
  /\ IF word.head >= Unlimited
       THEN Return(t, "Idle") /\ held' = [held EXCEPT ![t] = size]
       ELSE LoadWord(t, next) /\ UNCHANGED held
  /\ UNCHANGED <<word, base, locked, phys>>
  /\ Watch

\* An over-release is caught before the word moves.  Its linearization point is
\* the load of the word.  Go: overRelease in Budget.release.
GiveBase(t, load, next, n, size) ==
  /\ IF ~Paired(seen[t]) THEN Reload(t, load) /\ UNCHANGED held
     ELSE IF n > CounterOf(seen[t])
       THEN Return(t, "Caught") /\ held' = [held EXCEPT ![t] = size]
     ELSE Go(t, next) /\ UNCHANGED <<want, seen, held>>
  /\ UNCHANGED <<word, base, locked, phys>>
  /\ Watch

\* Success is the linearization point of Release, and of a rollback.
\* Go: the compare-and-swap in Budget.release.
GiveCAS(t, load, n, size) ==
  /\ IF CAS(t)
       THEN /\ Move(t, n)
            /\ Return(t, "Idle")
            /\ held' = [held EXCEPT ![t] = size]
       ELSE Reload(t, load) /\ UNCHANGED <<word, held>>
  /\ UNCHANGED <<base, locked, phys>>
  /\ Watch

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

\* A caller that believes, or claims, that its block is larger than it is.
Claim(t, n) ==
  /\ t \in Misuse
  /\ pc[t] \in AtRest
  /\ n > held[t]
  /\ held' = [held EXCEPT ![t] = n]
  /\ UNCHANGED <<word, base, locked, pc, want, seen, phys>>
  /\ Watch

-----------------------------------------------------------------------------
(* Setters.  The lock orders them among themselves.  No allocating thread  *)
(* of this module waits for it; with accounts, some do (module Accounts).  *)

SetLimit(t, n) ==
  /\ t \in Setters /\ pc[t] \in AtRest
  /\ word.gen + Cardinality({s \in Threads : pc[s] \in ToChange}) < MaxChanges
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, "SetLimitLock")
  /\ UNCHANGED <<word, base, locked, seen, memory>>
  /\ Watch

EndBoot(t) ==
  /\ t \in Setters /\ pc[t] \in AtRest
  /\ want' = [want EXCEPT ![t] = 0]
  /\ Go(t, "EndBootLock")
  /\ UNCHANGED <<word, base, locked, seen, memory>>
  /\ Watch

Lock(t, next) ==
  /\ ~locked
  /\ locked' = TRUE
  /\ Go(t, next)
  /\ UNCHANGED <<word, base, want, seen, memory>>
  /\ Watch

Unlock(t, how) ==
  /\ locked' = FALSE
  /\ Return(t, how)
  /\ UNCHANGED <<word, base, memory>>
  /\ Watch

SetLimitLock(t)   == pc[t] = "SetLimitLock" /\ Lock(t, "SetLimitLoad")
SetLimitUnlock(t) ==
  pc[t] = "SetLimitUnlock" /\ Unlock(t, IF want[t] = 0 THEN "Idle" ELSE "Unlimited")
EndBootLock(t)    == pc[t] = "EndBootLock" /\ Lock(t, "EndBootLoad")
EndBootUnlock(t)  == pc[t] = "EndBootUnlock" /\ Unlock(t, "Idle")

\* In Unlimited nothing is counted, and t returns an error.  Only the holder of
\* the lock moves the generation, so t need not remember the one it loaded.
SetLimitLoad(t) ==
  /\ pc[t] = "SetLimitLoad"
  /\ Go(t, IF word.head >= Unlimited THEN "SetLimitUnlock" ELSE "SetLimitBase")
  /\ UNCHANGED <<word, base, locked, want, seen, memory>>
  /\ Watch

\* The change of the limit begins.  Nobody goes on for longer than Stale of
\* them from a word that it has loaded: an assumption about how fast threads
\* are, no step of the code.
SetLimitBase(t) ==
  /\ pc[t] = "SetLimitBase"
  /\ \A s \in Threads : pc[s] \in HasSeen => word.gen + 1 - seen[s].gen <= Stale
  /\ base' = [base EXCEPT ![(word.gen + 1) % 2] =
                [bytes |-> want[t], gen |-> word.gen + 1]]
  /\ Go(t, "SetLimitWord")
  /\ UNCHANGED <<word, locked, want, seen, memory>>
  /\ Watch

\* Linearization point: one addition moves headroom and generation.
\* Go: the addition in Budget.SetLimit.
SetLimitWord(t) ==
  /\ pc[t] = "SetLimitWord"
  /\ word' = [head |-> IF Has("OneWord") THEN Wrap(word.head + (want[t] - Base))
                       ELSE word.head,
              gen  |-> word.gen + 1]
  /\ Go(t, "SetLimitUnlock")
  /\ want' = [want EXCEPT ![t] = 0]
  /\ UNCHANGED <<base, locked, seen, memory>>
  /\ Watch

EndBootLoad(t) ==
  /\ pc[t] = "EndBootLoad"
  /\ Go(t, IF Mode = "Counting" THEN "EndBootWord" ELSE "EndBootUnlock")
  /\ UNCHANGED <<word, base, locked, want, seen, memory>>
  /\ Watch

\* Linearization point.  Go: the swap in Budget.EndBoot.
EndBootWord(t) ==
  /\ pc[t] = "EndBootWord"
  /\ word' = [head |-> Unlimited, gen |-> 0]
  /\ Go(t, "EndBootUnlock")
  /\ UNCHANGED <<base, locked, want, seen, memory>>
  /\ Watch

-----------------------------------------------------------------------------

Begin(t) ==
  \/ \E n \in Sizes \cup {0} : Resize(t, n)
  \/ \E n \in Sizes : Claim(t, n)
  \/ \E n \in Limits : SetLimit(t, n)
  \/ EndBoot(t)

Step(t) ==
  \/ ResizeLoad(t)
  \/ \E ok \in BOOLEAN : BackendUnlimited(t, ok)
  \/ ReserveLoad(t) \/ ReserveBase(t) \/ ReserveCAS(t)
  \/ \E ok \in BOOLEAN : BackendGrow(t, ok)
  \/ RollbackLoad(t) \/ RollbackBase(t) \/ RollbackCAS(t)
  \/ \E ok \in BOOLEAN : BackendShrink(t, ok) \/ BackendFree(t, ok)
  \/ ReleaseLoad(t) \/ ReleaseBase(t) \/ ReleaseCAS(t)
  \/ SetLimitLock(t) \/ SetLimitLoad(t) \/ SetLimitBase(t)
  \/ SetLimitWord(t) \/ SetLimitUnlock(t)
  \/ EndBootLock(t) \/ EndBootLoad(t) \/ EndBootWord(t) \/ EndBootUnlock(t)

Next == \E t \in Threads : Begin(t) \/ Step(t)

Spec == Init /\ [][Next]_vars

\* Each thread goes on, and calls again.
Runs(t)  == WF_vars(Begin(t) \/ Step(t))
FairSpec == Spec /\ \A t \in Threads : Runs(t)

-----------------------------------------------------------------------------
(* The promises.                                                           *)

\* No growth is granted that takes the counter over every limit that was asked
\* for, and answered, before or during the call.
NeverOverLimit == "NeverOverLimit" \notin broken

\* Bytes that physically exist are charged.
Live(t) == phys[t]
LiveWithinCharge == Counted => Sum(Live, Threads) <= Counter

\* A growth is refused only if at some instant since the call began it did
\* not fit.
NoFalseRefusal == "NoFalseRefusal" \notin broken

\* Only growths are refused.
ShrinkNeverRefused == \A t \in Threads : pc[t] = "Refused" => Growth(t)

\* The counter is the bytes held, plus those that calls in flight have reserved
\* or not yet released.
Exact == Counter = Charged

\* A thread at rest knows its block: the bytes it holds are those that exist.
RestExact ==
  Misuse # {} \/ \A t \in Threads : pc[t] \in AtRest => phys[t] = held[t]

\* The lock has one holder at most, and none when nobody calls.
HasLock(t)   == pc[t] \in Setting \cup Booting
OneHolder    == \A s, t \in Threads : HasLock(s) /\ HasLock(t) => s = t
RestUnlocked == (\A t \in Threads : pc[t] \in AtRest) => ~locked

\* The sum of all charges, as integers that do not wrap, fits the machine word.
WrapSafe == Charged <= Largest

\* No growth is granted that takes the counter over the limit that was asked for
\* last.
StrictLimit == "StrictLimit" \notin broken

\* The limit in force is the one that was asked for last.
SetterObeyed == History => Limit = asked

\* No release takes more than there is.  One that asks for more is reported, and
\* changes nothing; no other is.
OverReleaseCaught ==
  /\ Counter >= 0
  /\ "OverReleaseCaught" \notin broken
  /\ Misuse # {} \/ \A t \in Threads : pc[t] # "Caught"

-----------------------------------------------------------------------------
(* It refines Budget.                                                      *)

Asks == {0} \cup Limits \cup { n - m : n \in Sizes, m \in Sizes \cup {0} }

Abstract == INSTANCE Budget WITH
  Numbers <- Asks,
  mode    <- Mode,
  limit   <- Limit,
  counter <- Counter,
  ask     <- [t \in Threads |-> Ask(t)],
  answer  <- [t \in Threads |-> Answer(t)]

\* Abstract!Spec, with the disjuncts in the order in which TLC is done with them
\* soonest: most steps change nothing that Budget sees.  With Misuse it needs
\* History, to know since when a report is right.
Refines == Abstract!Init /\ [][UNCHANGED Abstract!vars \/ Abstract!Next]_vars

\* Lock-freedom: some call always completes, although any one thread may stop for
\* ever at any step; unless it stops with the lock, and all others wait for that.
Completes(t) == pc[t] \notin AtRest /\ pc'[t] \in AtRest
Waits(t)     == pc[t] \in {"SetLimitLock", "EndBootLock"}
LockFree ==
  \A s \in Threads :
    (\A t \in Threads \ {s} : Runs(t)) =>
      \/ []<><<\E t \in Threads : Completes(t)>>_vars
      \/ <>[](HasLock(s) /\ \A t \in Threads \ {s} : Waits(t))

THEOREM Without = {} /\ Misuse = {} =>
          (Spec => Refines /\ [](TypeOK /\ LiveWithinCharge /\ ShrinkNeverRefused
                                   /\ Exact /\ WrapSafe /\ RestExact
                                   /\ OneHolder /\ RestUnlocked))
THEOREM Without = {} /\ Misuse = {} /\ History =>
          (Spec => [](NeverOverLimit /\ StrictLimit /\ NoFalseRefusal /\ SetterObeyed))
THEOREM Without = {} /\ History => (Spec => Refines /\ []OverReleaseCaught)
THEOREM Without = {} => (Spec => LockFree)

-----------------------------------------------------------------------------
(* The following does not hold: a thread can lose every compare-and-swap.  *)

WaitFree == \A t \in Threads : pc[t] \notin AtRest ~> pc[t] \in AtRest

=============================================================================
