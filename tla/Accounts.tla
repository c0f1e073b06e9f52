------------------------------ MODULE Accounts ------------------------------
(***************************************************************************)
(* How casalloc keeps a budget that scales.  A thread that allocates much  *)
(* has an account: a word of its own that holds slack, bytes which were    *)
(* taken from the shared word and are not in use yet.  The thread calls on *)
(* its own word as long as the slack covers a growth and has room for a    *)
(* release.                                                                *)
(*                                                                         *)
(* Slack that lies in accounts must never make a request fail that fits,   *)
(* and never let one through that does not.  Five rules see to it:         *)
(*                                                                         *)
(*   Draining     An account is stocked, or drained: then it takes and     *)
(*                gives nothing, and its owner's calls go to the shared    *)
(*                word.                                                    *)
(*   Lock         Bytes move between the shared word and an account only   *)
(*                under the setter lock.  A thread that wants to refill    *)
(*                its account, or to give slack back, only tries the lock, *)
(*                and goes to the shared word if another has it.           *)
(*   StockedBit   The shared word says whether any account may be stocked. *)
(*                The step that takes slack sets the bit.  The step that   *)
(*                brings back the slack of all accounts clears it.         *)
(*   ExactRefusal A thread refuses a request only if the shared word has   *)
(*                too little headroom and says that no account is stocked: *)
(*                then its headroom is all there is.  If it says           *)
(*                otherwise, the thread waits for the lock and drains all  *)
(*                accounts first.                                          *)
(*   DrainFirst   A thread that changes the limit or ends the boot drains  *)
(*                all accounts first.                                      *)
(*                                                                         *)
(* Generations and bases are left to BudgetCAS: here a change of the limit *)
(* is one step.  Over-release is left to it too: the owner of an account   *)
(* knows what it holds, and Account.release compares with that.  Close,    *)
(* which drains one account, is left out.                                  *)
(*                                                                         *)
(* Each action that moves the word is one atomic step of the code.  At a   *)
(* linearization point, the comment names the Go function (package impl).  *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,     \* the threads that share the budget
  Owners,      \* those of them that have an account
  Setters,     \* those of them that also call SetLimit and EndBoot
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  Limits,      \* bytes: the limits that may be set
  CountBase,   \* bytes: what headroom is measured against while Counting
  Batch,       \* bytes: what an account takes beyond what was asked for
  Cap,         \* bytes: the most slack an account keeps
  Without      \* the rules that are switched off; {} is the protocol

Rules == {"Draining", "Lock", "StockedBit", "ExactRefusal", "DrainFirst"}

Has(r) == r \notin Without

ASSUME /\ Owners \subseteq Threads /\ Setters \subseteq Threads
       /\ \A n \in Limits : n \in 1..(CountBase - 1)
       /\ \A n \in Sizes : n \in 1..CountBase
       /\ Batch \in 1..Cap
       /\ Without \subseteq Rules

VARIABLES
  word,        \* [head, stocked]: headroom, and whether an account may be stocked
  base,        \* bytes: what the headroom is measured against
  slack,       \* slack[t]: bytes in t's account, or Drained
  lock,        \* who has the setter lock, or None
  carry,       \* bytes that the holder of the lock carries
  todo,        \* accounts that the holder of the lock has yet to drain
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  call,        \* call[t]: what t is called to do
  want,        \* want[t]: the size t asks for, or the limit it sets
  seen,        \* seen[t]: the word t loaded last
  held,        \* held[t]: bytes of t's block as t knows it
  phys         \* phys[t]: bytes of t's block that physically exist

locals == <<pc, call, want, seen, held, phys>>
vars   == <<word, base, slack, lock, carry, todo, locals>>

Drained   == -1
None      == "none"
Nothing   == [head |-> 0, stocked |-> FALSE]
Largest   == CountBase
Unlimited == 2 * CountBase + 1

AtRest == {"Idle", "Refused", "Unlimited"}
Asking == {"ResizeLoad", "SlackReserveLoad", "SlackReserveCAS", "RefillTryLock",
           "RefillLoad", "RefillCAS", "ReserveLoad", "ReserveCAS"}
Steps  == AtRest \cup Asking \cup
          {"RefillSlack", "RefillUnlock", "DrainLock", "DrainSwap", "DrainWord",
           "ReserveUnlock", "RefuseUnlock", "BackendGrow", "BackendGive",
           "BackendUnlimited", "SlackReleaseLoad", "SlackReleaseCAS",
           "GiveTryLock", "GiveSlack", "GiveWord", "GiveUnlock",
           "ReleaseLoad", "ReleaseCAS", "SetLimitWord", "EndBootWord", "Unlock"}

Words == [head : (-CountBase)..Unlimited, stocked : BOOLEAN]

TypeOK ==
  /\ word \in Words
  /\ base \in Limits \cup {CountBase}
  /\ slack \in [Threads -> Drained..CountBase]
  /\ lock \in Threads \cup {None}
  /\ carry \in 0..CountBase
  /\ todo \in SUBSET Owners
  /\ pc \in [Threads -> Steps]
  /\ call \in [Threads -> {"Resize", "SetLimit", "EndBoot"}]
  /\ want \in [Threads -> Sizes \cup Limits \cup {0}]
  /\ seen \in [Threads -> Words]
  /\ held \in [Threads -> Sizes \cup {0}]
  /\ phys \in [Threads -> Sizes \cup {0}]

Init ==
  /\ word = [head |-> CountBase, stocked |-> FALSE]
  /\ base = CountBase
  /\ slack = [t \in Threads |-> Drained]
  /\ lock = None /\ carry = 0 /\ todo = {}
  /\ pc = [t \in Threads |-> "Idle"]
  /\ call = [t \in Threads |-> "Resize"]
  /\ want = [t \in Threads |-> 0]
  /\ seen = [t \in Threads |-> Nothing]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]

-----------------------------------------------------------------------------
(* What can be seen of the budget: the state of module Budget.             *)

Counted   == word.head < Unlimited
Mode      == IF ~Counted THEN "Unlimited"
             ELSE IF base = CountBase THEN "Counting" ELSE "Enforcing"
Limit     == IF Counted THEN base ELSE 0
Growth(t) == want[t] > held[t]
Need(t)   == want[t] - held[t]      \* bytes a growth needs
Spare(t)  == held[t] - want[t]      \* bytes a shrink or a free releases

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Slack(t) == IF slack[t] = Drained THEN 0 ELSE slack[t]
Counter  == IF Counted THEN base - word.head - Sum(Slack, Threads) - carry ELSE 0

Reserved == {"RefillSlack", "RefillUnlock", "ReserveUnlock", "BackendGrow"}
Releasing == {"SlackReleaseLoad", "SlackReleaseCAS", "GiveTryLock", "GiveSlack",
              "GiveWord", "ReleaseLoad", "ReleaseCAS"}

\* Bytes t holds, and those of its call in flight.
Owned(t) ==
  IF call[t] # "Resize" THEN held[t]
  ELSE IF Growth(t) /\ pc[t] \in Reserved \cup Releasing THEN want[t]
  ELSE IF pc[t] = "GiveUnlock" THEN IF Growth(t) THEN held[t] ELSE want[t]
  ELSE held[t]
Charge(t) == IF Counted THEN Owned(t) ELSE 0
Charged   == Sum(Charge, Threads)

Draining == {"DrainLock", "DrainSwap", "DrainWord"}
Give(t)  == IF Growth(t) THEN Need(t) ELSE Spare(t)    \* a rollback, or a release

\* What t has asked for and has no answer to.
Ask(t) ==
  IF call[t] = "Resize" /\ Growth(t) /\ pc[t] \in Asking \cup Draining
    THEN [op |-> "Reserve", n |-> Need(t)]
  ELSE IF pc[t] \in Releasing THEN [op |-> "Release", n |-> Give(t)]
  ELSE IF /\ call[t] = "SetLimit"
          /\ pc[t] \in Draining \cup {"SetLimitWord"} \/ (pc[t] = "Unlock" /\ ~Counted)
    THEN [op |-> "SetLimit", n |-> want[t]]
  ELSE IF call[t] = "EndBoot" /\ pc[t] \in Draining \cup {"EndBootWord"}
    THEN [op |-> "EndBoot", n |-> 0]
  ELSE [op |-> "none", n |-> 0]

\* How t was answered last.
Answer(t) ==
  IF pc[t] \in {"Refused", "RefuseUnlock"} THEN <<"over limit">>
  ELSE IF pc[t] = "Unlimited" THEN <<"unlimited">>
  ELSE <<"ok">>

-----------------------------------------------------------------------------
Go(t, step) == pc' = [pc EXCEPT ![t] = step]
Shared      == <<word, base, slack, lock, carry, todo>>
Keep        == UNCHANGED <<call, want, held, phys>>
Forget(t)   == seen' = [seen EXCEPT ![t] = Nothing]
See(t, w)   == seen' = [seen EXCEPT ![t] = w]

\* The call returns with a block of size n; its locals die.
Return(t, how, n) ==
  /\ Go(t, how)
  /\ Forget(t)
  /\ want' = [want EXCEPT ![t] = IF how = "Refused" THEN @ ELSE 0]
  /\ held' = [held EXCEPT ![t] = n]
  /\ call' = [call EXCEPT ![t] = "Resize"]

Settled(t) == IF Growth(t) THEN held[t] ELSE want[t]    \* after a Release

Resize(t, n) ==
  /\ pc[t] \in AtRest
  /\ n # held[t]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, "ResizeLoad")
  /\ UNCHANGED <<Shared, call, seen, held, phys>>

\* Go: isUnlimited.  In Unlimited, t goes straight to the backing allocator.
ResizeLoad(t) ==
  /\ pc[t] = "ResizeLoad"
  /\ Go(t, IF ~Counted THEN "BackendUnlimited"
           ELSE IF ~Growth(t) THEN "BackendGive"
           ELSE IF t \in Owners THEN "SlackReserveLoad" ELSE "ReserveLoad")
  /\ UNCHANGED <<Shared, seen>> /\ Keep

BackendUnlimited(t, ok) ==
  /\ pc[t] = "BackendUnlimited"
  /\ phys' = IF ok THEN [phys EXCEPT ![t] = want[t]] ELSE phys
  /\ Return(t, "Idle", IF ok THEN want[t] ELSE held[t])
  /\ UNCHANGED Shared

-----------------------------------------------------------------------------
(* A growth, from the account.  Go: Account.Reserve.                       *)

\* Fast path: the slack covers the growth.
SlackReserveLoad(t) ==
  /\ pc[t] = "SlackReserveLoad"
  /\ IF slack[t] >= Need(t)
       THEN Go(t, "SlackReserveCAS") /\ See(t, [head |-> slack[t], stocked |-> TRUE])
       ELSE Go(t, "RefillTryLock") /\ Forget(t)
  /\ UNCHANGED Shared /\ Keep

\* It fails only if another thread has drained the account since the load.
\* Success is the linearization point of the growth.
\* Go: the compare-and-swap in Account.Reserve.
SlackReserveCAS(t) ==
  /\ pc[t] = "SlackReserveCAS"
  /\ IF slack[t] = seen[t].head
       THEN /\ slack' = [slack EXCEPT ![t] = @ - Need(t)]
            /\ Go(t, "BackendGrow")
       ELSE Go(t, "SlackReserveLoad") /\ UNCHANGED slack
  /\ Forget(t)
  /\ UNCHANGED <<word, base, lock, carry, todo>> /\ Keep

\* The code tries the lock only if there is plenty in the word; here t may or
\* may not, so that no choice of plenty is left out.  Go: Account.stockUp.
RefillTryLock(t) ==
  /\ pc[t] = "RefillTryLock"
  /\ \/ /\ lock = None
        /\ lock' = IF Has("Lock") THEN t ELSE lock
        /\ Go(t, "RefillLoad")
     \/ Go(t, "ReserveLoad") /\ UNCHANGED lock
  /\ UNCHANGED <<word, base, slack, carry, todo, seen>> /\ Keep

\* Go: Budget.refill.
RefillLoad(t) ==
  /\ pc[t] = "RefillLoad"
  /\ IF Counted /\ word.head >= Need(t) + Batch /\ Slack(t) + Batch <= Cap
       THEN Go(t, "RefillCAS") /\ See(t, word) /\ UNCHANGED lock
       ELSE /\ Go(t, "ReserveLoad") /\ Forget(t)
            /\ lock' = IF Has("Lock") THEN None ELSE lock
  /\ UNCHANGED <<word, base, slack, carry, todo>> /\ Keep

\* Success is the linearization point of the growth.
\* Go: the compare-and-swap in Budget.refill.
RefillCAS(t) ==
  /\ pc[t] = "RefillCAS"
  /\ IF word = seen[t]
       THEN /\ word' = [head |-> word.head - Need(t) - Batch,
                        stocked |-> Has("StockedBit") \/ word.stocked]
            /\ carry' = carry + Batch
            /\ Go(t, "RefillSlack")
       ELSE Go(t, "RefillLoad") /\ UNCHANGED <<word, carry>>
  /\ Forget(t)
  /\ UNCHANGED <<base, slack, lock, todo>> /\ Keep

\* Only the owner and the holder of the lock write slack, and t is both, so a
\* store will do.  Go: the store in Budget.refill.
RefillSlack(t) ==
  /\ pc[t] = "RefillSlack"
  /\ slack' = [slack EXCEPT ![t] = Slack(t) + Batch]
  /\ carry' = carry - Batch
  /\ word' = [word EXCEPT !.stocked = TRUE]    \* changes it only without StockedBit
  /\ Go(t, "RefillUnlock")
  /\ UNCHANGED <<base, lock, todo, seen>> /\ Keep

RefillUnlock(t) ==
  /\ pc[t] = "RefillUnlock"
  /\ lock' = IF Has("Lock") THEN None ELSE lock
  /\ Go(t, "BackendGrow")
  /\ UNCHANGED <<word, base, slack, carry, todo, seen>> /\ Keep

-----------------------------------------------------------------------------
(* A growth, from the shared word.  The holder of the lock comes this way  *)
(* too, after it has drained all accounts.  Go: Budget.take, and from      *)
(* DrainLock on Budget.refuse.                                             *)

\* Linearization point of a refusal: the word has too little headroom, and no
\* account is stocked.  Go: the load in Budget.take; Budget.refuse returns it.
ReserveLoad(t) ==
  /\ pc[t] = "ReserveLoad"
  /\ IF word.head >= Need(t)
       THEN IF Counted THEN Go(t, "ReserveCAS") /\ See(t, word)
            ELSE Go(t, IF lock = t THEN "ReserveUnlock" ELSE "BackendGrow") /\ Forget(t)
       ELSE /\ Forget(t)
            /\ Go(t, IF word.stocked /\ Has("ExactRefusal") THEN "DrainLock"
                     ELSE IF lock = t THEN "RefuseUnlock" ELSE "Refused")
  /\ UNCHANGED Shared /\ Keep

\* Success is the linearization point of the growth.
\* Go: the compare-and-swap in Budget.take.
ReserveCAS(t) ==
  /\ pc[t] = "ReserveCAS"
  /\ IF word = seen[t]
       THEN /\ word' = [word EXCEPT !.head = @ - Need(t)]
            /\ Go(t, IF lock = t THEN "ReserveUnlock" ELSE "BackendGrow")
       ELSE Go(t, "ReserveLoad") /\ UNCHANGED word
  /\ Forget(t)
  /\ UNCHANGED <<base, slack, lock, carry, todo>> /\ Keep

ReserveUnlock(t) ==
  /\ pc[t] = "ReserveUnlock"
  /\ lock' = None
  /\ Go(t, "BackendGrow")
  /\ UNCHANGED <<word, base, slack, carry, todo, seen>> /\ Keep

RefuseUnlock(t) ==
  /\ pc[t] = "RefuseUnlock"
  /\ lock' = None
  /\ Go(t, "Refused")
  /\ UNCHANGED <<word, base, slack, carry, todo, seen>> /\ Keep

\* If the backing allocator fails, t rolls back, which is a release.  Go: grow.
BackendGrow(t, ok) ==
  /\ pc[t] = "BackendGrow"
  /\ phys' = IF ok THEN [phys EXCEPT ![t] = want[t]] ELSE phys
  /\ IF ok THEN Return(t, "Idle", want[t])
     ELSE /\ Go(t, IF t \in Owners THEN "SlackReleaseLoad" ELSE "ReleaseLoad")
          /\ UNCHANGED <<call, want, held, seen>>
  /\ UNCHANGED Shared

-----------------------------------------------------------------------------
(* Draining all accounts.  The holder of the lock carries the slack that   *)
(* it finds.  Go: Budget.drainAccounts.                                    *)

Work(t) == CASE call[t] = "Resize"   -> "ReserveLoad"
             [] call[t] = "SetLimit" -> "SetLimitWord"
             [] call[t] = "EndBoot"  -> "EndBootWord"

Stocked == {a \in Owners : slack[a] # Drained}

DrainLock(t) ==
  /\ pc[t] = "DrainLock"
  /\ lock = None
  /\ lock' = t
  /\ IF call[t] # "Resize" /\ ~Has("DrainFirst")
       THEN Go(t, Work(t)) /\ UNCHANGED todo
       ELSE /\ todo' = Stocked
            /\ Go(t, IF word.stocked THEN "DrainSwap" ELSE Work(t))
  /\ UNCHANGED <<word, base, slack, carry, seen>> /\ Keep

DrainSwap(t) ==
  /\ pc[t] = "DrainSwap"
  /\ IF todo = {} THEN Go(t, "DrainWord") /\ UNCHANGED <<slack, carry, todo>>
     ELSE \E a \in todo :
       /\ todo' = todo \ {a}
       /\ carry' = carry + Slack(a)
       /\ slack' = [slack EXCEPT ![a] = IF Has("Draining") THEN Drained ELSE 0]
       /\ UNCHANGED pc
  /\ UNCHANGED <<word, base, lock, seen>> /\ Keep

\* One addition brings the bytes back and clears the bit.
\* Go: the addition in Budget.drainAccounts.
DrainWord(t) ==
  /\ pc[t] = "DrainWord"
  /\ word' = [head |-> word.head + carry, stocked |-> FALSE]
  /\ carry' = 0
  /\ Go(t, Work(t))
  /\ UNCHANGED <<base, slack, lock, todo, seen>> /\ Keep

-----------------------------------------------------------------------------
(* A shrink or a free: the backing allocator, then the release.  Go:       *)
(* resizeCounted, Account.release.                                         *)

BackendGive(t, ok) ==
  /\ pc[t] = "BackendGive"
  /\ phys' = IF ok THEN [phys EXCEPT ![t] = want[t]] ELSE phys
  /\ IF ~ok THEN Return(t, "Idle", held[t])
     ELSE /\ Go(t, IF t \in Owners THEN "SlackReleaseLoad" ELSE "ReleaseLoad")
          /\ UNCHANGED <<call, want, held, seen>>
  /\ UNCHANGED Shared

\* Fast path: the slack has room for the bytes.
SlackReleaseLoad(t) ==
  /\ pc[t] = "SlackReleaseLoad"
  /\ IF slack[t] = Drained THEN Go(t, "ReleaseLoad") /\ Forget(t)
     ELSE IF slack[t] + Give(t) > Cap THEN Go(t, "GiveTryLock") /\ Forget(t)
     ELSE Go(t, "SlackReleaseCAS") /\ See(t, [head |-> slack[t], stocked |-> TRUE])
  /\ UNCHANGED Shared /\ Keep

\* Success is the linearization point of the release.
\* Go: the compare-and-swap in Account.release.
SlackReleaseCAS(t) ==
  /\ pc[t] = "SlackReleaseCAS"
  /\ IF slack[t] = seen[t].head
       THEN /\ slack' = [slack EXCEPT ![t] = @ + Give(t)]
            /\ Return(t, "Idle", Settled(t))
       ELSE /\ Go(t, "SlackReleaseLoad") /\ Forget(t)
            /\ UNCHANGED <<slack, call, want, held>>
  /\ UNCHANGED <<word, base, lock, carry, todo, phys>>

\* Slow path: the account is full.  If t gets the lock, it brings back the slack
\* with the bytes; if not, it releases the bytes to the shared word.
\* Go: Budget.giveBack, which may leave half of the slack.
GiveTryLock(t) ==
  /\ pc[t] = "GiveTryLock"
  /\ IF lock = None
       THEN lock' = (IF Has("Lock") THEN t ELSE lock) /\ Go(t, "GiveSlack")
       ELSE UNCHANGED lock /\ Go(t, "ReleaseLoad")
  /\ UNCHANGED <<word, base, slack, carry, todo, seen>> /\ Keep

GiveSlack(t) ==
  /\ pc[t] = "GiveSlack"
  /\ IF slack[t] = Drained THEN UNCHANGED <<slack, carry>>   \* drained meanwhile
     ELSE /\ carry' = carry + slack[t]
          /\ slack' = [slack EXCEPT ![t] = 0]
  /\ Go(t, "GiveWord")
  /\ UNCHANGED <<word, base, lock, todo, seen>> /\ Keep

\* Linearization point of the release.
\* Go: the compare-and-swap in Budget.put, for Budget.giveBack.
GiveWord(t) ==
  /\ pc[t] = "GiveWord"
  /\ word' = IF Counted THEN [word EXCEPT !.head = @ + carry + Give(t)] ELSE word
  /\ carry' = 0
  /\ Go(t, "GiveUnlock")
  /\ UNCHANGED <<base, slack, lock, todo, seen>> /\ Keep

GiveUnlock(t) ==
  /\ pc[t] = "GiveUnlock"
  /\ lock' = IF Has("Lock") THEN None ELSE lock
  /\ Return(t, "Idle", Settled(t))
  /\ UNCHANGED <<word, base, slack, carry, todo, phys>>

ReleaseLoad(t) ==
  /\ pc[t] = "ReleaseLoad"
  /\ IF Counted THEN Go(t, "ReleaseCAS") /\ See(t, word) /\ UNCHANGED <<call, want, held>>
     ELSE Return(t, "Idle", Settled(t))
  /\ UNCHANGED <<Shared, phys>>

\* Success is the linearization point of the release.
\* Go: the compare-and-swap in Budget.put for an account, else in Budget.release.
ReleaseCAS(t) ==
  /\ pc[t] = "ReleaseCAS"
  /\ IF word = seen[t]
       THEN /\ word' = [word EXCEPT !.head = @ + Give(t)]
            /\ Return(t, "Idle", Settled(t))
       ELSE /\ Go(t, "ReleaseLoad") /\ Forget(t)
            /\ UNCHANGED <<word, call, want, held>>
  /\ UNCHANGED <<base, slack, lock, carry, todo, phys>>

-----------------------------------------------------------------------------
(* Setters.  Go: Budget.SetLimit and Budget.EndBoot.                       *)

SetLimit(t, n) ==
  /\ t \in Setters /\ pc[t] \in AtRest
  /\ want' = [want EXCEPT ![t] = n]
  /\ call' = [call EXCEPT ![t] = "SetLimit"]
  /\ Go(t, "DrainLock")
  /\ UNCHANGED <<Shared, seen, held, phys>>

EndBoot(t) ==
  /\ t \in Setters /\ pc[t] \in AtRest
  /\ want' = [want EXCEPT ![t] = 0]
  /\ call' = [call EXCEPT ![t] = "EndBoot"]
  /\ Go(t, "DrainLock")
  /\ UNCHANGED <<Shared, seen, held, phys>>

\* Linearization point.  Go: the addition in Budget.SetLimit.
SetLimitWord(t) ==
  /\ pc[t] = "SetLimitWord"
  /\ IF Counted THEN /\ word' = [word EXCEPT !.head = @ + want[t] - base]
                     /\ base' = want[t]
     ELSE UNCHANGED <<word, base>>
  /\ Go(t, "Unlock")
  /\ UNCHANGED <<slack, lock, carry, todo, seen>> /\ Keep

\* Linearization point.  Go: the swap in Budget.EndBoot.
EndBootWord(t) ==
  /\ pc[t] = "EndBootWord"
  /\ word' = IF Mode = "Counting" THEN [head |-> Unlimited, stocked |-> FALSE] ELSE word
  /\ Go(t, "Unlock")
  /\ UNCHANGED <<base, slack, lock, carry, todo, seen>> /\ Keep

Unlock(t) ==
  /\ pc[t] = "Unlock"
  /\ lock' = None
  /\ Return(t, IF call[t] = "SetLimit" /\ ~Counted THEN "Unlimited" ELSE "Idle", held[t])
  /\ UNCHANGED <<word, base, slack, carry, todo, phys>>

-----------------------------------------------------------------------------
Begin(t) ==
  \/ \E n \in Sizes \cup {0} : Resize(t, n)
  \/ \E n \in Limits : SetLimit(t, n)
  \/ EndBoot(t)

Step(t) ==
  \/ ResizeLoad(t) \/ \E ok \in BOOLEAN : BackendUnlimited(t, ok)
  \/ SlackReserveLoad(t) \/ SlackReserveCAS(t)
  \/ RefillTryLock(t) \/ RefillLoad(t) \/ RefillCAS(t) \/ RefillSlack(t) \/ RefillUnlock(t)
  \/ ReserveLoad(t) \/ ReserveCAS(t) \/ ReserveUnlock(t) \/ RefuseUnlock(t)
  \/ \E ok \in BOOLEAN : BackendGrow(t, ok) \/ BackendGive(t, ok)
  \/ DrainLock(t) \/ DrainSwap(t) \/ DrainWord(t)
  \/ SlackReleaseLoad(t) \/ SlackReleaseCAS(t)
  \/ GiveTryLock(t) \/ GiveSlack(t) \/ GiveWord(t) \/ GiveUnlock(t)
  \/ ReleaseLoad(t) \/ ReleaseCAS(t)
  \/ SetLimitWord(t) \/ EndBootWord(t) \/ Unlock(t)

Next == \E t \in Threads : Begin(t) \/ Step(t)

Spec == Init /\ [][Next]_vars

Runs(t) == WF_vars(Begin(t) \/ Step(t))

-----------------------------------------------------------------------------
\* No byte is lost or made: the counter is the bytes held, plus those that calls
\* in flight have reserved or not yet released.
Exact == Counter = Charged

Live(t) == phys[t]
LiveWithinCharge == Counted => Sum(Live, Threads) <= Counter

\* The bit is clear only when no account has slack and no bytes are carried.
StockedBit == ~word.stocked => /\ \A t \in Threads : slack[t] <= 0
                               /\ carry = 0

\* A step that charges leaves the counter within the limit in force.
StrictLimit == [][Counter' > Counter => Counter' <= Limit']_vars

\* The limit in force is the one that was asked for: it changes to that when the
\* request is answered, and at no other step.
SetterObeyed ==
  [][\A t \in Threads :
       /\ Ask(t).op = "SetLimit" /\ Ask(t)' # Ask(t) /\ Counted => Limit' = want[t]
       /\ Ask(t).op = "EndBoot" /\ Ask(t)' # Ask(t) /\ Mode = "Counting" => Limit' = 0
       /\ Limit' # Limit => \E s \in Threads :
            /\ Ask(s)' # Ask(s)
            /\ Ask(s).op = "SetLimit" \/ (Ask(s).op = "EndBoot" /\ Mode = "Counting")]_vars

\* A step that refuses finds that the growth does not fit.
NoFalseRefusal ==
  [][\A t \in Threads :
       Ask(t).op = "Reserve" /\ Answer(t)' = <<"over limit">>
         => Counted /\ Need(t) > Limit - Counter]_vars

\* Only growths are refused.
ShrinkNeverRefused ==
  \A t \in Threads : pc[t] \in {"Refused", "RefuseUnlock"} => Growth(t)

\* A thread at rest knows its block: the bytes it holds are those that exist.
RestExact == \A t \in Threads : pc[t] \in AtRest => phys[t] = held[t]

\* The lock is free when nobody calls.
RestUnlocked == (\A t \in Threads : pc[t] \in AtRest) => lock = None

\* An account has no more slack than its cap.
SlackBounded == \A t \in Threads : slack[t] <= Cap

\* A thread that allocates waits for the lock only if the word is too short for it,
\* and accounts may be stocked.
WaitsWhenShort ==
  [][\A t \in Threads :
       pc[t] # "DrainLock" /\ pc'[t] = "DrainLock" /\ call'[t] = "Resize"
         => Growth(t) /\ word.head < Need(t) /\ word.stocked]_vars

Asks == {0} \cup Limits \cup { n - m : n \in Sizes, m \in Sizes \cup {0} }

Abstract == INSTANCE Budget WITH
  Numbers  <- Asks,
  MaxLimit <- CountBase - 1,
  mode     <- Mode,
  limit    <- Limit,
  counter  <- Counter,
  ask      <- [t \in Threads |-> Ask(t)],
  answer   <- [t \in Threads |-> Answer(t)],
  over     <- [t \in Threads |-> FALSE]

\* Abstract!Spec, see BudgetCAS.
Refines == Abstract!Init /\ [][UNCHANGED Abstract!vars \/ Abstract!Next]_vars

\* Lock-freedom: some call always completes, although any one thread may stop for
\* ever at any step; unless it stops with the lock, and all others wait for that.
Completes(t) == pc[t] \notin AtRest /\ pc'[t] \in AtRest
LockFree ==
  \A s \in Threads :
    (\A t \in Threads \ {s} : Runs(t)) =>
      \/ []<><<\E t \in Threads : Completes(t)>>_vars
      \/ <>[](lock = s /\ \A t \in Threads \ {s} : pc[t] = "DrainLock")

THEOREM Without = {} =>
          (Spec => /\ [](TypeOK /\ Exact /\ LiveWithinCharge /\ ShrinkNeverRefused
                          /\ StockedBit /\ SlackBounded /\ RestExact /\ RestUnlocked)
                   /\ StrictLimit /\ SetterObeyed /\ NoFalseRefusal
                   /\ WaitsWhenShort /\ Refines /\ LockFree)

-----------------------------------------------------------------------------
(* The following does not hold: no thread waits for the lock.  One whose   *)
(* growth does not fit in the shared word does, while accounts are         *)
(* stocked.                                                                *)

NoWaiting == \A t \in Threads : pc[t] = "DrainLock" => call[t] # "Resize"

=============================================================================
