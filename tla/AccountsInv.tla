----------------------------- MODULE AccountsInv -----------------------------
(***************************************************************************)
(* Why Accounts keeps the promises on states, and why each step is one of  *)
(* Budget: that follows from Inv, which each step preserves from each      *)
(* typed state, reachable or not.                                          *)
(***************************************************************************)
EXTENDS Accounts

Growing   == Asking \ {"ResizeSlack", "ResizeLoad"}
Reserving == {"ReserveLoad", "ReserveCAS"}
OnBudget  == {"ReleaseLoad", "ReleaseBase", "ReleaseCAS"}
NotGrown  == {"Refused", "AccountLimit", "Closed"}
EndBoots  == ToEndBoot \cup {"EndBootUnlock"}
SetLimits == ToChange \cup {"SetLimitUnlock"}
Reading   == {"StatsLoad", "StatsAccounts", "StatsBase"}
Read      == {"StatsWord", "StatsUnlock"}
Closes    == {"CloseLock", "CloseSwap", "CloseUnlock"}
Drops     == {"DropLock", "DropAccounts", "DropUnlock"}
News      == {"NewLock", "NewAccounts", "NewUnlock"}

-----------------------------------------------------------------------------
(* A thread's own variables, given the step that the thread takes next.    *)

\* The steps of a call.
CallOK(p, c) ==
  CASE c = "none"     -> p \in AtRest \ {"Caught"}
    [] c = "Resize"   -> /\ p \in Asking \cup Granted \cup Backing \cup Draining
                              \cup {"RefuseUnlock"}
                         /\ p # "RefillBit"
    [] c \in {"Release", "Rollback"}
                      -> p \in Freeing \cup Putting \cup Draining
                              \cup {"GiveUnlock", "ReleaseUnlock"}
    [] c = "SetLimit" -> p \in Draining \cup SetLimits
    [] c = "EndBoot"  -> p \in Draining \cup EndBoots
    [] c = "Stats"    -> p \in Draining \cup Reading \cup Read
    [] c = "Close"    -> p \in Closes \cup Putting
    [] c = "Drop"     -> p \in Closes \cup Putting \cup Drops
    [] OTHER          -> p \in News

\* What a call may want of a block of h bytes.
WantOK(p, c, w, h) ==
  CASE c = "none"     -> IF p \in NotGrown THEN w \in Sizes /\ w > h ELSE w = 0
    [] c = "Resize"   -> /\ w \in Sizes \cup {0} /\ w # h
                         /\ p \in Growing \cup Granted \cup Draining \cup {"RefuseUnlock"}
                              => w > h
                         /\ p = "BackendShrink" => w < h /\ w # 0
                         /\ p = "BackendFree" => w = 0
    [] c = "Release"  -> w \in Sizes \cup {0} /\ w < h
    [] c = "Rollback" -> w \in Sizes /\ w > h
    [] c = "SetLimit" -> w \in Limits \/ (w = 0 /\ p = "SetLimitUnlock")
    [] OTHER          -> w = 0

\* The steps that a thread takes with the lock, and those that it may take with it.
WithLock == {"RefillLoad", "RefillCAS", "StockUpUnlock", "RefillSlack", "RefillUnlock",
             "ReserveUnlock", "RefuseUnlock", "GiveSlack", "GiveBackUnlock", "GiveUnlock",
             "ReleaseUnlock", "DrainSwap", "DrainWord", "CloseSwap", "CloseUnlock",
             "DropAccounts", "DropUnlock", "NewAccounts", "NewUnlock"}
            \cup SetLimits \cup EndBoots \cup Read
MayLock  == Reserving \cup OnBudget \cup Putting

InsideOK(p, c, in) ==
  /\ p \in WithLock \/ (p \in Putting /\ c \in {"Close", "Drop"}) => in
  /\ in => p \in WithLock \cup MayLock

LocalOK(p, c, w, h, ph, in) ==
  /\ CallOK(p, c)
  /\ WantOK(p, c, w, h)
  /\ InsideOK(p, c, in)
  /\ ph = IF c = "Release" THEN w ELSE h

LocalInv(t) == LocalOK(pc[t], call[t], want[t], held[t], phys[t], inside[t])

-----------------------------------------------------------------------------
(* Accounts.                                                               *)

\* Which steps an owner takes, and which only a thread without an account.
OwnerSteps == {"ResizeSlack", "SlackReserveLoad", "SlackReserveCAS", "StockUpLoad",
               "StockUpAccounts", "StockUpTryLock", "RefillLoad", "RefillCAS",
               "StockUpUnlock", "RefillSlack", "RefillUnlock", "SlackReleaseLoad",
               "SlackReleaseCAS", "OverReleaseSlack", "OverReleaseLoad", "GiveTryLock",
               "GiveSlack", "GiveBackUnlock", "GiveUnlock", "DropLock", "DropAccounts",
               "NewUnlock"} \cup Putting \cup Closes
BareSteps  == {"ReleaseUnlock", "DropUnlock", "NewLock", "NewAccounts"} \cup OnBudget

OwnerInv(t) ==
  /\ pc[t] \in OwnerSteps => Owns(t)
  /\ pc[t] \in BareSteps \/ (Releasing(t) /\ pc[t] \in Draining) => ~Owns(t)
  /\ call[t] = "NewAccount" => held[t] = 0

CallerInv(t) ==
  /\ call[t] \in {"SetLimit", "EndBoot"} => t \in Setters
  /\ call[t] = "Stats" => t \in Readers
  /\ call[t] \in {"Close", "Drop", "NewAccount"} => t \in Openers

BareInv(t) ==
  ~Owns(t) => slack[t] = Empty /\ taken[t] = 0 /\ cap[t] = 0 /\ limit[t] = NoLimit

\* Bytes are on their way only with the lock.
CarryInv(t) ==
  carry[t] # 0 =>
    /\ inside[t]
    /\ pc[t] \in {"RefillSlack", "DrainSwap", "DrainWord"} \cup Putting

StockedInv(t) ==
  /\ pc[t] \in {"GiveSlack", "CloseSwap"} => slack[t].stocked
  /\ pc[t] \in {"CloseUnlock", "DropLock", "DropAccounts"} => ~slack[t].stocked
  /\ call[t] \in {"Close", "Drop"} /\ pc[t] \in Putting => ~slack[t].stocked

\* A growth that is neither granted nor refused.
InGrowth(t) == call[t] = "Resize" /\ pc[t] \in Growing \cup Draining

\* What t holds through its account.  A growth is entered there after it was granted,
\* and slack that t gives back is still in taken.
Through(t) ==
  IF pc[t] \in {"ReserveUnlock", "RefillSlack"} THEN held[t]
  ELSE IF Releasing(t) THEN Owned(t) + carry[t]
  ELSE Owned(t)

\* A growth that is in flight when the boot ends is still entered.
ToEnter(t) == InGrowth(t) \/ pc[t] \in {"ReserveUnlock", "RefillSlack"}

HeldInv(t) ==
  Owns(t) =>
    /\ HeldBy(t) >= 0
    /\ HeldBy(t) <= Largest
    /\ Counted \/ ToEnter(t) => HeldBy(t) = Through(t)

GiveInv(t) ==
  Releasing(t) /\ pc[t] \in {"SlackReleaseCAS", "GiveTryLock", "GiveSlack",
                             "GiveBackUnlock"} \cup Putting
    => Give(t) + carry[t] <= HeldBy(t)

\* A growth asks the word if the account's own limit allows it.
OwnLimitInv(t) ==
  /\ limit[t] = Closed => t \in Openers
  /\ InGrowth(t) /\ pc[t] \notin {"SlackReserveLoad", "SlackReserveCAS", "StockUpLoad"}
       => WithinOwn(t)

\* It does if the slack is short of it.  So what a refill finds there is below Need, or
\* below MaxBatch times two; and a batch is Need at least, or MaxBatch.
ShortInv(t) ==
  pc[t] \in {"StockUpLoad", "StockUpAccounts", "StockUpTryLock", "RefillLoad", "RefillCAS"}
    => (slack[t].stocked => slack[t].bytes - Floor(t) < Need(t))

RefillInv(t) == pc[t] = "RefillSlack" => Stock(t) + carry[t] <= cap[t]

AccountInv(t) ==
  /\ OwnerInv(t)
  /\ CallerInv(t)
  /\ BareInv(t)
  /\ CarryInv(t)
  /\ StockedInv(t)
  /\ HeldInv(t)
  /\ GiveInv(t)
  /\ OwnLimitInv(t)
  /\ ShortInv(t)
  /\ RefillInv(t)

-----------------------------------------------------------------------------
(* What t loaded last: stale, perhaps, but it was true when t loaded it.   *)

\* Only t moves the bytes of its slack; others drain it.
SeesSlack(t, w) ==
  /\ w = [head |-> slack[t].bytes, gen |-> 0, stocked |-> TRUE]
  /\ pc[t] = "SlackReserveCAS" => Need(t) <= slack[t].bytes - Floor(t)
  /\ pc[t] = "SlackReleaseCAS" => Give(t) <= Top(t) - slack[t].bytes

SeesWord(t, w) ==
  /\ w.gen <= word.gen
  /\ \A i \in 0..1 : base[i].gen - w.gen <= Stale
  /\ pc[t] \notin Reading \cup Read => w.head < Unlimited
  /\ pc[t] \in {"StockUpAccounts", "StockUpTryLock", "ReserveCAS"} => Need(t) <= w.head
  /\ pc[t] = "StockUpUnlock" => Need(t) <= w.head \/ w.stocked
  /\ pc[t] = "RefillCAS" => Plenty(t, w, Accounts) /\ Min(Need(t), MaxBatch) <= Batch(t, w)
  /\ pc[t] = "ReleaseBase" /\ SameGen(BaseOf(w).gen, w.gen)
       => Give(t) <= BaseOf(w).bytes - w.head
  /\ pc[t] = "ReleaseBase" /\ inside[t] => ~w.stocked

SeenOK(t, w) ==
  IF pc[t] \in {"SlackReserveCAS", "SlackReleaseCAS"} THEN SeesSlack(t, w)
  ELSE IF pc[t] \in HasSeen THEN SeesWord(t, w)
  ELSE w = Nothing

SeenInv(t) == SeenOK(t, seen[t])

-----------------------------------------------------------------------------
(* The word, the base, and the lock.                                       *)

\* While t takes these steps with the lock, it has brought back all slack.
Drained == {"ReserveUnlock", "ReleaseUnlock"}
             \cup Reserving \cup OnBudget \cup SetLimits \cup EndBoots \cup Read

BitInv(t) ==
  /\ pc[t] \in {"RefillSlack", "DrainSwap", "DrainWord"} => word.stocked
  /\ inside[t] /\ pc[t] \in Drained => ~word.stocked

ModeInv(t) ==
  /\ pc[t] \in {"BackendUnlimited", "OverReleaseSlack", "OverReleaseLoad"} => ~Counted
  /\ pc[t] \in {"SetLimitBase", "SetLimitWord"} => Counted
  /\ pc[t] = "SetLimitUnlock" => (want[t] = 0 <=> Counted)
  /\ pc[t] = "EndBootWord" => Mode = "Counting"

\* Nobody changes the limit while an account is stocked.
WordInv ==
  /\ word.stocked => Counted /\ word.head >= 0
  /\ Counted \/ word = [head |-> Unlimited, gen |-> 0, stocked |-> FALSE]
  /\ Counted => Base - word.head <= CountBase

BaseInv ==
  LET this  == base[word.gen % 2]
      other == base[(word.gen + 1) % 2]
  IN /\ this.gen = word.gen
     /\ other.gen \in {word.gen - 1, word.gen + 1} \/ (other.gen = 0 /\ word.gen = 0)
     /\ \A i \in 0..1 : base[i].bytes = CountBase <=> base[i].gen = 0
     /\ other.gen = word.gen + 1 <=> \E t \in Threads : pc[t] = "SetLimitWord"
     /\ \A t \in Threads : pc[t] = "SetLimitWord" => other.bytes = want[t]

LockInv ==
  /\ OneHolder
  /\ locked <=> \E t \in Threads : inside[t]

\* The holder of the lock has yet to drain all accounts that are stocked.
TodoInv ==
  /\ ~locked => todo = {}
  /\ \A t \in Threads : inside[t] /\ pc[t] # "DrainSwap" => todo = {}
  /\ \A a \in todo : slack[a].stocked
  /\ \A t \in Threads : pc[t] = "DrainSwap" =>
       todo # {} /\ \A a \in Threads : slack[a].stocked => a \in todo
  /\ \A t \in Threads : pc[t] = "DrainWord" =>
       \A a \in Threads : ~slack[a].stocked

ChangesInv ==
  word.gen + Cardinality({ s \in Threads : call[s] = "SetLimit"
                             /\ pc[s] \in Draining \cup ToChange }) <= MaxChanges

Inv ==
  /\ Exact
  /\ \A t \in Threads : LocalInv(t)
  /\ \A t \in Threads : AccountInv(t)
  /\ \A t \in Threads : SeenInv(t)
  /\ \A t \in Threads : BitInv(t)
  /\ \A t \in Threads : ModeInv(t)
  /\ WordInv
  /\ BaseInv
  /\ LockInv
  /\ TodoInv
  /\ ChangesInv
  /\ StockedBit
  /\ SlackBounded

\* As in BudgetCASInv.
Assumed == /\ IsFiniteSet(Threads) /\ Threads # {}
           /\ Misuse = {} /\ Gens \in Nat /\ Stale \in 1..(Gens - 1)

Witnesses(t) == {Ask(t)'.n, want'[t], held'[t], want[t], held[t]}

THEOREM AccountsCorrect ==
  Without = {} /\ Assumed =>
    (Spec => /\ [](TypeOK /\ Inv)
             /\ [](Exact /\ LiveWithinCharge /\ ShrinkNeverRefused /\ WrapSafe
                    /\ OverReleaseCaught /\ RestExact /\ RestHeld /\ OneHolder
                    /\ RestUnlocked /\ StockedBit /\ SlackBounded)
             /\ StrictLimit /\ NeverOverLimit /\ NoFalseRefusal /\ OverReleaseReported
             /\ SetterObeyed /\ AccountLimited /\ WaitsWhenShort
             /\ Refines)

=============================================================================
