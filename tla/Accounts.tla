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
(*   Draining     An account is stocked, or drained: then it takes no      *)
(*                release, and its owner's calls go to the shared word.    *)
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
(*   DrainFirst   A thread that changes the limit drains all accounts      *)
(*                first.                                                   *)
(*                                                                         *)
(* The shared word is that of BudgetCAS, and has the bit besides.  Each    *)
(* action is one atomic step of the code; what the lock keeps still is     *)
(* read in the step before.  At a linearization point, the comment names   *)
(* the Go function (package impl).                                         *)
(*                                                                         *)
(* Left out: Stats of a Budget that has no account left is a load and a    *)
(* check here, and no request (StatsBase).  The assumptions are those of   *)
(* BudgetCAS.                                                              *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,     \* the threads that share the budget
  Owners,      \* those of them that begin with an account
  Setters,     \* those of them that also call SetLimit and EndBoot
  Readers,     \* those of them that also call Stats
  Openers,     \* those of them that also open, close and drop accounts
  Sizes,       \* bytes: the block sizes a thread may ask for, besides 0
  Limits,      \* bytes: the limits that may be set
  OwnLimits,   \* bytes: the limits that an account may have
  Half,        \* the headroom is a machine integer in -Half..Half-1
  MaxChanges,  \* how often the limit is changed at most
  Gens,        \* generations there are, 128 in the code
  Stale,       \* limit changes that begin at most while a thread goes on from a word
  Shares,      \* how many batches are an account's fair share of the headroom
  Worth,       \* how many growths like the one at hand a batch must be good for
  MaxBatch,    \* bytes: the largest batch
  Misuse,      \* the owners that may claim to hold more than they do
  Without      \* the rules that are switched off; {} is the protocol

Rules == {"Draining", "Lock", "StockedBit", "ExactRefusal", "DrainFirst"}

Has(r) == r \notin Without

\* The bands of the headroom, as in BudgetCAS.
Largest   == Half - 1       \* the largest headroom there can be
Unlimited == Half \div 2    \* from here up nothing is counted
CountBase == Half \div 4    \* the base while Counting
MaxLimit  == Half \div 8    \* the largest limit

\* The limits of an account that has none, and of one that is closed.
NoLimit == Half
Closed  == -1

ASSUME /\ Owners \subseteq Threads /\ Setters \subseteq Threads
       /\ Readers \subseteq Threads /\ Openers \subseteq Threads
       /\ Misuse \subseteq Threads
       /\ Half \in Nat /\ Half > 0 /\ Half % 8 = 0 /\ MaxChanges \in Nat
       /\ Gens > 0 /\ Gens % 2 = 0 /\ Stale \in 0..Gens
       /\ Shares \in Nat /\ Worth \in Nat /\ MaxBatch \in Nat
       /\ Shares > 0 /\ Worth > 0 /\ MaxBatch > 0
       /\ \A n \in Sizes : n \in 1..Largest
       /\ \A n \in Limits \cup OwnLimits : n \in 1..MaxLimit
       /\ Without \subseteq Rules

VARIABLES
  word,        \* [head, gen, stocked]: BudgetCAS, and whether an account may be stocked
  base,        \* base[g % 2] is [bytes, gen]: what generation g measures against
  slack,       \* slack[t]: [bytes, stocked]; if drained, the bytes that were taken away
  taken,       \* taken[t]: bytes that t took from the word and did not put back
  cap,         \* cap[t]: slack above this goes back
  limit,       \* limit[t]: of what is held through t's account
  listed,      \* the threads that have an account
  locked,      \* the setter lock
  inside,      \* inside[t]: t's call has it
  todo,        \* accounts that the holder of the lock has yet to drain
  pc,          \* pc[t]: the step t takes next, or how its last call ended
  call,        \* call[t]: what t is doing
  want,        \* want[t]: the size t asks for, or the limit it sets
  seen,        \* seen[t]: the word, or the slack, that t loaded last
  carry,       \* carry[t]: bytes on their way between the word and an account
  held,        \* held[t]: bytes of t's block as t knows it
  phys         \* phys[t]: bytes of t's block that physically exist

shared  == <<word, base, slack>>
locking == <<locked, inside, todo>>
account == <<taken, cap, limit, listed>>
memory  == <<held, phys>>
vars    == <<shared, account, locking, pc, call, want, seen, carry, memory>>

Nothing == [head |-> 0, gen |-> 0, stocked |-> FALSE]
Empty   == [bytes |-> 0, stocked |-> FALSE]

AtRest  == {"Idle", "Refused", "Caught", "Unlimited", "AccountLimit", "Closed"}
Asking  == {"ResizeSlack", "ResizeLoad", "SlackReserveLoad", "SlackReserveCAS",
            "StockUpLoad", "StockUpAccounts", "StockUpTryLock", "RefillLoad",
            "RefillCAS", "StockUpUnlock", "ReserveLoad", "ReserveCAS"}
Granted == {"RefillBit", "RefillSlack", "RefillUnlock", "ReserveUnlock", "BackendGrow"}
Backing == {"BackendGrow", "BackendShrink", "BackendFree", "BackendUnlimited"}
Putting == {"PutLoad", "PutBase", "PutCAS"}
Freeing == {"SlackReleaseLoad", "SlackReleaseCAS", "OverReleaseSlack", "OverReleaseLoad",
            "GiveTryLock", "GiveSlack", "GiveBackUnlock",
            "ReleaseLoad", "ReleaseBase", "ReleaseCAS"}
Draining  == {"DrainLock", "DrainSwap", "DrainWord"}
ToChange  == {"SetLimitLoad", "SetLimitBase", "SetLimitWord"}
ToEndBoot == {"EndBootLoad", "EndBootWord"}
HasSeen == {"StockUpAccounts", "StockUpTryLock", "RefillCAS", "StockUpUnlock",
            "ReserveCAS", "PutBase", "PutCAS", "ReleaseBase", "ReleaseCAS",
            "StatsAccounts", "StatsBase", "StatsUnlock"}
Steps   == AtRest \cup Asking \cup Granted \cup Backing \cup Putting \cup Freeing
             \cup Draining \cup ToChange \cup ToEndBoot \cup HasSeen
             \cup {"RefuseUnlock", "GiveUnlock", "ReleaseUnlock", "CaughtUnlock",
                   "SetLimitUnlock", "EndBootUnlock", "StatsLoad", "StatsWord",
                   "CloseLock", "CloseSwap", "CloseUnlock", "DropLock",
                   "DropAccounts", "DropUnlock", "NewLock", "NewAccounts", "NewUnlock"}
Calls   == {"none", "Resize", "Release", "Rollback", "SetLimit", "EndBoot", "Stats",
            "Close", "Drop", "NewAccount"}

Words == [head : -Half..Largest, gen : 0..MaxChanges, stocked : BOOLEAN]

\* Of taken, up to CountBase is slack that was drained; up to Largest, a growth that
\* was in flight when the boot ended.
TypeOK ==
  /\ word \in Words
  /\ base \in [0..1 -> [bytes : Limits \cup {CountBase}, gen : 0..MaxChanges]]
  /\ slack \in [Threads -> [bytes : 0..CountBase, stocked : BOOLEAN]]
  /\ taken \in [Threads -> 0..(Largest + CountBase)]
  /\ cap \in [Threads -> 0..(2 * MaxBatch)]
  /\ limit \in [Threads -> OwnLimits \cup {NoLimit, Closed}]
  /\ listed \in SUBSET (Owners \cup Openers)
  /\ locked \in BOOLEAN
  /\ inside \in [Threads -> BOOLEAN]
  /\ todo \in SUBSET listed
  /\ pc \in [Threads -> Steps]
  /\ call \in [Threads -> Calls]
  /\ want \in [Threads -> Sizes \cup Limits \cup {0}]
  /\ seen \in [Threads -> Words]
  /\ carry \in [Threads -> 0..CountBase]
  /\ held \in [Threads -> Sizes \cup {0}]
  /\ phys \in [Threads -> Sizes \cup {0}]

Init ==
  /\ word = [head |-> CountBase, gen |-> 0, stocked |-> FALSE]
  /\ base = [i \in 0..1 |-> [bytes |-> CountBase, gen |-> 0]]
  /\ slack = [t \in Threads |-> Empty]
  /\ taken = [t \in Threads |-> 0]
  /\ cap = [t \in Threads |-> 0]
  /\ limit = [t \in Threads |-> NoLimit]
  /\ listed = Owners
  /\ locked = FALSE /\ inside = [t \in Threads |-> FALSE]
  /\ todo = {}
  /\ pc = [t \in Threads |-> "Idle"]
  /\ call = [t \in Threads |-> "none"]
  /\ want = [t \in Threads |-> 0]
  /\ seen = [t \in Threads |-> Nothing]
  /\ carry = [t \in Threads |-> 0]
  /\ held = [t \in Threads |-> 0]
  /\ phys = [t \in Threads |-> 0]

-----------------------------------------------------------------------------
(* What can be seen of the budget: the state of module Budget.             *)

Base      == base[word.gen % 2].bytes
Counted   == word.head < Unlimited
Mode      == IF ~Counted THEN "Unlimited"
             ELSE IF Base = CountBase THEN "Counting" ELSE "Enforcing"
Limit     == IF Counted THEN Base ELSE 0
Owns(t)   == t \in listed
Growth(t) == want[t] > held[t]
Need(t)   == want[t] - held[t]      \* bytes a growth needs

\* Bytes a rollback or a release gives back, and the block that it leaves.
Give(t)    == IF call[t] = "Rollback" THEN want[t] - held[t] ELSE held[t] - want[t]
Settled(t) == IF call[t] = "Rollback" THEN held[t] ELSE want[t]

\* Bytes reserved through t's account and not released, while counted.
HeldBy(t)  == taken[t] - slack[t].bytes
WithinOwn(t) == ~Owns(t) \/ Need(t) <= limit[t] - HeldBy(t)

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Stock(t) == IF slack[t].stocked THEN slack[t].bytes ELSE 0
Aside(t) == Stock(t) + carry[t]     \* taken from the word, and not in use
Counter  == IF Counted THEN Base - word.head - Sum(Aside, Threads) ELSE 0

Reserves(t) == call[t] = "Resize" /\ Growth(t) /\ pc[t] \in Asking \cup Draining
Releases(t) == /\ call[t] \in {"Release", "Rollback"}
               /\ pc[t] \in Freeing \cup Putting \cup Draining

\* Bytes t holds, and those of its call in flight.
Owned(t) ==
  IF call[t] = "Resize" /\ Growth(t) /\ pc[t] \in Granted THEN want[t]
  ELSE IF call[t] \in {"Release", "Rollback"}
    THEN IF Releases(t) THEN Settled(t) + Give(t) ELSE Settled(t)
  ELSE held[t]
Charge(t) == IF Counted THEN Owned(t) ELSE 0
Charged   == Sum(Charge, Threads)

\* What t has asked for and has no answer to.  A growth that t's own account
\* refuses, for its own limit, is none of the budget's.
Ask(t) ==
  IF Reserves(t) /\ WithinOwn(t) THEN [op |-> "Reserve", n |-> Need(t)]
  ELSE IF Releases(t) THEN [op |-> "Release", n |-> Give(t)]
  ELSE IF /\ call[t] = "SetLimit"
          /\ pc[t] \in Draining \cup ToChange \/ (pc[t] = "SetLimitUnlock" /\ want[t] > 0)
    THEN [op |-> "SetLimit", n |-> want[t]]
  ELSE IF call[t] = "EndBoot" /\ pc[t] \in Draining \cup ToEndBoot
    THEN [op |-> "EndBoot", n |-> 0]
  ELSE IF call[t] = "Stats" /\ pc[t] \in Draining \cup {"StatsWord"}
    THEN [op |-> "Stats", n |-> 0]
  ELSE [op |-> "none", n |-> 0]

\* How t was answered last.  While t has the lock, word and base are what it read.
Answer(t) ==
  IF pc[t] \in {"Refused", "RefuseUnlock"} THEN <<"over limit">>
  ELSE IF pc[t] \in {"Caught", "CaughtUnlock"} THEN <<"over-release">>
  ELSE IF pc[t] = "Unlimited" THEN <<"unlimited">>
  ELSE IF pc[t] = "StatsUnlock"
    THEN <<"read", Mode, IF Mode = "Enforcing" THEN Base ELSE 0,
           IF Counted THEN Base - seen[t].head ELSE 0>>
  ELSE <<"ok">>

-----------------------------------------------------------------------------
(* What the steps are made of.                                             *)

\* Two's complement.  (The operand of % is kept from being negative.)
Wrap(x) == ((x + 3 * Half) % (2 * Half)) - Half

Min(a, b) == IF a < b THEN a ELSE b
Max(a, b) == IF a > b THEN a ELSE b

Go(t, step)   == pc' = [pc EXCEPT ![t] = step]
See(t, w)     == seen' = [seen EXCEPT ![t] = w]
Forget(t)     == See(t, Nothing)
Enter(t)      == locked' = TRUE /\ inside' = [inside EXCEPT ![t] = TRUE]
Leave(t)      == locked' = FALSE /\ inside' = [inside EXCEPT ![t] = FALSE]
Stay          == UNCHANGED <<call, want>>

\* The call returns with a block of n bytes; its locals die.
Return(t, how, n) ==
  /\ Go(t, how)
  /\ Forget(t)
  /\ call' = [call EXCEPT ![t] = "none"]
  /\ want' = [want EXCEPT ![t] =
                IF how \in {"Refused", "AccountLimit", "Closed"} THEN @ ELSE 0]
  /\ held' = [held EXCEPT ![t] = n]

\* The call gives the lock back, and returns.
Unlock(t, how, n) ==
  /\ Leave(t) /\ Return(t, how, n)
  /\ UNCHANGED <<shared, account, todo, carry, phys>>

\* It waits for the lock, and takes its next step with it.
Lock(t, next) ==
  /\ ~locked
  /\ Enter(t)
  /\ Go(t, next)
  /\ Stay
  /\ UNCHANGED <<shared, account, todo, seen, carry, memory>>

\* t moves the headroom by n, if the word is still what t saw.
SameGen(g, h)  == g % Gens = h % Gens
Same(t)        == /\ word.head = seen[t].head /\ word.stocked = seen[t].stocked
                  /\ SameGen(word.gen, seen[t].gen)
Move(t, n)     == word' = [word EXCEPT !.head = Wrap(seen[t].head + n)]
BaseOf(w)      == base[w.gen % 2]

\* t begins a call that takes its next step at this one.
Start(t, what, n, step) ==
  /\ pc[t] \in AtRest
  /\ call' = [call EXCEPT ![t] = what]
  /\ want' = [want EXCEPT ![t] = n]
  /\ Go(t, step)

-----------------------------------------------------------------------------
(* One call: the block of t becomes n bytes, 0 is none, as in BudgetCAS.   *)

Resize(t, n) ==
  /\ n # held[t]
  /\ Start(t, "Resize", n, IF Owns(t) THEN "ResizeSlack" ELSE "ResizeLoad")
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

CountedStep(t) ==
  IF Growth(t) THEN IF Owns(t) THEN "SlackReserveLoad" ELSE "ReserveLoad"
  ELSE IF want[t] = 0 THEN "BackendFree" ELSE "BackendShrink"

\* Go: isUnlimited.  An account that is stocked says that the budget counts.
ResizeSlack(t) ==
  /\ pc[t] = "ResizeSlack"
  /\ Go(t, IF slack[t].stocked THEN CountedStep(t) ELSE "ResizeLoad")
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

\* In Unlimited, t goes straight to the backing allocator.
ResizeLoad(t) ==
  /\ pc[t] = "ResizeLoad"
  /\ Go(t, IF Counted THEN CountedStep(t) ELSE "BackendUnlimited")
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

BackendUnlimited(t, ok) ==
  /\ pc[t] = "BackendUnlimited"
  /\ phys' = IF ok THEN [phys EXCEPT ![t] = want[t]] ELSE phys
  /\ Return(t, "Idle", IF ok THEN want[t] ELSE held[t])
  /\ UNCHANGED <<shared, account, locking, carry>>

-----------------------------------------------------------------------------
(* A growth, from the account.  Go: Account.Reserve.                       *)

\* The slack that a growth must leave, and that a release may not pass.
Floor(t) == Max(taken[t] - limit[t], 0)
Top(t)   == Min(taken[t], cap[t])

\* Fast path: the slack covers the growth, and the account's own limit too.
SlackReserveLoad(t) ==
  /\ pc[t] = "SlackReserveLoad"
  /\ IF slack[t].stocked /\ Need(t) <= slack[t].bytes - Floor(t)
       THEN /\ Go(t, "SlackReserveCAS")
            /\ See(t, [head |-> slack[t].bytes, gen |-> 0, stocked |-> TRUE])
       ELSE Go(t, "StockUpLoad") /\ UNCHANGED seen
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, carry, memory>>

SameSlack(t) == slack[t] = [bytes |-> seen[t].head, stocked |-> seen[t].stocked]

\* It fails only if another thread has drained the account since the load.
\* Success is the linearization point of the growth.
\* Go: the compare-and-swap in Account.Reserve.
SlackReserveCAS(t) ==
  /\ pc[t] = "SlackReserveCAS"
  /\ IF SameSlack(t)
       THEN /\ slack' = [slack EXCEPT ![t].bytes = @ - Need(t)]
            /\ Go(t, "BackendGrow")
       ELSE Go(t, "StockUpLoad") /\ UNCHANGED slack
  /\ Forget(t) /\ Stay
  /\ UNCHANGED <<word, base, account, locking, carry, memory>>

\* Whether a word has room for a refill, if there are so many accounts.
Plenty(t, w, accounts) ==
  LET rest == w.head - Need(t)
  IN /\ rest >= Shares * Worth * Need(t)
     /\ rest \div accounts >= Shares * Worth * Need(t)

\* What t does with a word that it has loaded: the loop of Budget.take.  With the
\* lock, t has drained all accounts.
Take(t, w) ==
  IF w.head >= Unlimited
    THEN /\ Go(t, IF inside[t] THEN "ReserveUnlock" ELSE "BackendGrow")
         /\ taken' = IF Owns(t) /\ ~inside[t] THEN [taken EXCEPT ![t] = @ + Need(t)] ELSE taken
         /\ Forget(t) /\ Stay /\ UNCHANGED held
  ELSE IF w.head >= Need(t)
    THEN Go(t, "ReserveCAS") /\ See(t, w) /\ Stay /\ UNCHANGED <<taken, held>>
  ELSE IF inside[t]
    THEN Go(t, "RefuseUnlock") /\ Forget(t) /\ Stay /\ UNCHANGED <<taken, held>>
  ELSE IF w.stocked /\ Has("ExactRefusal")
    THEN Go(t, "DrainLock") /\ Forget(t) /\ Stay /\ UNCHANGED <<taken, held>>
  ELSE Return(t, "Refused", held[t]) /\ UNCHANGED taken

\* Slow path: the word is asked.  Linearization point of a refusal, as at
\* ReserveLoad.  Go: the load in Account.Reserve.
StockUpLoad(t) ==
  /\ pc[t] = "StockUpLoad"
  /\ IF ~Counted
       THEN Go(t, "BackendGrow") /\ Stay /\ UNCHANGED <<taken, seen, held>>
     ELSE IF ~WithinOwn(t)
       THEN /\ Return(t, IF limit[t] = Closed THEN "Closed" ELSE "AccountLimit", held[t])
            /\ UNCHANGED taken
     ELSE IF Plenty(t, word, 1)
       THEN Go(t, "StockUpAccounts") /\ See(t, word) /\ Stay /\ UNCHANGED <<taken, held>>
     ELSE Take(t, word)
  /\ UNCHANGED <<shared, cap, limit, listed, locking, carry, phys>>

Accounts == Cardinality(listed)

\* Go: the load of the number of accounts in Account.stockUp.
StockUpAccounts(t) ==
  /\ pc[t] = "StockUpAccounts"
  /\ Go(t, IF ~Plenty(t, seen[t], Accounts) THEN "ReserveCAS"
           ELSE IF Has("Lock") THEN "StockUpTryLock" ELSE "RefillCAS")
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

\* Whether a refill goes on from a word.
Refills(t, w) == w.head < Unlimited /\ Plenty(t, w, Accounts)

StockUpTryLock(t) ==
  /\ pc[t] = "StockUpTryLock"
  /\ IF ~locked
       THEN /\ Enter(t)
            /\ Go(t, IF Refills(t, seen[t]) THEN "RefillCAS" ELSE "StockUpUnlock")
       ELSE Go(t, "ReserveCAS") /\ UNCHANGED <<locked, inside>>
  /\ Stay
  /\ UNCHANGED <<shared, account, todo, seen, carry, memory>>

\* A part of t's fair share of the headroom of w, and what t takes of it beyond
\* what it has.
Batch(t, w) == Min((w.head - Need(t)) \div (Shares * Accounts), MaxBatch)
More(t, w)  == Max(Batch(t, w) - Stock(t), 0)

\* Success is the linearization point of the growth.
\* Go: the compare-and-swap in Budget.refill.
RefillCAS(t) ==
  /\ pc[t] = "RefillCAS"
  /\ IF Same(t)
       THEN /\ word' = [word EXCEPT !.head = @ - Need(t) - More(t, seen[t]),
                                    !.stocked = Has("StockedBit") \/ @]
            /\ carry' = [carry EXCEPT ![t] = More(t, seen[t])]
            /\ cap' = [cap EXCEPT ![t] = 2 * Batch(t, seen[t])]
            /\ Go(t, IF Has("StockedBit") \/ word.stocked THEN "RefillSlack" ELSE "RefillBit")
       ELSE Go(t, "RefillLoad") /\ UNCHANGED <<word, carry, cap>>
  /\ Forget(t) /\ Stay
  /\ UNCHANGED <<base, slack, taken, limit, listed, locking, memory>>

\* There may not be plenty any more.  A word that is too small without the bit is
\* a refusal here, as at ReserveLoad.
RefillLoad(t) ==
  /\ pc[t] = "RefillLoad"
  /\ IF Refills(t, word)
       THEN Go(t, "RefillCAS") /\ See(t, word) /\ Stay /\ UNCHANGED <<taken, held>>
     ELSE IF ~Has("Lock") THEN Take(t, word)
     ELSE IF ~Counted
       THEN Go(t, "ReserveUnlock") /\ Stay /\ UNCHANGED <<seen, taken, held>>
     ELSE IF word.head < Need(t) /\ ~(word.stocked /\ Has("ExactRefusal"))
       THEN Go(t, "RefuseUnlock") /\ Stay /\ UNCHANGED <<seen, taken, held>>
     ELSE Go(t, "StockUpUnlock") /\ See(t, word) /\ Stay /\ UNCHANGED <<taken, held>>
  /\ UNCHANGED <<shared, cap, limit, listed, locking, carry, phys>>

\* Not a step of the protocol: without StockedBit, the bit is set late.
RefillBit(t) ==
  /\ pc[t] = "RefillBit"
  /\ word' = [word EXCEPT !.stocked = TRUE]
  /\ Go(t, "RefillSlack")
  /\ Stay
  /\ UNCHANGED <<base, slack, account, locking, seen, carry, memory>>

\* Only the owner and the holder of the lock write slack, and t is both, so a
\* store will do.  Go: the store in Budget.refill.
RefillSlack(t) ==
  /\ pc[t] = "RefillSlack"
  /\ slack' = [slack EXCEPT ![t] = [bytes |-> Stock(t) + carry[t], stocked |-> TRUE]]
  /\ taken' = [taken EXCEPT ![t] = HeldBy(t) + Need(t) + Stock(t) + carry[t]]
  /\ carry' = [carry EXCEPT ![t] = 0]
  /\ Go(t, IF Has("Lock") THEN "RefillUnlock" ELSE "BackendGrow")
  /\ Stay
  /\ UNCHANGED <<word, base, cap, limit, listed, locking, seen, memory>>

RefillUnlock(t) ==
  /\ pc[t] = "RefillUnlock"
  /\ Leave(t) /\ Go(t, "BackendGrow")
  /\ Stay
  /\ UNCHANGED <<shared, account, todo, seen, carry, memory>>

\* t goes on without a refill, with the word that it loaded last.
StockUpUnlock(t) ==
  /\ pc[t] = "StockUpUnlock"
  /\ Leave(t)
  /\ IF seen[t].head >= Need(t)
       THEN Go(t, "ReserveCAS") /\ UNCHANGED seen
       ELSE Go(t, "DrainLock") /\ Forget(t)
  /\ Stay
  /\ UNCHANGED <<shared, account, todo, carry, memory>>

-----------------------------------------------------------------------------
(* A growth, from the shared word.  The holder of the lock comes this way  *)
(* too, after it has drained all accounts.  Go: Budget.take, and with the  *)
(* lock Budget.takeDrained.                                                *)

\* Linearization point of a refusal: the word has too little headroom, and no
\* account is stocked.  Go: the load in Budget.take; Budget.refuse returns it.
ReserveLoad(t) ==
  /\ pc[t] = "ReserveLoad"
  /\ Take(t, word)
  /\ UNCHANGED <<shared, cap, limit, listed, locking, carry, phys>>

\* Success is the linearization point of the growth.
\* Go: the compare-and-swap in Budget.take.
ReserveCAS(t) ==
  /\ pc[t] = "ReserveCAS"
  /\ IF Same(t)
       THEN /\ Move(t, 0 - Need(t))
            /\ Go(t, IF inside[t] THEN "ReserveUnlock" ELSE "BackendGrow")
            /\ taken' = IF Owns(t) /\ ~inside[t] THEN [taken EXCEPT ![t] = @ + Need(t)] ELSE taken
       ELSE Go(t, "ReserveLoad") /\ UNCHANGED <<word, taken>>
  /\ Forget(t) /\ Stay
  /\ UNCHANGED <<base, slack, cap, limit, listed, locking, carry, memory>>

ReserveUnlock(t) ==
  /\ pc[t] = "ReserveUnlock"
  /\ Leave(t) /\ Go(t, "BackendGrow")
  /\ taken' = IF Owns(t) THEN [taken EXCEPT ![t] = @ + Need(t)] ELSE taken
  /\ Stay
  /\ UNCHANGED <<shared, cap, limit, listed, todo, seen, carry, memory>>

RefuseUnlock(t) == pc[t] = "RefuseUnlock" /\ Unlock(t, "Refused", held[t])

-----------------------------------------------------------------------------
(* The backing allocator.  A growth that it fails is rolled back, which is *)
(* a release.  A shrink or a free is released when it has succeeded.       *)

GiveStep(t) == IF Owns(t) THEN "SlackReleaseLoad" ELSE "ReleaseLoad"

\* Go: grow.
BackendGrow(t, ok) ==
  /\ pc[t] = "BackendGrow"
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ Return(t, "Idle", want[t])
       ELSE /\ Go(t, GiveStep(t))
            /\ call' = [call EXCEPT ![t] = "Rollback"]
            /\ UNCHANGED <<want, seen, memory>>
  /\ UNCHANGED <<shared, account, locking, carry>>

\* Go: resizeCounted.
BackendGive(t, ok) ==
  /\ IF ok
       THEN /\ phys' = [phys EXCEPT ![t] = want[t]]
            /\ Go(t, GiveStep(t))
            /\ call' = [call EXCEPT ![t] = "Release"]
            /\ UNCHANGED <<want, seen, held>>
       ELSE Return(t, "Idle", held[t]) /\ UNCHANGED phys
  /\ UNCHANGED <<shared, account, locking, carry>>

BackendShrink(t, ok) == pc[t] = "BackendShrink" /\ BackendGive(t, ok)
BackendFree(t, ok)   == pc[t] = "BackendFree" /\ BackendGive(t, ok)

-----------------------------------------------------------------------------
(* A release through the account.  Go: Account.release.                    *)

\* Whether the account may keep what is released.  A drained one may not: the
\* bytes would be hidden from whoever drained it, and is about to refuse a growth.
Keeps(t) == IF slack[t].stocked THEN Give(t) <= Top(t) - slack[t].bytes
            ELSE ~Has("Draining")

\* Fast path: the slack has room for the bytes.
SlackReleaseLoad(t) ==
  /\ pc[t] = "SlackReleaseLoad"
  /\ IF Keeps(t)
       THEN /\ Go(t, "SlackReleaseCAS")
            /\ See(t, [head |-> slack[t].bytes, gen |-> 0, stocked |-> slack[t].stocked])
     ELSE /\ Go(t, IF Give(t) > HeldBy(t) THEN "OverReleaseSlack"
                   ELSE IF slack[t].stocked THEN "GiveTryLock" ELSE "PutLoad")
          /\ UNCHANGED seen
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, carry, memory>>

\* Success is the linearization point of the release.
\* Go: the compare-and-swap in Account.release.
SlackReleaseCAS(t) ==
  /\ pc[t] = "SlackReleaseCAS"
  /\ IF SameSlack(t)
       THEN /\ slack' = [slack EXCEPT ![t].bytes = @ + Give(t)]
            /\ Return(t, "Idle", Settled(t))
       ELSE Go(t, "PutLoad") /\ Forget(t) /\ Stay /\ UNCHANGED <<slack, held>>
  /\ UNCHANGED <<word, base, account, locking, carry, phys>>

\* More than t's account holds is an over-release, if anything is counted.  Its
\* linearization point is the load before: only t moves what it holds.
\* Go: isUnlimited in Account.release.
OverReleaseSlack(t) ==
  /\ pc[t] = "OverReleaseSlack"
  /\ IF slack[t].stocked THEN Return(t, "Caught", Settled(t))
     ELSE Go(t, "OverReleaseLoad") /\ Stay /\ UNCHANGED <<seen, held>>
  /\ UNCHANGED <<shared, account, locking, carry, phys>>

OverReleaseLoad(t) ==
  /\ pc[t] = "OverReleaseLoad"
  /\ Return(t, IF Counted THEN "Caught" ELSE "Idle", Settled(t))
  /\ UNCHANGED <<shared, account, locking, carry, phys>>

\* Slow path: the account is full.  If t gets the lock, it brings slack back
\* with the bytes; if not, it puts the bytes to the shared word.
\* Go: Budget.giveBack.
GiveTryLock(t) ==
  /\ pc[t] = "GiveTryLock"
  /\ IF ~locked
       THEN Enter(t) /\ Go(t, IF slack[t].stocked THEN "GiveSlack" ELSE "GiveBackUnlock")
       ELSE Go(t, "PutLoad") /\ UNCHANGED <<locked, inside>>
  /\ Stay
  /\ UNCHANGED <<shared, account, todo, seen, carry, memory>>

\* The account was drained meanwhile.
GiveBackUnlock(t) ==
  /\ pc[t] = "GiveBackUnlock"
  /\ Leave(t) /\ Go(t, "PutLoad")
  /\ Stay
  /\ UNCHANGED <<shared, account, todo, seen, carry, memory>>

\* t keeps half of the cap.
GiveSlack(t) ==
  /\ pc[t] = "GiveSlack"
  /\ LET keep == Min(slack[t].bytes, cap[t] \div 2)
     IN /\ slack' = [slack EXCEPT ![t].bytes = keep]
        /\ carry' = [carry EXCEPT ![t] = slack[t].bytes - keep]
  /\ Go(t, "PutLoad")
  /\ Stay
  /\ UNCHANGED <<word, base, account, locking, seen, memory>>

GiveUnlock(t) == pc[t] = "GiveUnlock" /\ Unlock(t, "Idle", Settled(t))

-----------------------------------------------------------------------------
(* Bytes go to the word: those of a release, and slack that t carries.     *)
(* Nobody asks whether they are held.  Go: Budget.put.                     *)

Releasing(t) == call[t] \in {"Release", "Rollback"}

PutDone(t) ==
  /\ carry' = [carry EXCEPT ![t] = 0]
  /\ taken' = IF Releasing(t) THEN [taken EXCEPT ![t] = @ - carry[t] - Give(t)] ELSE taken
  /\ IF ~inside[t] THEN Return(t, "Idle", Settled(t))
     ELSE /\ Go(t, IF Releasing(t) THEN "GiveUnlock" ELSE "CloseUnlock")
          /\ Forget(t) /\ Stay /\ UNCHANGED held

PutLoad(t) ==
  /\ pc[t] = "PutLoad"
  /\ IF ~Counted THEN PutDone(t)
     ELSE Go(t, "PutBase") /\ See(t, word) /\ Stay /\ UNCHANGED <<taken, carry, held>>
  /\ UNCHANGED <<shared, cap, limit, listed, locking, phys>>

PutBase(t) ==
  /\ pc[t] = "PutBase"
  /\ IF SameGen(BaseOf(seen[t]).gen, seen[t].gen)
       THEN Go(t, "PutCAS") /\ UNCHANGED seen
       ELSE Go(t, "PutLoad") /\ Forget(t)
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, carry, memory>>

\* Linearization point of a release that did not become slack.
\* Go: the compare-and-swap in Budget.put.
PutCAS(t) ==
  /\ pc[t] = "PutCAS"
  /\ IF Same(t)
       THEN Move(t, carry[t] + IF Releasing(t) THEN Give(t) ELSE 0) /\ PutDone(t)
       ELSE /\ Go(t, "PutLoad") /\ Forget(t) /\ Stay
            /\ UNCHANGED <<word, taken, carry, held>>
  /\ UNCHANGED <<base, slack, cap, limit, listed, locking, phys>>

-----------------------------------------------------------------------------
(* A release on the budget itself: of a thread that has no account.  The   *)
(* slack of accounts hides what the counter is, so t drains them first.    *)
(* Go: Budget.release.                                                     *)

ReleaseDone(t) ==
  IF inside[t] THEN Go(t, "ReleaseUnlock") /\ Forget(t) /\ Stay /\ UNCHANGED held
  ELSE Return(t, "Idle", Settled(t))

ReleaseLoad(t) ==
  /\ pc[t] = "ReleaseLoad"
  /\ IF ~Counted THEN ReleaseDone(t)
     ELSE Go(t, "ReleaseBase") /\ See(t, word) /\ Stay /\ UNCHANGED held
  /\ UNCHANGED <<shared, account, locking, carry, phys>>

ReleaseBase(t) ==
  /\ pc[t] = "ReleaseBase"
  /\ IF seen[t].stocked
       THEN Go(t, "DrainLock") /\ Forget(t) /\ Stay /\ UNCHANGED held
     ELSE IF ~SameGen(BaseOf(seen[t]).gen, seen[t].gen)
       THEN Go(t, "ReleaseLoad") /\ Forget(t) /\ Stay /\ UNCHANGED held
     ELSE IF Give(t) > BaseOf(seen[t]).bytes - seen[t].head
       THEN IF inside[t] THEN Go(t, "CaughtUnlock") /\ Forget(t) /\ Stay /\ UNCHANGED held
            ELSE Return(t, "Caught", Settled(t))
     ELSE Go(t, "ReleaseCAS") /\ Stay /\ UNCHANGED <<seen, held>>
  /\ UNCHANGED <<shared, account, locking, carry, phys>>

\* Success is the linearization point of the release.
\* Go: the compare-and-swap in Budget.release.
ReleaseCAS(t) ==
  /\ pc[t] = "ReleaseCAS"
  /\ IF Same(t)
       THEN Move(t, Give(t)) /\ ReleaseDone(t)
       ELSE Go(t, "ReleaseLoad") /\ Forget(t) /\ Stay /\ UNCHANGED <<word, held>>
  /\ UNCHANGED <<base, slack, account, locking, carry, phys>>

ReleaseUnlock(t) == pc[t] = "ReleaseUnlock" /\ Unlock(t, "Idle", Settled(t))

CaughtUnlock(t) == pc[t] = "CaughtUnlock" /\ Unlock(t, "Caught", Settled(t))

-----------------------------------------------------------------------------
(* Draining all accounts.  The holder of the lock carries the slack that   *)
(* it finds.  Go: Budget.drainAccounts.                                    *)

Work(t) == CASE call[t] = "Resize"   -> "ReserveLoad"
             [] call[t] \in {"Release", "Rollback"} -> "ReleaseLoad"
             [] call[t] = "SetLimit" -> "SetLimitLoad"
             [] call[t] = "EndBoot"  -> "EndBootLoad"
             [] call[t] = "Stats"    -> "StatsWord"
             [] OTHER                -> "DrainLock"   \* no other call drains all

DrainLock(t) ==
  /\ pc[t] = "DrainLock"
  /\ ~locked
  /\ Enter(t)
  /\ IF ~word.stocked \/ (call[t] = "SetLimit" /\ ~Has("DrainFirst"))
       THEN Go(t, Work(t)) /\ UNCHANGED todo
       ELSE /\ todo' = { a \in listed : slack[a].stocked }
            /\ Go(t, IF todo' = {} THEN "DrainWord" ELSE "DrainSwap")
  /\ Stay
  /\ UNCHANGED <<shared, account, seen, carry, memory>>

\* The code drains the accounts in the order in which they were made; here any
\* will do.  Go: the addition in stock.drain.
DrainSwap(t, a) ==
  /\ pc[t] = "DrainSwap"
  /\ a \in todo
  /\ todo' = todo \ {a}
  /\ carry' = [carry EXCEPT ![t] = @ + slack[a].bytes]
  /\ slack' = [slack EXCEPT ![a].stocked = FALSE]
  /\ Go(t, IF todo' = {} THEN "DrainWord" ELSE "DrainSwap")
  /\ Stay
  /\ UNCHANGED <<word, base, account, locked, inside, seen, memory>>

\* One addition brings the bytes back and clears the bit.
\* Go: the addition in Budget.drainAccounts.
DrainWord(t) ==
  /\ pc[t] = "DrainWord"
  /\ word' = [word EXCEPT !.head = Wrap(@ + carry[t]), !.stocked = FALSE]
  /\ carry' = [carry EXCEPT ![t] = 0]
  /\ Go(t, Work(t))
  /\ Stay
  /\ UNCHANGED <<base, slack, account, locking, seen, memory>>

-----------------------------------------------------------------------------
(* Setters, as in BudgetCAS.  Go: Budget.SetLimit and Budget.EndBoot.      *)

SetLimit(t, n) ==
  /\ t \in Setters
  /\ word.gen + Cardinality({ s \in Threads : call[s] = "SetLimit"
                                /\ pc[s] \in Draining \cup ToChange }) < MaxChanges
  /\ Start(t, "SetLimit", n, "DrainLock")
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

EndBoot(t) ==
  /\ t \in Setters
  /\ Start(t, "EndBoot", 0, "DrainLock")
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

SetLimitLoad(t) ==
  /\ pc[t] = "SetLimitLoad"
  /\ Go(t, IF Counted THEN "SetLimitBase" ELSE "SetLimitUnlock")
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

\* The change of the limit begins.  See BudgetCAS for Stale.
SetLimitBase(t) ==
  /\ pc[t] = "SetLimitBase"
  /\ \A s \in Threads : pc[s] \in HasSeen => word.gen + 1 - seen[s].gen <= Stale
  /\ base' = [base EXCEPT ![(word.gen + 1) % 2] =
                [bytes |-> want[t], gen |-> word.gen + 1]]
  /\ Go(t, "SetLimitWord")
  /\ Stay
  /\ UNCHANGED <<word, slack, account, locking, seen, carry, memory>>

\* Linearization point.  Go: the addition in Budget.SetLimit.
SetLimitWord(t) ==
  /\ pc[t] = "SetLimitWord"
  /\ word' = [word EXCEPT !.head = Wrap(@ + (want[t] - Base)), !.gen = @ + 1]
  /\ Go(t, "SetLimitUnlock")
  /\ want' = [want EXCEPT ![t] = 0]
  /\ UNCHANGED <<base, slack, account, locking, call, seen, carry, memory>>

SetLimitUnlock(t) ==
  pc[t] = "SetLimitUnlock" /\ Unlock(t, IF want[t] = 0 THEN "Idle" ELSE "Unlimited", held[t])

EndBootLoad(t) ==
  /\ pc[t] = "EndBootLoad"
  /\ Go(t, IF Mode = "Counting" THEN "EndBootWord" ELSE "EndBootUnlock")
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

\* Linearization point.  Go: the swap in Budget.EndBoot.
EndBootWord(t) ==
  /\ pc[t] = "EndBootWord"
  /\ word' = [head |-> Unlimited, gen |-> 0, stocked |-> FALSE]
  /\ Go(t, "EndBootUnlock")
  /\ Stay
  /\ UNCHANGED <<base, slack, account, locking, seen, carry, memory>>

EndBootUnlock(t) == pc[t] = "EndBootUnlock" /\ Unlock(t, "Idle", held[t])

-----------------------------------------------------------------------------
(* Readers.  Go: Budget.Stats.                                             *)

Stats(t) ==
  /\ t \in Readers
  /\ Start(t, "Stats", 0, "StatsLoad")
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

StatsLoad(t) ==
  /\ pc[t] = "StatsLoad"
  /\ IF word.stocked THEN Go(t, "DrainLock") /\ UNCHANGED seen
     ELSE Go(t, "StatsAccounts") /\ See(t, word)
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, carry, memory>>

StatsAccounts(t) ==
  /\ pc[t] = "StatsAccounts"
  /\ IF listed # {} THEN Go(t, "DrainLock") /\ Forget(t)
     ELSE Go(t, "StatsBase") /\ UNCHANGED seen
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, carry, memory>>

StatsBase(t) ==
  /\ pc[t] = "StatsBase"
  /\ IF seen[t].head >= Unlimited \/ SameGen(BaseOf(seen[t]).gen, seen[t].gen)
       THEN Return(t, "Idle", held[t])
       ELSE Go(t, "StatsLoad") /\ Forget(t) /\ Stay /\ UNCHANGED held
  /\ UNCHANGED <<shared, account, locking, carry, phys>>

\* Linearization point: no account is stocked.  Go: the load in Budget.statsOfAll.
StatsWord(t) ==
  /\ pc[t] = "StatsWord"
  /\ Go(t, "StatsUnlock") /\ See(t, word)
  /\ Stay
  /\ UNCHANGED <<shared, account, locking, carry, memory>>

StatsUnlock(t) == pc[t] = "StatsUnlock" /\ Unlock(t, "Idle", held[t])

-----------------------------------------------------------------------------
(* Accounts come and go.                                                   *)

\* Go: Account.SetLimit, which touches nothing that others use.
SetAccountLimit(t, n) ==
  /\ pc[t] \in AtRest /\ Owns(t) /\ limit[t] # Closed
  /\ limit' = [limit EXCEPT ![t] = n]
  /\ Go(t, "Idle")
  /\ want' = [want EXCEPT ![t] = 0]
  /\ UNCHANGED <<shared, taken, cap, listed, locking, call, seen, carry, memory>>

\* Go: Account.Close.  Other accounts may still be stocked, so the bit stays.
Close(t) ==
  /\ t \in Openers /\ Owns(t)
  /\ Start(t, "Close", 0, "CloseLock")
  /\ limit' = [limit EXCEPT ![t] = Closed]
  /\ UNCHANGED <<shared, taken, cap, listed, locking, seen, carry, memory>>

\* The garbage collector has found that t's account was dropped; until it is done
\* t stands for it.  t's block stays charged, and t will release it on the budget.
\* Go: Budget.drop.
Drop(t) ==
  /\ t \in Openers /\ Owns(t)
  /\ Start(t, "Drop", 0, "CloseLock")
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

\* Go: Budget.drain.
CloseLock(t) ==
  pc[t] = "CloseLock" /\ Lock(t, IF slack[t].stocked THEN "CloseSwap" ELSE "CloseUnlock")

CloseSwap(t) ==
  /\ pc[t] = "CloseSwap"
  /\ carry' = [carry EXCEPT ![t] = slack[t].bytes]
  /\ slack' = [slack EXCEPT ![t].stocked = FALSE]
  /\ Go(t, IF slack[t].bytes > 0 THEN "PutLoad" ELSE "CloseUnlock")
  /\ Stay
  /\ UNCHANGED <<word, base, account, locking, seen, memory>>

CloseUnlock(t) ==
  /\ pc[t] = "CloseUnlock"
  /\ Leave(t)
  /\ IF call[t] = "Drop" THEN Go(t, "DropLock") /\ Stay /\ UNCHANGED <<seen, held>>
     ELSE Return(t, "Idle", held[t])
  /\ UNCHANGED <<shared, account, todo, carry, phys>>

DropLock(t) == pc[t] = "DropLock" /\ Lock(t, "DropAccounts")

\* The account is gone, and nobody looks at what it was.
DropAccounts(t) ==
  /\ pc[t] = "DropAccounts"
  /\ listed' = listed \ {t}
  /\ slack' = [slack EXCEPT ![t] = Empty]
  /\ taken' = [taken EXCEPT ![t] = 0]
  /\ cap' = [cap EXCEPT ![t] = 0]
  /\ limit' = [limit EXCEPT ![t] = NoLimit]
  /\ Go(t, "DropUnlock")
  /\ Stay
  /\ UNCHANGED <<word, base, locking, seen, carry, memory>>

DropUnlock(t) == pc[t] = "DropUnlock" /\ Unlock(t, "Idle", held[t])

\* Bytes reserved through an account are released through it: t holds none yet.
\* Go: Budget.NewAccount.
NewAccount(t) ==
  /\ t \in Openers /\ ~Owns(t) /\ held[t] = 0
  /\ Start(t, "NewAccount", 0, "NewLock")
  /\ UNCHANGED <<shared, account, locking, seen, carry, memory>>

NewLock(t) == pc[t] = "NewLock" /\ Lock(t, "NewAccounts")

NewAccounts(t) ==
  /\ pc[t] = "NewAccounts"
  /\ listed' = listed \cup {t}
  /\ Go(t, "NewUnlock")
  /\ Stay
  /\ UNCHANGED <<shared, taken, cap, limit, locking, seen, carry, memory>>

NewUnlock(t) == pc[t] = "NewUnlock" /\ Unlock(t, "Idle", held[t])

\* A caller that believes, or claims, that its block is larger than it is.
Claim(t, n) ==
  /\ t \in Misuse /\ Owns(t)
  /\ pc[t] \in AtRest
  /\ n > held[t]
  /\ held' = [held EXCEPT ![t] = n]
  /\ UNCHANGED <<shared, account, locking, pc, call, want, seen, carry, phys>>

-----------------------------------------------------------------------------
Begin(t) ==
  \/ \E n \in Sizes \cup {0} : Resize(t, n)
  \/ \E n \in Sizes : Claim(t, n)
  \/ \E n \in Limits : SetLimit(t, n)
  \/ \E n \in OwnLimits : SetAccountLimit(t, n)
  \/ EndBoot(t) \/ Stats(t) \/ Close(t) \/ Drop(t) \/ NewAccount(t)

Step(t) ==
  \/ ResizeSlack(t) \/ ResizeLoad(t) \/ \E ok \in BOOLEAN : BackendUnlimited(t, ok)
  \/ SlackReserveLoad(t) \/ SlackReserveCAS(t)
  \/ StockUpLoad(t) \/ StockUpAccounts(t) \/ StockUpTryLock(t) \/ StockUpUnlock(t)
  \/ RefillLoad(t) \/ RefillCAS(t) \/ RefillBit(t) \/ RefillSlack(t) \/ RefillUnlock(t)
  \/ ReserveLoad(t) \/ ReserveCAS(t) \/ ReserveUnlock(t) \/ RefuseUnlock(t)
  \/ \E ok \in BOOLEAN : BackendGrow(t, ok) \/ BackendShrink(t, ok) \/ BackendFree(t, ok)
  \/ SlackReleaseLoad(t) \/ SlackReleaseCAS(t) \/ OverReleaseSlack(t) \/ OverReleaseLoad(t)
  \/ GiveTryLock(t) \/ GiveBackUnlock(t) \/ GiveSlack(t) \/ GiveUnlock(t)
  \/ PutLoad(t) \/ PutBase(t) \/ PutCAS(t)
  \/ ReleaseLoad(t) \/ ReleaseBase(t) \/ ReleaseCAS(t) \/ ReleaseUnlock(t) \/ CaughtUnlock(t)
  \/ DrainLock(t) \/ (\E a \in todo : DrainSwap(t, a)) \/ DrainWord(t)
  \/ SetLimitLoad(t) \/ SetLimitBase(t) \/ SetLimitWord(t) \/ SetLimitUnlock(t)
  \/ EndBootLoad(t) \/ EndBootWord(t) \/ EndBootUnlock(t)
  \/ StatsLoad(t) \/ StatsAccounts(t) \/ StatsBase(t) \/ StatsWord(t) \/ StatsUnlock(t)
  \/ CloseLock(t) \/ CloseSwap(t) \/ CloseUnlock(t)
  \/ DropLock(t) \/ DropAccounts(t) \/ DropUnlock(t)
  \/ NewLock(t) \/ NewAccounts(t) \/ NewUnlock(t)

Next == \E t \in Threads : Begin(t) \/ Step(t)

Spec == Init /\ [][Next]_vars

Runs(t) == WF_vars(Begin(t) \/ Step(t))

-----------------------------------------------------------------------------
(* The promises.                                                           *)

\* No byte is lost or made: the counter is the bytes held, plus those that calls
\* in flight have reserved or not yet released.
Exact == Counter = Charged

Live(t) == phys[t]
LiveWithinCharge == Counted => Sum(Live, Threads) <= Counter

\* A step that charges leaves the counter within the limit in force.
StrictLimit == [][Counter' > Counter => Counter' <= Limit']_vars

\* A step that charges leaves the counter within a limit that was in force since
\* the call began: this one or the one before.
NeverOverLimit == [][Counter' > Counter => Counter' <= Max(Limit, Limit')]_vars

\* A step that refuses finds that the growth does not fit.
NoFalseRefusal ==
  [][\A t \in Threads :
       Ask(t).op = "Reserve" /\ Answer(t)' = <<"over limit">>
         => Counted /\ Need(t) > Limit - Counter]_vars

\* Only growths are refused.
ShrinkNeverRefused ==
  \A t \in Threads :
    pc[t] \in {"Refused", "RefuseUnlock", "AccountLimit", "Closed"} => Growth(t)

\* The sum of all charges, as integers that do not wrap, fits the machine word.
WrapSafe == Charged <= Largest

\* A release is reported if it is of more than the caller's account holds, and
\* then changes nothing; no other is.
OverReleaseCaught ==
  /\ Counter >= 0
  /\ \A t \in Threads : Counted /\ Owns(t) => HeldBy(t) >= 0
  /\ Misuse # {} \/ \A t \in Threads : pc[t] \notin {"Caught", "CaughtUnlock"}
OverReleaseReported ==
  [][\A t \in Threads : Releases(t) /\ Owns(t) /\ Counted =>
       /\ pc'[t] = "Caught" => Give(t) > HeldBy(t) /\ UNCHANGED <<word, slack, taken>>
       /\ pc'[t] \in {"Idle", "GiveUnlock"} => Give(t) <= HeldBy(t)]_vars

\* The limit in force is the one that was asked for: it changes to that when the
\* request is answered, and at no other step.
SetterObeyed ==
  [][\A t \in Threads :
       /\ Ask(t).op = "SetLimit" /\ Ask(t)' # Ask(t) /\ Counted => Limit' = want[t]
       /\ Ask(t).op = "EndBoot" /\ Ask(t)' # Ask(t) /\ Mode = "Counting" => Limit' = 0
       /\ Limit' # Limit => \E s \in Threads :
            /\ Ask(s)' # Ask(s)
            /\ Ask(s).op = "SetLimit" \/ (Ask(s).op = "EndBoot" /\ Mode = "Counting")]_vars

\* What is held through an account is within the account's own limit, if that was
\* set before.  A growth that the account refuses would not be.
AccountLimited ==
  [][\A t \in Threads : Owns(t) =>
       /\ pc[t] \in Asking /\ pc'[t] \in Granted /\ Counted /\ Growth(t) => WithinOwn(t)
       /\ pc[t] \in Asking /\ pc'[t] \in {"AccountLimit", "Closed"}
            => Counted /\ ~WithinOwn(t)]_vars

\* A thread at rest knows its block: the bytes it holds are those that exist.
RestExact ==
  Misuse # {} \/ \A t \in Threads : pc[t] \in AtRest => phys[t] = held[t]

\* A thread at rest holds through its account what it holds.
RestHeld ==
  Misuse # {} \/ \A t \in Threads :
    pc[t] \in AtRest /\ Owns(t) /\ Counted => HeldBy(t) = held[t]

\* The lock has one holder at most, and none when nobody calls.
OneHolder    == \A s, t \in Threads : inside[s] /\ inside[t] => s = t
RestUnlocked == (\A t \in Threads : pc[t] \in AtRest) => ~locked

\* The bit is clear only when no account is stocked and no bytes are carried.
StockedBit == ~word.stocked => \A t \in Threads : ~slack[t].stocked /\ carry[t] = 0

\* An account has no more slack than its cap, and no less than none.
SlackBounded == \A t \in Threads : slack[t].stocked => slack[t].bytes \in 0..cap[t]

\* A thread that allocates waits for the lock only if accounts may be stocked, and
\* the word is too short for its growth, or it releases on the budget itself.
WaitsWhenShort ==
  [][\A t \in Threads :
       pc[t] # "DrainLock" /\ pc'[t] = "DrainLock" /\ call[t] \in {"Resize", "Release", "Rollback"}
         => LET w == IF pc[t] \in {"StockUpUnlock", "ReleaseBase"} THEN seen[t] ELSE word
            IN /\ w.stocked
               /\ IF call[t] = "Resize" THEN Growth(t) /\ w.head < Need(t) ELSE ~Owns(t)]_vars

Asks == {0} \cup Limits \cup { n - m : n \in Sizes, m \in Sizes \cup {0} }

Abstract == INSTANCE Budget WITH
  Numbers  <- Asks,
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
Waits(t)     == pc[t] \in {"DrainLock", "CloseLock", "DropLock", "NewLock"}
LockFree ==
  \A s \in Threads :
    (\A t \in Threads \ {s} : Runs(t)) =>
      \/ []<><<\E t \in Threads : Completes(t)>>_vars
      \/ <>[](inside[s] /\ \A t \in Threads \ {s} : Waits(t))

THEOREM Without = {} /\ Misuse = {} =>
          (Spec => /\ [](TypeOK /\ Exact /\ LiveWithinCharge /\ ShrinkNeverRefused
                          /\ WrapSafe /\ RestExact /\ RestHeld /\ OneHolder /\ RestUnlocked)
                   /\ Refines)
THEOREM Without = {} =>
          (Spec => /\ [](OverReleaseCaught /\ StockedBit /\ SlackBounded)
                   /\ StrictLimit /\ NeverOverLimit /\ SetterObeyed /\ NoFalseRefusal
                   /\ OverReleaseReported /\ AccountLimited /\ WaitsWhenShort /\ LockFree)

-----------------------------------------------------------------------------
(* The following does not hold: no thread waits for the lock.  One whose   *)
(* growth does not fit in the shared word does, while accounts are         *)
(* stocked.                                                                *)

NoWaiting == \A t \in Threads : pc[t] = "DrainLock" => call[t] # "Resize"

=============================================================================
