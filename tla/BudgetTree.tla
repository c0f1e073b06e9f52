----------------------------- MODULE BudgetTree ------------------------------
(***************************************************************************)
(* How casalloc keeps a tree of budgets.  A child is a budget whose bytes  *)
(* come from its parent.  A tree of one node is one word that decides all. *)
(*                                                                         *)
(* Each budget has one word.  Of the root, and of a stocked child, it has  *)
(* the headroom: base (what was taken from the parent; of the root the     *)
(* limit) less what is used.  Of a drained child it has -used: there is no *)
(* slack, and used is what the parent is charged.                          *)
(*                                                                         *)
(*   T1  A drained budget has drained children only.  The parent of a      *)
(*       stocked one has the stocked bit.                                  *)
(*   T2  One lock orders all that changes a base, a limit, the drained bit *)
(*       or a generation.                                                  *)
(*   T3  A release at a drained budget is passed on to the parent, up to   *)
(*       the first budget that is not drained, or has left.  No lock.      *)
(*   T4  Growth takes from the budget's own word, or, at a drained child   *)
(*       without a limit, from its parent's, and then lands.  It never     *)
(*       gives back, unless the child has left.                            *)
(*   T5  Refusal: at the root by its word, if no child may be stocked.     *)
(*       Otherwise under the lock, at each level with all below drained,   *)
(*       and own limits before anything is taken.                          *)
(*   T6  On the way down a child lands drained, or is stocked with a batch *)
(*       of the budget above it.                                           *)
(*   T7  A drain: children first, then the word, then the slack goes to    *)
(*       the parent.                                                       *)
(*   T8  An over-release that two words tell of is confirmed under the     *)
(*       lock.                                                             *)
(*   T9  Bytes held at a budget that has children are counted beside the   *)
(*       word (direct), as if they were in a child that is always drained. *)
(*   T10 What exceeds headroom and all slack, or a limit on the path, is   *)
(*       refused without the lock.                                         *)
(*   T11 A stocked child may be topped up by its parent under the lock,    *)
(*       and slack above its cap goes back after a release, if no one has  *)
(*       the lock: its base moves by the bytes, and its generation.        *)
(*                                                                         *)
(* Each action is one atomic step on a word, a base, a limit or a count.   *)
(* A compare-and-swap that decides on nothing but the word it swaps is one *)
(* action with the load before it.  What the lock keeps still is read in   *)
(* the step that uses it, and the lock is given back in the last step of   *)
(* its holder.  Memory is freed before a release begins.                   *)
(*                                                                         *)
(* What keeps no promise here.  A drain does not move the generation: the  *)
(* drained bit tells the words apart.  That SetLimit of a child moves it   *)
(* is for readers of word and limit in code (T10).  Doubt spares a release *)
(* that is right the wait for the lock; the report is right without it.  A *)
(* closed budget needs no test of its own: its limit is below any size.    *)
(*                                                                         *)
(* Assumption (Wraps = FALSE): no thread goes on from a word that it has   *)
(* loaded for as long as its generation takes to come round again.         *)
(***************************************************************************)
EXTENDS Tree, Sequences, FiniteSets

CONSTANTS
  Rank,        \* Rank[n]: children are drained in this order
  Limited,     \* the children that are made with a limit
  First,       \* First[n]: the limit n begins with
  Opened,      \* the budgets that have had children from the beginning
  Workers,     \* the threads that call Reserve and Release
  Managers,    \* the threads that make all other calls
  Callers,     \* where Reserve and Release are called
  Settable, Closable, Leavable, Openable, Exacts, Cheaps,   \* where the others are
  Moves,       \* <<b, to>>: between which bytes are moved
  Boots,       \* TRUE: EndBoot is called
  Sizes,       \* bytes: what Reserve, Release and Move may name
  Limits,      \* bytes, NoLimit: what SetLimit may name
  MaxSize,     \* bytes: the largest size, and the largest limit
  CountBase,   \* bytes: the base of a root without a limit
  NoLimit,
  Batches,     \* bytes: how much slack a child may be stocked with
  Ends,        \* how the backing allocator may end a growth; {} if there is none
  Trims,       \* TRUE: a release may find its budget over its cap
  Hopeless,    \* TRUE: T10
  Gens,        \* generations there are; even
  Wraps,       \* TRUE: threads may be slower than generations wrap
  Misuse       \* threads that may release more than is held

Threads == Workers \cup Managers
Closed  == -1        \* the limit of a budget that is closed

VARIABLES
  word,        \* word[n]: [val, gen, kind, drained, stocked, inner]
  base,        \* base[n][g % 2]: bytes, of generation g
  limit,       \* limit[n]: of a child
  direct,      \* direct[n]: bytes held at n itself, if it is inner
  locked,      \* the lock of the tree
  held,        \* held[n]: bytes that exist, allocated at n
  pc,          \* pc[t]: the step t takes next
  call,        \* call[t]: [op, node, to, want]
  at,          \* at[t]: the node t is at
  seen,        \* seen[t]: what t goes on from
  carry,       \* carry[t]: [node, bytes] on their way between node and its parent
  answer       \* answer[t]: how t's last call was answered

tree   == <<word, base, limit, direct>>
locals == <<call, at, seen, carry, answer>>
vars   == <<tree, locked, held, pc, locals>>

NoCall  == [op |-> "none", node |-> Root, to |-> Root, want |-> 0]
Unseen  == [val |-> 0, gen |-> 0, bytes |-> 0]
Nothing == [node |-> Root, bytes |-> 0]      \* no child has Root's name
Ok          == <<"ok">>
OverLimit   == <<"over limit">>
IsClosed    == <<"closed">>
OverRelease == <<"over-release">>
TooLate     == <<"unlimited">>
Kept(k)     == <<"held", k>>

Init ==
  LET b(n) == IF n # Root THEN 0 ELSE IF First[n] = NoLimit THEN CountBase ELSE First[n]
  IN /\ base = [n \in Nodes |-> [i \in 0..1 |-> b(n)]]
     /\ word = [n \in Nodes |-> [val |-> b(n), gen |-> 0, kind |-> "counted",
                                 drained |-> n # Root, stocked |-> FALSE, inner |-> n \in Opened]]
  /\ limit = [First EXCEPT ![Root] = NoLimit]
  /\ direct = [n \in Nodes |-> 0]
  /\ locked = FALSE
  /\ held = [n \in Nodes |-> 0]
  /\ pc = [t \in Threads |-> "Idle"]
  /\ call = [t \in Threads |-> NoCall]
  /\ at = [t \in Threads |-> Root]
  /\ seen = [t \in Threads |-> Unseen]
  /\ carry = [t \in Threads |-> Nothing]
  /\ answer = [t \in Threads |-> Ok]

-----------------------------------------------------------------------------
(* What can be seen of it.                                                 *)

Gone(n)   == word[n].kind = "gone"
Counted   == word[Root].kind \in {"counted", "gone"}
\* The root counts nothing, or has left.
Free      == word[Root].kind # "counted"
Base(n)   == base[n][word[n].gen % 2]
Used(n)   == IF Gone(n) THEN 0 ELSE (IF word[n].drained THEN 0 ELSE Base(n)) - word[n].val
Taken(n)  == IF Gone(n) THEN 0 ELSE IF word[n].drained THEN Used(n) ELSE Base(n)
Slack(n)  == IF word[n].drained THEN 0 ELSE word[n].val
LimitOf(n) == IF n = Root THEN Base(n) ELSE limit[n]

Op(t)   == call[t].op
Node(t) == call[t].node
Want(t) == call[t].want

Topping  == {"TopBase", "TopWord"}
Deciding == {"Reserve", "Take", "Lock", "Climb"} \cup Topping
Landing  == {"Land", "LandLock", "LandDrain"}
Stocking == {"Down", "StockBase", "StockWord"}
Trimming == {"TrimBase", "TrimWord", "TrimGive"}
Moving   == {"MoveUp", "MoveDown", "MoveDirect"}
Decides(t) == Op(t) = "Reserve" /\ pc[t] \in Deciding

\* t has taken its bytes further up, and has yet to charge them to n.
ToLand(t, n) ==
  \/ pc[t] \in Landing /\ n = Node(t)
  \/ pc[t] \in Stocking /\ n \in Path[Node(t)] /\ at[t] \in Path[n]
  \/ pc[t] \in Moving /\ n \in Side(call[t].to, Node(t))
     /\ (pc[t] = "MoveUp" \/ (pc[t] = "MoveDown" /\ at[t] \in Path[n]))
Transit(n) == LET F(t) == IF ToLand(t, n) THEN Want(t) ELSE 0 IN Sum(F, Threads)
SlackBelow(n) ==
  LET F(t) == IF carry[t].node \in Below[n] THEN carry[t].bytes ELSE 0
  IN Sum(Slack, Below[n]) + Sum(F, Threads)
Counter(n) == IF Gone(n) \/ ~Counted THEN 0 ELSE Used(n) + Transit(n) - SlackBelow(n)

\* Charged at n itself, and known to no caller.
Unknown(t, n) ==
  \/ n = Node(t) /\ pc[t] \in Landing \cup Stocking \cup {"Direct"}
  \/ n = call[t].to /\ pc[t] \in Moving
Own(n) ==
  LET F(t) == IF Unknown(t, n) THEN Want(t) ELSE 0
  IN IF Gone(n) \/ ~Counted THEN 0
     ELSE IF word[n].inner THEN direct[n] + Sum(F, Threads) ELSE Counter(n)
Known(n) == LET F(t) == IF Unknown(t, n) THEN Want(t) ELSE 0 IN Own(n) - Sum(F, Threads)

-----------------------------------------------------------------------------
(* What the steps are made of.                                             *)

Go(t, step)  == pc' = [pc EXCEPT ![t] = step]
At(t, n)     == at' = [at EXCEPT ![t] = n]
See(t, s)    == seen' = [seen EXCEPT ![t] = s]
Carry(t, c)  == carry' = [carry EXCEPT ![t] = c]
Moved(n, k)  == [word EXCEPT ![n].val = @ + k]
Add(n, k)    == word' = Moved(n, k)
Next2(g)     == (g + 1) % Gens
Fresh(n)     == Wraps \/ \A s \in Threads :
                  pc[s] \in {"ReleaseBase", "ReleaseCAS", "Doubt", "StatsBase", "StatsWord"}
                  /\ Node(s) = n => seen[s].gen # Next2(word[n].gen)
Same(t, n)   == word[n].val = seen[t].val /\ word[n].gen = seen[t].gen /\ word[n].kind = "counted"
                /\ ~word[n].inner /\ ~word[n].drained
Unlock       == locked' = FALSE

\* The call returns; its locals die.
Return(t, a) ==
  /\ Go(t, "Idle")
  /\ call' = [call EXCEPT ![t] = NoCall]
  /\ At(t, Root) /\ See(t, Unseen) /\ Carry(t, Nothing)
  /\ answer' = [answer EXCEPT ![t] = a]

\* The call goes on at a node, with nothing in hand.
Continue(t, step, n) ==
  /\ Go(t, step) /\ At(t, n) /\ See(t, Unseen) /\ Carry(t, Nothing)
  /\ UNCHANGED <<call, answer>>

\* A growth is granted: the bytes of an inner budget are counted beside its word, then
\* the memory is allocated.  (The module forgets memory that is not counted.)
Allocated(t) == Return(t, Ok) /\ held' = [held EXCEPT ![Node(t)] = @ + IF Counted THEN Want(t) ELSE 0]
Allocate(t) ==
  IF Ends = {}
    THEN Allocated(t)
    ELSE Continue(t, "Backend", Root) /\ UNCHANGED held
Granted(t) ==
  IF word[Node(t)].inner THEN Continue(t, "Direct", Root) /\ UNCHANGED held ELSE Allocate(t)

\* A refusal at n: its limit was too little, or it was closed.
Refused(t, n) == Return(t, IF LimitOf(n) = Closed THEN IsClosed ELSE OverLimit)

Lock(t, from, to) ==
  /\ pc[t] = from /\ ~locked
  /\ locked' = TRUE /\ Go(t, to)
  /\ UNCHANGED <<tree, held, locals>>

-----------------------------------------------------------------------------
(* Calls.                                                                  *)

Begin(t, op, n, to, k, step) ==
  /\ pc[t] = "Idle"
  /\ \A m \in Path[n] \ {n} : word[m].inner
  /\ call' = [call EXCEPT ![t] = [op |-> op, node |-> n, to |-> to, want |-> k]]
  /\ Go(t, step)
  /\ answer' = [answer EXCEPT ![t] = Ok]
  /\ UNCHANGED <<tree, locked, at, seen, carry>>

Reserve(t, n, k) == Begin(t, "Reserve", n, Root, k, "Reserve") /\ UNCHANGED held
\* The memory is gone before the call begins.
Release(t, n, k) ==
  /\ k <= held[n] \/ t \in Misuse
  /\ held' = [held EXCEPT ![n] = IF @ < k THEN 0 ELSE @ - k]
  /\ Begin(t, "Release", n, Root, k, "Release")
\* Memory that is moved is held by the mover.
Move(t, b, to, k) ==
  /\ k <= held[b] /\ \A m \in Path[to] \ {to} : word[m].inner
  /\ held' = [held EXCEPT ![b] = @ - k]
  /\ Begin(t, "Move", b, to, k, "MoveLock")
Manage(t, op, n, k, step) == Begin(t, op, n, Root, k, step) /\ UNCHANGED held

-----------------------------------------------------------------------------
(* Growth without the lock.                                                *)

\* Linearization point of a growth from the word of its budget (T4), and of a refusal at
\* the root (T5).
ReserveTake(t) ==
  /\ pc[t] = "Reserve"
  /\ LET n == Node(t)  w == word[n]  k == Want(t)
     IN IF w.kind = "gone" /\ Counted THEN Return(t, IsClosed) /\ UNCHANGED <<word, held>>
        ELSE IF w.kind \in {"gone", "unlimited"} THEN Allocate(t) /\ UNCHANGED word
        ELSE IF ~w.drained /\ w.val >= k THEN Add(n, -k) /\ Granted(t)
        ELSE /\ IF n = Root /\ ~w.stocked THEN Refused(t, Root)
                ELSE IF w.drained /\ n \notin Limited /\ limit[n] = NoLimit
                  THEN Continue(t, "Take", Parent[n])
                ELSE Continue(t, "Lock", n)
             /\ UNCHANGED <<word, held>>
  /\ UNCHANGED <<base, limit, direct, locked>>

\* The parent has plenty, and no one has the lock: the child may be stocked (T6).
TryStock(t) ==
  /\ pc[t] = "Take" /\ ~locked /\ Batches # {}
  /\ Continue(t, "Climb", Node(t))
  /\ locked' = TRUE
  /\ UNCHANGED <<tree, held>>

\* Linearization point of a growth from the word of the parent (T4).
Take(t) ==
  /\ pc[t] = "Take"
  /\ LET p == at[t]  w == word[p]  k == Want(t)
     IN IF w.kind = "gone" /\ Counted THEN Return(t, IsClosed) /\ UNCHANGED <<word, held>>
        ELSE IF w.kind \in {"gone", "unlimited"} THEN Allocate(t) /\ UNCHANGED word
        ELSE IF ~w.drained /\ w.val >= k
          THEN Add(p, -k) /\ Continue(t, "Land", Node(t)) /\ UNCHANGED held
        ELSE /\ IF p = Root /\ ~w.stocked THEN Refused(t, Root) ELSE Continue(t, "Lock", Node(t))
             /\ UNCHANGED <<word, held>>
  /\ UNCHANGED <<base, limit, direct, locked>>

\* The budget is drained as before, or was stocked meanwhile, or has left.
Land(t) ==
  /\ pc[t] = "Land"
  /\ LET n == Node(t)
     IN IF Gone(n) THEN Continue(t, "Pass", Parent[n]) /\ UNCHANGED <<word, held>>
        ELSE IF word[n].drained THEN Add(n, -Want(t)) /\ Granted(t)
        ELSE Continue(t, "LandLock", n) /\ UNCHANGED <<word, held>>
  /\ UNCHANGED <<base, limit, direct, locked>>

Direct(t) ==
  /\ pc[t] = "Direct"
  /\ direct' = [direct EXCEPT ![Node(t)] = @ + Want(t)]
  /\ Allocate(t)
  /\ UNCHANGED <<word, base, limit, locked>>

\* A growth whose allocation fails is rolled back: a release at the same budget.
Backend(t, ok) ==
  /\ pc[t] = "Backend"
  /\ IF ok THEN Allocated(t)
     ELSE /\ call' = [call EXCEPT ![t].op = "Rollback"] /\ Go(t, "Release")
          /\ UNCHANGED <<held, at, seen, carry, answer>>
  /\ UNCHANGED <<tree, locked>>

\* Linearization point of a refusal that no drain could avert (T10).
Refuse(t) ==
  /\ Hopeless /\ pc[t] \in {"Reserve", "Take"} /\ ~Free
  /\ LET n == Node(t)
     IN \/ Want(t) > word[Root].val + SlackBelow(Root) /\ Refused(t, Root)
        \/ \E m \in Path[n] : Want(t) > LimitOf(m) /\ Refused(t, m)
        \/ /\ n \in Limited /\ ~word[n].inner /\ ~Gone(n)
           /\ Want(t) > limit[n] - Used(n) /\ Refused(t, n)
  /\ UNCHANGED <<tree, locked, held>>

-----------------------------------------------------------------------------
(* Draining (T7), under the lock.                                          *)

\* What t has yet to drain: nothing, or the subtree of one node.
DrainAt(t) ==
  LET n == Node(t)  to == call[t].to  L == Common(n, to)
      needing(S) == { m \in S : IF m = Root THEN word[m].stocked ELSE ~word[m].drained }
      from == IF n = L THEN {} ELSE needing({Toward(L, n)})
  IN CASE pc[t] = "Climb" -> needing({at[t]})
       [] pc[t] \in {"LandDrain", "SetDrain", "LeaveDrain", "OpenDrain"} -> needing({n})
       [] pc[t] = "ReadDrain" -> { m \in {n} : word[m].stocked }
       [] pc[t] = "MoveDrain" -> IF from # {} THEN from
                                 ELSE IF to = L THEN {} ELSE needing({Toward(L, to)})
       [] OTHER -> {}

\* The node of the subtree of m that is next: from m down, always to the first child that
\* is not drained, as long as the bit is set.
Target(m, n) ==
  /\ m \in Path[n]
  /\ \A k \in Side(n, m) :
       /\ ~word[k].drained /\ word[Parent[k]].stocked
       /\ \A c \in Kids[Parent[k]] : ~word[c].drained => Rank[k] <= Rank[c]
  /\ word[n].stocked => \A c \in Kids[n] : word[c].drained

Drained(t) == DrainAt(t) = {} /\ carry[t] = Nothing

\* No child of it is stocked.
DrainBit(t, n) ==
  /\ carry[t] = Nothing /\ word[n].stocked
  /\ \E m \in DrainAt(t) : Target(m, n)
  /\ word' = [word EXCEPT ![n].stocked = FALSE]
  /\ UNCHANGED <<base, limit, direct, locked, held, pc, locals>>

DrainSwap(t, n) ==
  /\ carry[t] = Nothing /\ ~word[n].stocked
  /\ \E m \in DrainAt(t) : Target(m, n)
  /\ word' = [word EXCEPT ![n].val = -Used(n), ![n].drained = TRUE]
  /\ Carry(t, IF word[n].val = 0 THEN Nothing ELSE [node |-> n, bytes |-> word[n].val])
  /\ UNCHANGED <<base, limit, direct, locked, held, pc, call, at, seen, answer>>

DrainGive(t) ==
  /\ carry[t] # Nothing /\ pc[t] \notin Stocking \cup Topping \cup Trimming
  /\ Add(Parent[carry[t].node], carry[t].bytes)
  /\ Carry(t, Nothing)
  /\ UNCHANGED <<base, limit, direct, locked, held, pc, call, at, seen, answer>>

-----------------------------------------------------------------------------
(* Growth under the lock.                                                  *)

\* It took its bytes from the parent, and then its budget was stocked.
LandAgain(t) ==
  /\ pc[t] = "LandDrain" /\ Drained(t)
  /\ LET n == Node(t)
     IN IF Gone(n) THEN Continue(t, "Pass", Parent[n]) /\ UNCHANGED <<word, held>>
        ELSE Add(n, -Want(t)) /\ Granted(t)
  /\ Unlock
  /\ UNCHANGED <<base, limit, direct>>

\* Linearization point of a growth, at the ancestor that has the bytes, and of a refusal:
\* all below is drained, and used only falls (T5).
Climb(t) ==
  /\ pc[t] = "Climb" /\ carry[t] = Nothing
  /\ Drained(t) \/ (~word[at[t]].drained /\ word[at[t]].val >= Want(t))
  /\ LET a == at[t]  w == word[a]  n == Node(t)  k == Want(t)
         end(step) == step /\ Unlock
     IN IF w.kind = "gone" /\ Counted THEN end(Return(t, IsClosed)) /\ UNCHANGED <<word, held>>
        ELSE IF w.kind \in {"gone", "unlimited"} THEN end(Allocate(t)) /\ UNCHANGED word
        ELSE IF ~w.drained /\ w.val >= k
          THEN /\ Add(a, -k)
               /\ IF a = n THEN end(Granted(t))
                  ELSE Continue(t, "Down", Toward(a, n)) /\ UNCHANGED <<held, locked>>
        ELSE /\ IF a = Root \/ (Counted /\ (limit[a] = Closed \/ k > limit[a] - Used(a)))
                  THEN end(Refused(t, a))
                  ELSE Continue(t, "Climb", Parent[a]) /\ UNCHANGED locked
             /\ UNCHANGED <<word, held>>
  /\ UNCHANGED <<base, limit, direct>>

\* The child at[t] is charged, and the growth has arrived or goes on below it.
Arrive(t) ==
  IF at[t] = Node(t) THEN Granted(t) /\ Unlock
  ELSE Continue(t, "Down", Toward(at[t], Node(t))) /\ UNCHANGED <<held, locked>>

LandDown(t) ==
  /\ pc[t] = "Down"
  /\ Add(at[t], -Want(t)) /\ Arrive(t)
  /\ UNCHANGED <<base, limit, direct>>

\* The budget above has plenty: one step takes a batch of it and sets its bit (T6).
StockTake(t, b) ==
  /\ pc[t] = "Down"
  /\ LET a == at[t]  p == Parent[a]
     IN /\ ~word[p].drained /\ word[p].val >= b
        /\ Want(t) + b <= limit[a] - Used(a)
        /\ word' = [word EXCEPT ![p].val = @ - b, ![p].stocked = TRUE]
        /\ Carry(t, [node |-> a, bytes |-> b])
  /\ Go(t, "StockBase")
  /\ UNCHANGED <<base, limit, direct, locked, held, call, at, seen, answer>>

StockBase(t) ==
  /\ pc[t] = "StockBase"
  /\ LET a == at[t]
     IN /\ Fresh(a)
        /\ base' = [base EXCEPT ![a][Next2(word[a].gen) % 2] = Used(a) + Want(t) + carry[t].bytes]
        /\ See(t, [Unseen EXCEPT !.val = word[a].val])
  /\ Go(t, "StockWord")
  /\ UNCHANGED <<word, limit, direct, locked, held, call, at, carry, answer>>

\* A release may have moved the drained word: then the base is stored again.
StockWord(t) ==
  /\ pc[t] = "StockWord"
  /\ LET a == at[t]
     IN IF word[a].val # seen[t].val
          THEN Go(t, "StockBase") /\ See(t, Unseen)
               /\ UNCHANGED <<word, held, locked, call, at, carry, answer>>
          ELSE /\ word' = [word EXCEPT ![a].val = carry[t].bytes, ![a].gen = Next2(@),
                                       ![a].drained = FALSE]
               /\ Arrive(t)
  /\ UNCHANGED <<base, limit, direct>>

\* Before the growth climbs, a stocked child on its path is topped up by its parent, which
\* has plenty: nothing below it need be drained (T11).
TopTake(t, a, b) ==
  /\ pc[t] = "Climb" /\ at[t] = Node(t) /\ carry[t] = Nothing
  /\ ~word[a].drained /\ word[a].kind = "counted"
  /\ word[Parent[a]].val >= b /\ Base(a) + b <= limit[a]
  /\ Add(Parent[a], -b) /\ Carry(t, [node |-> a, bytes |-> b]) /\ Go(t, "TopBase")
  /\ UNCHANGED <<base, limit, direct, locked, held, call, at, seen, answer>>

TopBase(t) ==
  /\ pc[t] = "TopBase"
  /\ LET a == carry[t].node
     IN /\ Fresh(a)
        /\ base' = [base EXCEPT ![a][Next2(word[a].gen) % 2] = Base(a) + carry[t].bytes]
  /\ Go(t, "TopWord")
  /\ UNCHANGED <<word, limit, direct, locked, held, locals>>

TopWord(t) ==
  /\ pc[t] = "TopWord"
  /\ LET a == carry[t].node
     IN word' = [word EXCEPT ![a].val = @ + carry[t].bytes, ![a].gen = Next2(@)]
  /\ Go(t, "Climb") /\ Carry(t, Nothing)
  /\ UNCHANGED <<base, limit, direct, locked, held, call, at, seen, answer>>

-----------------------------------------------------------------------------
(* Release, and rollback.                                                  *)

\* How a call that has passed its bytes is answered.
Passed(t) == CASE Op(t) = "Reserve" -> IsClosed
               [] Op(t) = "Leave"   -> Kept(Want(t))
               [] OTHER             -> Ok
\* The bytes have joined the slack of n.  If that is above its cap, t looks for the lock.
Join(t, n) ==
  \/ Return(t, Passed(t))
  \/ /\ Trims /\ n # Root
     /\ Go(t, "Over") /\ At(t, n) /\ See(t, Unseen)
     /\ answer' = [answer EXCEPT ![t] = Passed(t)]
     /\ UNCHANGED <<call, carry>>

\* More than is held: reported, if the tree is counted.
Caught(t) == Return(t, IF Free THEN Ok ELSE OverRelease)

\* Linearization point of a release at an inner budget (T9) or at a drained one (T3), and
\* of an over-release there.
ReleaseLoad(t) ==
  /\ pc[t] = "Release"
  /\ LET n == Node(t)  w == word[n]  k == Want(t)
     IN IF w.kind # "counted" THEN Return(t, Ok) /\ UNCHANGED <<word, direct>>
        ELSE IF w.inner
          THEN /\ UNCHANGED word
               /\ IF direct[n] < k THEN Caught(t) /\ UNCHANGED direct
                  ELSE direct' = [direct EXCEPT ![n] = @ - k] /\ Continue(t, "Pass", n)
        ELSE IF w.drained
          THEN /\ UNCHANGED direct
               /\ IF Used(n) < k THEN Caught(t) /\ UNCHANGED word
                  ELSE Add(n, k) /\ Continue(t, "Pass", Parent[n])
        ELSE /\ See(t, [Unseen EXCEPT !.val = w.val, !.gen = w.gen]) /\ Go(t, "ReleaseBase")
             /\ UNCHANGED <<word, direct, call, at, carry, answer>>
  /\ UNCHANGED <<base, limit, locked, held>>

ReleaseBase(t) ==
  /\ pc[t] = "ReleaseBase"
  /\ Go(t, IF Want(t) > base[Node(t)][seen[t].gen % 2] - seen[t].val THEN "Doubt" ELSE "ReleaseCAS")
  /\ UNCHANGED <<tree, locked, held, locals>>

\* Linearization point of a release at a stocked leaf: at all its ancestors too.
ReleaseCAS(t) ==
  /\ pc[t] = "ReleaseCAS"
  /\ IF Same(t, Node(t)) THEN Add(Node(t), Want(t)) /\ Join(t, Node(t))
     ELSE Continue(t, "Release", Root) /\ UNCHANGED word
  /\ UNCHANGED <<base, limit, direct, locked, held>>

\* Only a word that is still there is worth the lock (T8).
Doubt(t) ==
  /\ pc[t] = "Doubt"
  /\ Continue(t, IF Same(t, Node(t)) THEN "Confirm" ELSE "Release", Root)
  /\ UNCHANGED <<tree, locked, held>>

\* Linearization point of an over-release at a stocked leaf.
Confirmed(t) ==
  /\ pc[t] = "Confirmed"
  /\ LET w == word[Node(t)]
     IN IF w.kind = "counted" /\ ~w.inner /\ Want(t) > Used(Node(t))
          THEN Caught(t) ELSE Continue(t, "Release", Root)
  /\ Unlock
  /\ UNCHANGED <<tree, held>>

\* Slack above the cap goes back to the parent, and so on upwards, unless someone has the
\* lock (T11).
Over(t) ==
  /\ pc[t] = "Over"
  /\ IF locked THEN Return(t, answer[t]) /\ UNCHANGED locked
     ELSE locked' = TRUE /\ Go(t, "TrimBase") /\ UNCHANGED locals
  /\ UNCHANGED <<tree, held>>

TrimBase(t, b) ==
  /\ pc[t] = "TrimBase"
  /\ LET a == at[t]
     IN /\ a # Root /\ ~word[a].drained /\ word[a].val >= b
        /\ Fresh(a)
        /\ base' = [base EXCEPT ![a][Next2(word[a].gen) % 2] = Base(a) - b]
        /\ See(t, [Unseen EXCEPT !.val = word[a].val, !.bytes = b])
  /\ Go(t, "TrimWord")
  /\ UNCHANGED <<word, limit, direct, locked, held, call, at, carry, answer>>

TrimWord(t) ==
  /\ pc[t] = "TrimWord"
  /\ LET a == at[t]  b == seen[t].bytes
     IN IF word[a].val # seen[t].val THEN Go(t, "TrimBase") /\ UNCHANGED <<word, carry>>
        ELSE /\ word' = [word EXCEPT ![a].val = @ - b, ![a].gen = Next2(@)]
             /\ Carry(t, [node |-> a, bytes |-> b]) /\ Go(t, "TrimGive")
  /\ See(t, Unseen)
  /\ UNCHANGED <<base, limit, direct, locked, held, call, at, answer>>

TrimGive(t) ==
  /\ pc[t] = "TrimGive"
  /\ Add(Parent[at[t]], carry[t].bytes)
  /\ Go(t, "TrimBase") /\ At(t, Parent[at[t]]) /\ Carry(t, Nothing)
  /\ UNCHANGED <<base, limit, direct, locked, held, call, seen, answer>>

TrimEnd(t) ==
  /\ pc[t] = "TrimBase"
  /\ Return(t, answer[t]) /\ Unlock
  /\ UNCHANGED <<tree, held>>

\* The bytes go up, as far as there is no slack to join (T3).
Pass(t) ==
  /\ pc[t] = "Pass"
  /\ LET a == at[t]
     IN IF word[a].kind # "counted" THEN Return(t, Passed(t)) /\ UNCHANGED word
        ELSE /\ Add(a, Want(t))
             /\ IF word[a].drained THEN Continue(t, "Pass", Parent[a]) ELSE Join(t, a)
  /\ UNCHANGED <<base, limit, direct, locked, held>>

-----------------------------------------------------------------------------
(* SetLimit, Close, EndBoot, with all below drained.                       *)

IsShut(n) == Gone(n) \/ LimitOf(n) = Closed
\* How a call that sets a limit is answered.
Done(t) == Return(t, IF Op(t) = "Close" THEN Kept(IF Counted THEN Used(Node(t)) ELSE 0) ELSE Ok)

\* What is closed stays so, and what is not counted has no limit.
SetNothing(t) ==
  /\ pc[t] = "SetDrain" /\ Drained(t)
  /\ IF IsShut(Node(t)) \/ (Op(t) = "EndBoot" /\ Base(Root) # CountBase)
       THEN IF Op(t) = "SetLimit" THEN Return(t, IsClosed) ELSE Done(t)
       ELSE ~Counted /\ IF Op(t) = "SetLimit" THEN Return(t, TooLate) ELSE Done(t)
  /\ Unlock
  /\ UNCHANGED <<tree, held>>

Setting(t) == pc[t] = "SetDrain" /\ Drained(t) /\ ~IsShut(Node(t)) /\ Counted

SetBase(t) ==
  /\ Setting(t) /\ Op(t) # "EndBoot" /\ Node(t) = Root
  /\ Fresh(Root)
  /\ base' = [base EXCEPT ![Root][Next2(word[Root].gen) % 2] =
                IF Want(t) = NoLimit THEN CountBase ELSE Want(t)]
  /\ Go(t, "SetWord")
  /\ UNCHANGED <<word, limit, direct, locked, held, locals>>

\* Linearization point of SetLimit and Close of the root.
SetWord(t) ==
  /\ pc[t] = "SetWord"
  /\ LET g == Next2(word[Root].gen)
     IN word' = [word EXCEPT ![Root].val = @ + (base[Root][g % 2] - Base(Root)), ![Root].gen = g]
  /\ Done(t) /\ Unlock
  /\ UNCHANGED <<base, limit, direct, held>>

\* Linearization point of SetLimit and Close of a child.
SetNode(t) ==
  /\ Setting(t) /\ Node(t) # Root
  /\ Fresh(Node(t))
  /\ limit' = [limit EXCEPT ![Node(t)] = Want(t)]
  /\ word' = [word EXCEPT ![Node(t)].gen = Next2(@)]
  /\ Done(t) /\ Unlock
  /\ UNCHANGED <<base, direct, held>>

\* Linearization point of EndBoot.
EndBootWord(t) ==
  /\ Setting(t) /\ Op(t) = "EndBoot" /\ Base(Root) = CountBase
  /\ word' = [word EXCEPT ![Root].kind = "unlimited", ![Root].val = 0]
  /\ Done(t) /\ Unlock
  /\ UNCHANGED <<base, limit, direct, held>>

-----------------------------------------------------------------------------
(* Leave, the first child, readings.                                       *)

\* Linearization point of Leave, at the budget itself.
LeaveWord(t) ==
  /\ pc[t] = "LeaveDrain" /\ Drained(t)
  /\ LET n == Node(t)
     IN IF Gone(n) \/ ~Counted
          THEN Return(t, Kept(0)) /\ UNCHANGED word
          ELSE /\ word' = [word EXCEPT ![n].kind = "gone", ![n].val = 0]
               /\ IF n = Root THEN Return(t, Kept(Used(n)))
                  ELSE /\ call' = [call EXCEPT ![t].want = Used(n)]
                       /\ Go(t, "Pass") /\ At(t, Parent[n])
                       /\ UNCHANGED <<seen, carry, answer>>
  /\ Unlock
  /\ UNCHANGED <<base, limit, direct, held>>

\* All that is held at a budget without children is held at itself (T9).
OpenCount(t) ==
  /\ pc[t] = "OpenDrain" /\ Drained(t)
  /\ LET n == Node(t)
     IN IF word[n].kind # "counted" \/ word[n].inner THEN Return(t, Ok) /\ Unlock /\ UNCHANGED direct
        ELSE /\ direct' = [direct EXCEPT ![n] = Used(n)]
             /\ See(t, [Unseen EXCEPT !.val = word[n].val])
             /\ Go(t, "OpenWord")
             /\ UNCHANGED <<locked, call, at, carry, answer>>
  /\ UNCHANGED <<word, base, limit, held>>

\* A word that has moved is counted again.
OpenWord(t) ==
  /\ pc[t] = "OpenWord"
  /\ IF word[Node(t)].val = seen[t].val
       THEN word' = [word EXCEPT ![Node(t)].inner = TRUE] /\ Return(t, Ok) /\ Unlock
       ELSE Continue(t, "OpenDrain", Root) /\ UNCHANGED <<word, locked>>
  /\ UNCHANGED <<base, limit, direct, held>>

Limit(n) == IF n # Root THEN limit[n]
            ELSE IF Base(n) = CountBase THEN NoLimit ELSE Base(n)
Mode(n)  == IF ~Counted THEN "Unlimited" ELSE IF Limit(n) = NoLimit THEN "Counting" ELSE "Enforcing"
Reading(n, used) ==
  <<"read", Mode(n), IF ~Counted THEN NoLimit ELSE IF Limit(n) = Closed THEN 0 ELSE Limit(n),
    IF Counted THEN used ELSE 0>>

\* Linearization point of Exact.
ReadWord(t) ==
  /\ pc[t] = "ReadDrain" /\ Drained(t)
  /\ Return(t, Reading(Node(t), Used(Node(t)))) /\ Unlock
  /\ UNCHANGED <<tree, held>>

\* A cheap reading of n: of the root with its limit.
Look(n, used) == IF n = Root THEN Reading(n, used) ELSE <<"read", IF Counted THEN used ELSE 0>>

StatsLoad(t) ==
  /\ pc[t] = "Stats"
  /\ LET n == Node(t)  w == word[n]
     IN IF w.kind # "counted" \/ w.drained \/ ~Counted THEN Return(t, Look(n, Used(n)))
        ELSE /\ See(t, [Unseen EXCEPT !.gen = w.gen]) /\ Go(t, "StatsBase")
             /\ UNCHANGED <<call, at, carry, answer>>
  /\ UNCHANGED <<tree, locked, held>>

StatsBase(t) ==
  /\ pc[t] = "StatsBase"
  /\ See(t, [seen[t] EXCEPT !.bytes = base[Node(t)][seen[t].gen % 2]])
  /\ Go(t, "StatsWord")
  /\ UNCHANGED <<tree, locked, held, call, at, carry, answer>>

\* Linearization point of Stats: the base is that of the word.
StatsWord(t) ==
  /\ pc[t] = "StatsWord"
  /\ LET n == Node(t)  w == word[n]
     IN IF w.kind = "counted" /\ ~w.drained /\ w.gen = seen[t].gen
          THEN Return(t, Look(n, seen[t].bytes - w.val))
          ELSE Continue(t, "Stats", Root)
  /\ UNCHANGED <<tree, locked, held>>

-----------------------------------------------------------------------------
(* Move: all below the common ancestor is drained on both sides.           *)

\* It fails, or need not be counted; the bytes are held at n.
MoveEnds(t, n, a) ==
  /\ Return(t, a) /\ Unlock
  /\ held' = [held EXCEPT ![n] = @ + Want(t)]

MoveBegin(t) ==
  /\ pc[t] = "MoveDrain" /\ Drained(t)
  /\ LET b == Node(t)  to == call[t].to
     IN IF ~Counted THEN MoveEnds(t, to, Ok)
        ELSE IF \E m \in Side(b, to) \cup Side(to, b) \cup {b, to} : Gone(m) THEN MoveEnds(t, b, IsClosed)
        ELSE Continue(t, "MoveCheck", to) /\ UNCHANGED <<held, locked>>
  /\ UNCHANGED tree

MoveCheck(t) ==
  /\ pc[t] = "MoveCheck" /\ at[t] \in Side(call[t].to, Node(t))
  /\ LET a == at[t]
     IN IF limit[a] = Closed THEN MoveEnds(t, Node(t), IsClosed)
        ELSE IF Want(t) > limit[a] - Used(a) THEN MoveEnds(t, Node(t), OverLimit)
        ELSE Continue(t, "MoveCheck", Parent[a]) /\ UNCHANGED <<held, locked>>
  /\ UNCHANGED tree

\* The bytes have gone at all nodes of b's side below n.
MoveOn(t, n) ==
  LET to == call[t].to
  IN IF n \in Side(Node(t), to) THEN Continue(t, "MoveUp", n)
     ELSE IF Side(to, Node(t)) = {} THEN Continue(t, "MoveDirect", to)
     ELSE Continue(t, "MoveDown", Toward(n, to))

\* Linearization point of Move, and of an over-release.
MoveOut(t) ==
  /\ pc[t] = "MoveCheck" /\ at[t] \notin Side(call[t].to, Node(t))
  /\ LET b == Node(t)  k == Want(t)
     IN IF (IF word[b].inner THEN direct[b] ELSE Used(b)) < k
          THEN MoveEnds(t, b, OverRelease) /\ UNCHANGED <<word, direct>>
        ELSE IF word[b].inner
          THEN /\ direct' = [direct EXCEPT ![b] = @ - k] /\ MoveOn(t, b)
               /\ UNCHANGED <<word, held, locked>>
          ELSE /\ Add(b, k) /\ MoveOn(t, Parent[b])
               /\ UNCHANGED <<direct, held, locked>>
  /\ UNCHANGED <<base, limit>>

MoveUp(t) ==
  /\ pc[t] = "MoveUp"
  /\ Add(at[t], Want(t)) /\ MoveOn(t, Parent[at[t]])
  /\ UNCHANGED <<base, limit, direct, held, locked>>

MoveDown(t) ==
  /\ pc[t] = "MoveDown"
  /\ Add(at[t], -Want(t))
  /\ LET a == at[t]  to == call[t].to
     IN IF a # to THEN Continue(t, "MoveDown", Toward(a, to)) /\ UNCHANGED <<held, locked>>
        ELSE IF word[to].inner THEN Continue(t, "MoveDirect", to) /\ UNCHANGED <<held, locked>>
        ELSE MoveEnds(t, to, Ok)
  /\ UNCHANGED <<base, limit, direct>>

MoveDirect(t) ==
  /\ pc[t] = "MoveDirect"
  /\ direct' = [direct EXCEPT ![call[t].to] = @ + Want(t)]
  /\ MoveEnds(t, call[t].to, Ok)
  /\ UNCHANGED <<word, base, limit>>

-----------------------------------------------------------------------------

Calls(t) ==
  \/ t \in Workers /\ \E n \in Callers, k \in Sizes : Reserve(t, n, k) \/ Release(t, n, k)
  \/ t \in Managers /\
     \/ \E n \in Settable, k \in Limits : Manage(t, "SetLimit", n, k, "SetLock")
     \/ \E n \in Closable : Manage(t, "Close", n, Closed, "SetLock")
     \/ Boots /\ Manage(t, "EndBoot", Root, 0, "SetLock")
     \/ \E n \in Leavable : Manage(t, "Leave", n, 0, "LeaveLock")
     \/ \E n \in Openable : Manage(t, "Open", n, 0, "OpenLock")
     \/ \E n \in Exacts   : Manage(t, "Exact", n, 0, "ReadLock")
     \/ \E n \in Cheaps   : Manage(t, "Stats", n, 0, "Stats")
     \/ \E b, to \in Nodes : <<b, to>> \in Moves /\ \E k \in Sizes : Move(t, b, to, k)

Locking(t) ==
  \/ Lock(t, "Lock", "Climb") \/ Lock(t, "LandLock", "LandDrain") \/ Lock(t, "Confirm", "Confirmed")
  \/ Lock(t, "SetLock", "SetDrain") \/ Lock(t, "LeaveLock", "LeaveDrain")
  \/ Lock(t, "OpenLock", "OpenDrain") \/ Lock(t, "MoveLock", "MoveDrain")
  \/ Lock(t, "ReadLock", "ReadDrain")

Step(t) ==
  \/ Locking(t)
  \/ ReserveTake(t) \/ TryStock(t) \/ Take(t) \/ Land(t) \/ Direct(t) \/ Refuse(t)
  \/ \E ok \in Ends : Backend(t, ok)
  \/ (\E n \in Nodes : DrainBit(t, n) \/ DrainSwap(t, n))
  \/ DrainGive(t)
  \/ LandAgain(t) \/ Climb(t) \/ LandDown(t)
  \/ (\E b \in Batches : StockTake(t, b) \/ TrimBase(t, b)
                          \/ \E a \in Path[Node(t)] \ {Root} : TopTake(t, a, b))
  \/ StockBase(t) \/ StockWord(t) \/ TopBase(t) \/ TopWord(t)
  \/ ReleaseLoad(t) \/ ReleaseBase(t) \/ ReleaseCAS(t) \/ Doubt(t) \/ Confirmed(t)
  \/ Over(t) \/ TrimWord(t) \/ TrimGive(t) \/ TrimEnd(t) \/ Pass(t)
  \/ SetNothing(t) \/ SetBase(t) \/ SetWord(t) \/ SetNode(t) \/ EndBootWord(t)
  \/ LeaveWord(t) \/ OpenCount(t) \/ OpenWord(t)
  \/ ReadWord(t) \/ StatsLoad(t) \/ StatsBase(t) \/ StatsWord(t)
  \/ MoveBegin(t) \/ MoveCheck(t) \/ MoveOut(t) \/ MoveUp(t) \/ MoveDown(t) \/ MoveDirect(t)

Next == \E t \in Threads : Calls(t) \/ Step(t)
Spec == Init /\ [][Next]_vars
Runs(t) == WF_vars(Calls(t) \/ Step(t))

-----------------------------------------------------------------------------
(* The promises.                                                           *)

\* t's growth is charged in this step, or refused in it.
Grants(t)  == Decides(t) /\ ~Decides(t)' /\ answer'[t] = Ok
Refuses(t) == Decides(t) /\ answer'[t] # Ok /\ answer[t] = Ok
\* A growth at a child without a limit that asked before the child was closed.
Early(t, n) == pc[t] = "Take" /\ n = Node(t) /\ (limit[n] = Closed \/ Gone(n))

\* A grant leaves each counter on the path within the limit in force.
NeverOverLimit ==
  [][\A t \in Threads : Grants(t) /\ Counted' =>
       \A n \in Path[Node(t)] : Early(t, n) \/ Counter(n)' <= LimitOf(n)']_vars

\* So does each step that charges, whoever takes it.
StrictLimit ==
  [][Counted /\ Counted' => \A n \in Nodes : Counter(n)' > Counter(n) =>
       Counter(n)' <= LimitOf(n)' \/ \E t \in Threads : Early(t, n)]_vars

\* A limit changes in the step that answers who asked for it, to what was asked for.
SetterObeyed ==
  [][/\ \A t \in Threads, n \in Nodes :
          Op(t) = "SetLimit" /\ n = Node(t) /\ pc'[t] = "Idle" /\ answer'[t] = Ok => Limit(n)' = Want(t)
     /\ \A n \in Nodes : Limit(n)' # Limit(n) => \E t \in Threads :
          Node(t) = n /\ pc'[t] = "Idle" /\ Op(t) \in {"SetLimit", "Close", "Leave"}]_vars

\* A request is refused only if, at that instant, it does not fit, or a level is closed.
\* Bytes of a request that will itself be refused do not count.
NoFalseRefusal ==
  [][\A t \in Threads : Refuses(t) =>
       IF answer'[t] = IsClosed THEN \E n \in Path[Node(t)] : Gone(n) \/ Limit(n) = Closed
       ELSE answer'[t] = OverLimit /\ \E n \in Path[Node(t)] : Want(t) > LimitOf(n) - Counter(n)]_vars

\* Only growths and moves are refused.
ShrinkNeverRefused ==
  [][\A t \in Threads : answer'[t] \in {OverLimit, IsClosed} /\ answer[t] = Ok =>
       Op(t) \in {"Reserve", "Move", "SetLimit"}]_vars

\* A counter changes only by a grant, a release, a move, or with the mode.
ExactSteps ==
  [][Counted /\ Counted' => \A n \in Nodes :
       \/ word' = word \/ Counter(n)' = Counter(n)
       \/ Gone(n)'
       \/ \E t \in Threads :
            \/ Grants(t) /\ n \in Path[Node(t)] /\ Counter(n)' = Counter(n) + Want(t)
            \/ /\ Op(t) \in {"Release", "Rollback"} /\ pc[t] \in {"Release", "ReleaseCAS", "Pass"}
               /\ Counter(n)' = Counter(n) - Want(t)
            \/ Op(t) \in {"Leave", "Reserve"} /\ pc[t] = "Pass" /\ Counter(n)' = Counter(n) - Want(t)
            \/ Op(t) = "Move" /\ Counter(n)' \in {Counter(n) + Want(t), Counter(n) - Want(t)}]_vars

\* Bytes held at n, and those of calls in flight there.
Holds(t, n) ==
  \/ Node(t) = n /\ Op(t) \in {"Release", "Rollback"} /\ pc[t] \notin {"Pass", "Over"} \cup Trimming
  \/ Node(t) = n /\ Op(t) = "Reserve" /\ pc[t] \in {"Direct", "Backend"}
  \/ Node(t) = n /\ Op(t) = "Move" /\ pc[t] \notin Moving
Owned(n) == LET F(t) == IF Holds(t, n) THEN Want(t) ELSE 0 IN held[n] + Sum(F, Threads)
\* Bytes charged at n, and neither held at it nor taken by its children.
OnTheWay(n) ==
  LET F(t) == (IF pc[t] = "Pass" /\ at[t] = n THEN Want(t) ELSE 0)
            + (IF carry[t].node \in Kids[n] THEN carry[t].bytes ELSE 0)
            + (IF pc[t] \in Landing /\ Node(t) \in Kids[n] THEN Want(t) ELSE 0)
            + (IF pc[t] \in Stocking \cup {"MoveDown"} /\ at[t] \in Kids[n] THEN Want(t) ELSE 0)
            + (IF pc[t] \in {"MoveUp", "MoveDirect"} /\ at[t] = n THEN Want(t) ELSE 0)
  IN Sum(F, Threads)

\* Each word is the bytes held at its budget, those taken by its children, and those on
\* their way: no byte is lost or made.  (What has left is the caller's affair.)
ExactAt(n) == Used(n) = Owned(n) + Sum(Taken, Kids[n]) + OnTheWay(n)
Exact == Misuse = {} /\ Counted => \A n \in Nodes : Gone(n) \/ ExactAt(n)

\* Bytes that exist are charged, at each level that has not left.
Live(n) == LET F(t) == IF Op(t) = "Move" /\ n = (IF pc[t] \in Moving THEN call[t].to ELSE Node(t))
                         THEN Want(t) ELSE 0
           IN held[n] + Sum(F, Threads)
LiveWithinCharge ==
  Misuse = {} /\ Counted => \A n \in Nodes : Gone(n) \/
    Sum(Live, { m \in Below[n] \cup {n} : \A k \in Side(m, n) : ~Gone(k) }) <= Counter(n)

\* A release or move is reported if it is of more than is known to be held, and changes
\* nothing then; no other is.
OverReleaseCaught ==
  [][\A t \in Threads :
       /\ answer'[t] = OverRelease /\ answer[t] = Ok =>
            ~Free /\ Want(t) > Known(Node(t)) /\ UNCHANGED tree
       /\ Op(t) \in {"Release", "Rollback"} /\ pc[t] \in {"Release", "ReleaseCAS"} /\ tree' # tree
          /\ pc'[t] \in {"Pass", "Idle"} /\ ~Free => Want(t) <= Own(Node(t))]_vars
\* No other is suspected: a release that is right does not wait for the lock.
NoFalseAlarm == Misuse = {} => \A t \in Threads : answer[t] # OverRelease /\ pc[t] # "Confirm"

\* No word leaves its band: no size wraps the arithmetic.
WrapSafe == \A n \in Nodes : word[n].val \in -(CountBase + 1)..CountBase

\* Which calls wait for the lock.
Waits(t)   == pc[t] \in {"Lock", "LandLock", "Confirm", "SetLock", "LeaveLock", "OpenLock",
                         "MoveLock", "ReadLock"}
HasLock(t) == pc[t] \in Stocking \cup Topping \cup Trimming \cup Moving \cup {"Climb", "LandDrain", "Confirmed",
                "SetDrain", "SetWord", "LeaveDrain", "OpenDrain", "OpenWord", "ReadDrain",
                "MoveDrain", "MoveCheck"}
OneHolder  == Cardinality({ t \in Threads : HasLock(t) }) = IF locked THEN 1 ELSE 0

\* A growth waits only if its own word has too little, and its parent's too or may not be
\* asked, and not where the root's word alone decides; a release only if it is of too much.
WaitsWhenShort ==
  [][\A t \in Threads : ~Waits(t) /\ Waits(t)' =>
       LET n == Node(t)  w == word[n]  p == word[Parent[n]]
           short(a) == word[a].val < Want(t) /\ (a = Root => word[a].stocked)
       IN CASE pc'[t] = "Lock" ->
                 IF pc[t] = "Take" THEN p.drained \/ short(Parent[n])
                 ELSE IF w.drained THEN n \in Limited \/ limit[n] # NoLimit ELSE short(n)
            [] pc'[t] = "LandLock" -> ~w.drained
            [] pc'[t] = "Confirm"  -> ~w.drained /\ ~w.inner
            [] OTHER -> pc[t] = "Idle"]_vars

\* Lock-freedom: some call always completes, although any one thread may stop for ever at
\* any step; unless it stops with the lock, and all others wait for that.
Completes(t) == pc[t] # "Idle" /\ pc'[t] = "Idle"
LockFree ==
  \A s \in Threads :
    (\A t \in Threads \ {s} : Runs(t)) =>
      \/ []<><<\E t \in Threads : Completes(t)>>_vars
      \/ <>[](HasLock(s) /\ \A t \in Threads \ {s} : Waits(t))

-----------------------------------------------------------------------------
(* It refines Budget.                                                      *)

AskOf(t) ==
  LET n == Node(t)
      a(op, m, k, end) == [op |-> op, node |-> n, at |-> m, to |-> call[t].to, n |-> k, end |-> end]
      none == [op |-> "none", node |-> Root, at |-> Root, to |-> Root, n |-> 0, end |-> Ok]
  IN CASE Op(t) \in {"none", "Open"} \/ pc[t] \in {"Backend", "Over"} \cup Trimming -> none
       [] Decides(t) -> a(IF Early(t, n) THEN "Early" ELSE "Reserve", n, Want(t), Ok)
       [] Op(t) = "Reserve" /\ pc[t] = "Pass" -> a("Passing", at[t], Want(t), IsClosed)
       [] Op(t) = "Reserve" /\ pc[t] \in Landing /\ Gone(n) -> a("Passing", Parent[n], Want(t), IsClosed)
       [] Op(t) = "Reserve" -> a("Granted", n, Want(t), Ok)
       [] Op(t) \in {"Release", "Rollback"} ->
            IF pc[t] = "Pass" THEN a("Passing", at[t], Want(t), Ok) ELSE a("Release", n, Want(t), Ok)
       [] Op(t) = "Leave" /\ pc[t] = "Pass" -> a("Passing", at[t], Want(t), Kept(Want(t)))
       [] Op(t) = "Move" /\ pc[t] \in Moving ->
            a("Moving", IF pc[t] = "MoveUp" THEN at[t] ELSE Common(n, call[t].to), Want(t), Ok)
       [] OTHER -> a(Op(t), n, IF Op(t) \in {"SetLimit", "Move"} THEN Want(t) ELSE 0, Ok)

Abstract == INSTANCE Budget WITH
  Numbers <- Sizes \cup Limits,
  limit   <- [n \in Nodes |-> Limit(n)],
  counter <- [n \in Nodes |-> Counter(n)],
  own     <- [n \in Nodes |-> Own(n)],
  gone    <- [n \in Nodes |-> Gone(n)],
  counted <- Counted,
  ask     <- [t \in Threads |-> AskOf(t)]

\* Abstract!Spec, with the step of Budget that TLC need look for: of the thread that moves.
Asks(t) == LET a == AskOf(t)' IN Abstract!Ask(t, a.op, a.node, a.to, a.n)
Refined(t) ==
  /\ pc'[t] # pc[t] \/ at'[t] # at[t]
  /\ IF pc[t] \in {"Idle", "Backend"} THEN Asks(t) \/ Abstract!Dismiss(t) ELSE Abstract!Answers(t)
Refines == Abstract!Init /\ [][UNCHANGED Abstract!vars \/ \E t \in Threads : Refined(t)]_vars

THEOREM Misuse = {} => (Spec => [](Exact /\ LiveWithinCharge /\ NoFalseAlarm))
THEOREM Spec => /\ Refines /\ [](WrapSafe /\ OneHolder)
                /\ NeverOverLimit /\ StrictLimit /\ SetterObeyed /\ NoFalseRefusal
                /\ ShrinkNeverRefused /\ ExactSteps /\ OverReleaseCaught /\ WaitsWhenShort
                /\ LockFree

-----------------------------------------------------------------------------
(* Does not hold: no growth waits for the lock.                            *)

NoWaiting == \A t \in Threads : pc[t] # "Lock"
=============================================================================
