------------------------------- MODULE Budget -------------------------------
(***************************************************************************)
(* What a tree of budgets is, as if every operation were a single step or  *)
(* one step a level.  A root alone is a single budget.                     *)
(*                                                                         *)
(* Each budget has a limit, and a counter of the bytes that are held at it *)
(* and below it.  Each child is made with a limit of its own, which may be *)
(* changed (Limited), or never has one.                                    *)
(*                                                                         *)
(* A thread asks, and is answered in a later step: an implementation that  *)
(* refines this module may take effect at any instant between the call and *)
(* its return, and at no other.  What a call was asked, and what it was    *)
(* answered, are state.  So it also must give the same answers.            *)
(*                                                                         *)
(*   Reserve n   one step along the whole path: n bytes are charged at     *)
(*               each level if they fit at each, else at none.  Refusals   *)
(*               are as exact as grants                                    *)
(*   Release n   takes them back, bottom up, in one step or in several,    *)
(*               each over some levels.  More than is held at the budget   *)
(*               itself is reported, and nothing changes.  Any thread may  *)
(*               release what another one reserved there                   *)
(*   Move n      bytes held at one budget are held at another one.  What   *)
(*               is above both does not change.  Only limits below that    *)
(*               refuse                                                    *)
(*   SetLimit n  puts a limit in force, which may be below the counter, or *)
(*               takes it away (NoLimit).  Nothing is taken back           *)
(*   Close       no growth is granted any more at the budget or below.     *)
(*               What is held stays charged.  A growth at a child without  *)
(*               a limit that was asked for before may still be granted    *)
(*   Leave       what is held at the budget or below goes back.  Later     *)
(*               releases there do nothing                                 *)
(*   EndBoot     ends the accounting if the root has no limit              *)
(*   Exact       reads mode, limit and counter                             *)
(*   Stats       reads an upper bound of the counter; of the root, mode    *)
(*               and limit at the same instant                             *)
(*                                                                         *)
(* Two things are charged and not yet known to any caller: a growth that   *)
(* was granted and has not returned ("Granted"), and bytes that are moved  *)
(* until the call returns ("Moving").  A release that would need them may  *)
(* be reported, and a reading may leave them out.                          *)
(*                                                                         *)
(* What is not counted is not refused: after EndBoot of a root without a    *)
(* limit each growth is granted, and no limit is set or closed any more.   *)
(*                                                                         *)
(* There is no operation "resize".  A growth whose backing allocation      *)
(* fails is a Reserve and, later, a Release.  The doomed bytes are charged *)
(* in between, and others are rightly refused because of them.             *)
(***************************************************************************)
EXTENDS Tree, Sequences

CONSTANTS
  Limited,     \* the children that were made with a limit
  First,       \* First[n]: the limit n begins with
  Threads,     \* the threads that share the tree
  Numbers,     \* bytes: what calls may name, in range or not
  MaxSize,     \* bytes: the largest size, and the largest limit
  CountBase,   \* bytes: the limit of a root that has none
  NoLimit      \* the limit of a budget that has none

Closed == -1   \* the limit of a budget that is closed

VARIABLES
  limit,       \* limit[n]: bytes, NoLimit or Closed
  counter,     \* counter[n]: bytes charged at n
  own,         \* own[n]: those of them that are held at n itself
  gone,        \* gone[n]: n has left
  counted,     \* FALSE: the boot has ended without a limit, nothing is counted
  ask,         \* ask[t]: what t has asked for and has no answer to, or None
  answer       \* answer[t]: how t was answered last

tree == <<limit, counter, own, gone, counted>>
vars == <<tree, ask, answer>>

Max(a, b)  == IF a > b THEN a ELSE b

ASSUME /\ Limited \subseteq Nodes \ {Root}
       /\ MaxSize \in Nat /\ CountBase > MaxSize /\ NoLimit >= CountBase + MaxSize
       /\ \A n \in Nodes : First[n] \in 0..MaxSize \cup {NoLimit}
       /\ \A n \in Nodes \ (Limited \cup {Root}) : First[n] = NoLimit

\* What a thread may ask, and what becomes of it.
Calls      == {"Reserve", "Release", "Move", "SetLimit", "Close", "Leave", "EndBoot",
               "Exact", "Stats"}
Operations == Calls \cup {"Early", "Granted", "Passing", "Moving"}
\* at: the next level; to: where bytes are moved; end: the answer when all levels are done.
Asked(op, n, to, k) == [op |-> op, node |-> n, at |-> n, to |-> to, n |-> k,
                        end |-> <<"ok">>]
None == [op |-> "none", node |-> Root, at |-> Root, to |-> Root, n |-> 0, end |-> <<"ok">>]

\* The answers, named as the outcomes in Go.
Ok          == <<"ok">>
OverLimit   == <<"over limit">>
IsClosed    == <<"closed">>
OverRelease == <<"over-release">>
BadSize     == <<"bad size">>
TooLate     == <<"unlimited">>
HasNoLimit  == <<"no limit">>
Errors      == {OverLimit, IsClosed, OverRelease, BadSize, TooLate, HasNoLimit}
Kept(k)     == <<"held", k>>

LimitOf(n) == IF n = Root /\ limit[n] = NoLimit THEN CountBase ELSE limit[n]
Mode(n)    == IF ~counted THEN "Unlimited"
              ELSE IF limit[n] = NoLimit THEN "Counting" ELSE "Enforcing"
Reading(n, used) == <<"read", Mode(n), IF counted THEN Max(limit[n], 0) ELSE NoLimit, used>>

\* Bytes charged at n of which no caller knows yet, of the threads in S.
Coming(n, S) ==
  LET F(t) == IF \/ ask[t].op = "Granted" /\ n \in Path[ask[t].node]
                 \/ ask[t].op = "Moving" /\ n \in Side(ask[t].to, ask[t].node)
              THEN ask[t].n ELSE 0
  IN IF counted /\ ~gone[n] THEN Sum(F, S) ELSE 0
\* What a reading of n may show, if it may miss what is coming of threads in S.
Missing(n, S) ==
  LET coming == { t \in S : ask[t].op \in {"Granted", "Moving"} }
  IN { counter[n] - Coming(n, R) : R \in SUBSET coming } \cap Nat
\* An exact one misses only growth at a child without a limit that has its bytes from above.
Readable(n) ==
  Missing(n, { t \in Threads : /\ ask[t].op = "Granted" /\ ask[t].node = n
                               /\ n \notin Limited \cup {Root} })
\* Bytes that callers know to be held at n itself.
Known(n) ==
  LET F(t) == IF \/ ask[t].op = "Granted" /\ n = ask[t].node
                 \/ ask[t].op = "Moving" /\ n = ask[t].to
              THEN ask[t].n ELSE 0
  IN own[n] - Sum(F, Threads)

TypeOK ==
  /\ limit \in [Nodes -> 0..MaxSize \cup {NoLimit, Closed}]
  /\ counter \in [Nodes -> 0..CountBase]
  /\ own \in [Nodes -> 0..CountBase]
  /\ gone \in [Nodes -> BOOLEAN] /\ counted \in BOOLEAN
  /\ \A t \in Threads :
       /\ ask[t] = None \/ (ask[t].op \in Operations /\ ask[t].n \in Int
                            /\ {ask[t].node, ask[t].at, ask[t].to} \subseteq Nodes)
       /\ answer[t] \in Errors \cup {Ok} \/ answer[t][1] \in {"held", "read"}

Init ==
  /\ limit = First
  /\ counter = [n \in Nodes |-> 0] /\ own = [n \in Nodes |-> 0]
  /\ gone = [n \in Nodes |-> FALSE] /\ counted = TRUE
  /\ ask = [t \in Threads |-> None]
  /\ answer = [t \in Threads |-> Ok]

-----------------------------------------------------------------------------

Ask(t, op, n, to, k) ==
  /\ ask[t] = None
  /\ ask' = [ask EXCEPT ![t] = Asked(op, n, to, k)]
  /\ answer' = [answer EXCEPT ![t] = Ok]
  /\ UNCHANGED tree

\* t has seen its answer, and goes on.
Dismiss(t) ==
  /\ ask[t] = None
  /\ answer[t] # Ok
  /\ answer' = [answer EXCEPT ![t] = Ok]
  /\ UNCHANGED <<tree, ask>>

Answer(t, a) ==
  /\ ask' = [ask EXCEPT ![t] = None]
  /\ answer' = [answer EXCEPT ![t] = a]

\* t is not answered yet.
Becomes(t, a) ==
  /\ ask' = [ask EXCEPT ![t] = a]
  /\ UNCHANGED answer

\* A growth at n that took its bytes further up and finds that n has left.
GivesBack(t) == [ask[t] EXCEPT !.op = "Passing", !.at = Parent[ask[t].node], !.end = IsClosed]

Charge(levels, k) == counter' = [m \in Nodes |-> counter[m] + IF m \in levels THEN k ELSE 0]
Have(f, n, k)     == [f EXCEPT ![n] = @ + k]
Sized(t)          == ask[t].n \in 0..MaxSize

-----------------------------------------------------------------------------
(* Growth.                                                                 *)

Fits(t) == ~counted \/ \A m \in Path[ask[t].node] : ask[t].n <= LimitOf(m) - counter[m]
Shut(m) == gone[m] \/ limit[m] = Closed
Grows(t) == ask[t].op \in {"Reserve", "Early"}

\* The levels at which a growth is charged.
Open(t) == Path[ask[t].node] \ IF ask[t].op = "Early" THEN {ask[t].node} ELSE {}

Reserve(t) ==
  /\ Grows(t) /\ Sized(t)
  /\ \/ ask[t].n = 0 \/ ~counted
     \/ /\ \A m \in Open(t) : ~Shut(m)
        /\ \A m \in Path[ask[t].node] :
             ~Shut(m) => ask[t].n <= LimitOf(m) - counter[m]
  /\ IF gone[ask[t].node] /\ counted /\ ask[t].n > 0
       THEN /\ Charge(Open(t), ask[t].n)
            /\ UNCHANGED <<limit, own, gone, counted>>
            /\ Becomes(t, GivesBack(t))
       ELSE /\ IF counted /\ ask[t].n > 0
                 THEN /\ Charge(Path[ask[t].node], ask[t].n)
                      /\ own' = Have(own, ask[t].node, ask[t].n)
                      /\ UNCHANGED <<limit, gone, counted>>
                 ELSE UNCHANGED tree
            /\ Answer(t, Ok) \/ Becomes(t, [ask[t] EXCEPT !.op = "Granted"])

\* It has asked no further before the budget was closed or had left.
Late(t) ==
  /\ ask[t].op = "Early"
  /\ UNCHANGED tree
  /\ Becomes(t, [ask[t] EXCEPT !.op = "Reserve"])

Return(t) ==
  /\ ask[t].op = "Granted"
  /\ UNCHANGED tree
  /\ Answer(t, Ok)

Refuse(t) ==
  /\ Grows(t) /\ Sized(t) /\ ask[t].n > 0
  /\ UNCHANGED tree
  /\ \/ ~Fits(t) /\ Answer(t, OverLimit)
     \/ counted /\ (\E m \in Path[ask[t].node] : Shut(m)) /\ Answer(t, IsClosed)

-----------------------------------------------------------------------------
(* What goes back.                                                         *)

\* The levels from a upwards.  What is gone, and above it, has had them back.
Levels(a) == IF ~counted THEN {}
             ELSE { m \in Path[a] : \A k \in Path[a] : m \in Path[k] => ~gone[k] }
Rest(t)   == IF ask[t].op \in {"Move", "Moving"} THEN Levels(ask[t].at) \ Path[ask[t].to]
             ELSE Levels(ask[t].at)
Upto(t, top) == { m \in Path[ask[t].at] : top \in Path[m] }

\* t has passed its bytes at the levels up to top, and has not ended with that.
Passed(t, top, op) == [ask[t] EXCEPT !.op = op, !.at = Parent[top]]

Release(t) ==
  /\ ask[t].op = "Release" /\ ask[t].n >= 0
  /\ IF Rest(t) = {} \/ ask[t].n = 0
       THEN UNCHANGED tree /\ (Answer(t, Ok) \/ \E m \in Path[ask[t].node] :
              ~counted /\ Becomes(t, [ask[t] EXCEPT !.op = "Passing", !.at = m]))
       ELSE /\ ask[t].n <= own[ask[t].node]
            /\ own' = Have(own, ask[t].node, -ask[t].n)
            /\ UNCHANGED <<limit, gone, counted>>
            /\ \/ /\ Becomes(t, [ask[t] EXCEPT !.op = "Passing"])
                  /\ UNCHANGED counter
               \/ \E top \in Rest(t) :
                    /\ Charge(Upto(t, top), -ask[t].n)
                    /\ \/ Answer(t, Ok) /\ (top = Root \/ gone[Parent[top]])
                       \/ top # Root /\ Becomes(t, Passed(t, top, "Passing"))

Pass(t) ==
  /\ ask[t].op \in {"Passing", "Moving"}
  /\ \/ /\ Rest(t) = {} /\ UNCHANGED tree
        /\ \/ Answer(t, ask[t].end)
           \/ ~counted /\ ask[t].at # Root /\ Becomes(t, Passed(t, ask[t].at, ask[t].op))
     \/ \E top \in Rest(t) :
          /\ Charge(Upto(t, top), -ask[t].n)
          /\ UNCHANGED <<limit, own, gone, counted>>
          /\ \/ top = Root /\ Answer(t, ask[t].end)
             \/ top # Root /\ Becomes(t, Passed(t, top, ask[t].op))

Report(t) ==
  /\ ask[t].op \in {"Release", "Move"}
  /\ \/ ask[t].n < 0
     \/ counted /\ ~gone[ask[t].node] /\ ask[t].n > Known(ask[t].node)
  /\ UNCHANGED tree
  /\ Answer(t, OverRelease)

MoveClosed(b, to) ==
  \/ \E m \in Side(b, to) \cup Side(to, b) \cup {b, to} : gone[m]
  \/ \E m \in Side(to, b) : limit[m] = Closed

\* The bytes are charged where they will be in the step that decides, and go back on
\* the other side in steps.
Move(t) ==
  LET b == ask[t].node  to == ask[t].to  k == ask[t].n  side == Side(to, b)
  IN /\ ask[t].op = "Move" /\ k >= 0
     /\ IF k = 0 \/ ~counted THEN UNCHANGED tree /\ Answer(t, Ok)
        ELSE
          \/ MoveClosed(b, to) /\ UNCHANGED tree /\ Answer(t, IsClosed)
          \/ /\ \E m \in side : limit[m] # Closed /\ k > LimitOf(m) - counter[m]
             /\ UNCHANGED tree /\ Answer(t, OverLimit)
          \/ /\ ~MoveClosed(b, to) /\ k <= own[b]
             /\ \A m \in side : k <= LimitOf(m) - counter[m]
             /\ own' = Have(Have(own, b, -k), to, k)
             /\ UNCHANGED <<limit, gone, counted>>
             /\ \/ Charge(side, k) /\ Becomes(t, [ask[t] EXCEPT !.op = "Moving"])
                \/ \E top \in Rest(t) :
                     /\ counter' = [m \in Nodes |-> counter[m]
                                      + (IF m \in side THEN k ELSE 0)
                                      - (IF m \in Upto(t, top) THEN k ELSE 0)]
                     /\ Becomes(t, Passed(t, top, "Moving"))

\* Growths that have asked already may still take bytes further up.
Marked(n, S) == [s \in Threads |-> IF s \in S THEN [ask[s] EXCEPT !.op = "Early"] ELSE ask[s]]
AskedAt(n)   == { s \in Threads : ask[s].op = "Reserve" /\ ask[s].node = n }

\* What is held at n and below goes back, when no bytes are being moved.  Of a growth at
\* n that has not returned, the bytes may be on their way: it gives them back itself, and
\* is refused.
Leave(t) ==
  LET n == ask[t].node
  IN /\ ask[t].op = "Leave" /\ \A s \in Threads : ask[s].op # "Moving"
     /\ IF gone[n] \/ ~counted
          THEN UNCHANGED tree /\ Answer(t, Kept(0))
        ELSE \E S \in SUBSET { s \in Threads : ask[s].op = "Granted" /\ ask[s].node = n },
                E \in SUBSET AskedAt(n) :
          LET k    == counter[n] - Coming(n, S)
              left == [ask[t] EXCEPT !.op = "Passing", !.at = Parent[n], !.n = k, !.end = Kept(k)]
          IN /\ n = Root => S = {} /\ E = {}
             /\ Coming(n, S) <= own[n]
             /\ gone' = [gone EXCEPT ![n] = TRUE]
             /\ counter' = [counter EXCEPT ![n] = 0]
             /\ own' = [own EXCEPT ![n] = 0]
             /\ UNCHANGED <<limit, counted>>
             /\ ask' = [s \in Threads |-> IF s \in S THEN GivesBack(s)
                                          ELSE IF s # t THEN Marked(n, E)[s]
                                          ELSE IF n = Root THEN None ELSE left]
             /\ answer' = [answer EXCEPT ![t] = IF n = Root THEN Kept(k) ELSE @]

-----------------------------------------------------------------------------
(* Limits.                                                                 *)

SetLimit(t) ==
  LET n == ask[t].node
  IN /\ ask[t].op = "SetLimit"
     /\ IF ask[t].n \notin 0..MaxSize /\ ask[t].n # NoLimit THEN UNCHANGED tree /\ Answer(t, BadSize)
        ELSE IF n \notin Limited \cup {Root} THEN UNCHANGED tree /\ Answer(t, HasNoLimit)
        ELSE IF Shut(n) THEN UNCHANGED tree /\ Answer(t, IsClosed)
        ELSE IF ~counted THEN UNCHANGED tree /\ Answer(t, TooLate)
        ELSE /\ limit' = [limit EXCEPT ![n] = ask[t].n]
             /\ UNCHANGED <<counter, own, gone, counted>>
             /\ Answer(t, Ok)

Close(t) ==
  LET n == ask[t].node
  IN /\ ask[t].op = "Close"
     /\ limit' = [limit EXCEPT ![n] = IF gone[n] \/ ~counted THEN @ ELSE Closed]
     /\ UNCHANGED <<counter, own, gone, counted>>
     /\ \E k \in Readable(n), E \in SUBSET AskedAt(n) :
          /\ E # {} => counted /\ n \notin Limited \cup {Root}
          /\ ask' = [Marked(n, E) EXCEPT ![t] = None]
          /\ answer' = [answer EXCEPT ![t] = Kept(k)]

EndBoot(t) ==
  /\ ask[t].op = "EndBoot"
  /\ IF ask[t].node = Root /\ limit[Root] = NoLimit /\ ~gone[Root] /\ counted
       THEN /\ counted' = FALSE
            /\ counter' = [n \in Nodes |-> 0] /\ own' = [n \in Nodes |-> 0]
            /\ UNCHANGED <<limit, gone>>
       ELSE UNCHANGED tree
  /\ Answer(t, Ok)

Reject(t) ==
  /\ ask[t].op = "Reserve" /\ ~Sized(t)
  /\ UNCHANGED tree
  /\ Answer(t, BadSize)

-----------------------------------------------------------------------------
(* Readings.                                                               *)

Exact(t) ==
  LET n == ask[t].node
  IN /\ ask[t].op = "Exact"
     /\ UNCHANGED tree
     /\ \E k \in Readable(n) : Answer(t, Reading(n, k))

\* What a cheap reading may show: with slack below n, no more than is held or each limit
\* above allows.  The root is charged first.
Bound(n)  == LET m == CHOOSE m \in Path[n] : \A l \in Path[n] : LimitOf(m) <= LimitOf(l)
             IN LimitOf(m)
Cheap(n)  ==
  LET late == IF n = Root THEN {} ELSE Threads
  IN IF gone[n] \/ ~counted THEN {0}
     ELSE IF Kids[n] = {} THEN Missing(n, late)
     ELSE Max(0, counter[n] - Coming(n, late))..Max(counter[n], Bound(n))

Stats(t) ==
  LET n == ask[t].node
  IN /\ ask[t].op = "Stats"
     /\ UNCHANGED tree
     /\ \E used \in Cheap(n) :
          Answer(t, IF n = Root THEN Reading(n, used) ELSE <<"read", used>>)

-----------------------------------------------------------------------------

Answers(t) ==
  \/ Reserve(t) \/ Return(t) \/ Late(t) \/ Refuse(t) \/ Reject(t)
  \/ Release(t) \/ Pass(t) \/ Report(t) \/ Move(t) \/ Leave(t)
  \/ SetLimit(t) \/ Close(t) \/ EndBoot(t)
  \/ Exact(t) \/ Stats(t)

Asks(t) ==
  \E n \in Nodes :
    \/ \E op \in {"Reserve", "Release", "SetLimit"}, k \in Numbers : Ask(t, op, n, Root, k)
    \/ \E to \in Nodes, k \in Numbers : Ask(t, "Move", n, to, k)
    \/ \E op \in {"Close", "Leave", "EndBoot", "Exact", "Stats"} : Ask(t, op, n, Root, 0)

Next == \E t \in Threads : Answers(t) \/ Dismiss(t) \/ Asks(t)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* What is true of it.                                                     *)

\* t is answered in this step.
Answered(t) == ask[t] # None /\ ask'[t] = None
Gives(t, op, a) == Answered(t) /\ ask[t].op = op /\ answer'[t] = a

\* A step that charges leaves the counter within the limit in force.
NeverOverLimit ==
  [][\A n \in Nodes : counter'[n] > counter[n] =>
       \/ counter'[n] <= LimitOf(n)'
       \/ /\ limit[n] = Closed /\ n \notin Limited \cup {Root}
          /\ \E t \in Threads : ask[t].op = "Early" /\ ask[t].node = n]_vars

\* A growth is refused only if, at that instant, it does not fit at some level.
NoFalseRefusal ==
  [][\A t \in Threads :
       /\ Gives(t, "Reserve", OverLimit) =>
            /\ counted /\ UNCHANGED tree
            /\ \E m \in Path[ask[t].node] : ask[t].n > LimitOf(m) - counter[m]
       /\ Gives(t, "Move", OverLimit) =>
            /\ counted /\ UNCHANGED tree
            /\ \E m \in Side(ask[t].to, ask[t].node) : ask[t].n > LimitOf(m) - counter[m]]_vars

\* A growth is answered "closed" only if a level is.
ClosedIsClosed ==
  [][\A t \in Threads : Answered(t) /\ answer'[t] = IsClosed =>
       \E m \in Path[ask[t].node] \cup Path[ask[t].to] : Shut(m)]_vars

\* Only growths are refused: a release is done, or reported.
ShrinkNeverRefused ==
  [][\A t \in Threads : Answered(t) /\ ask[t].op = "Release" =>
       answer'[t] \in {Ok, OverRelease}]_vars

\* Each counter is the bytes held at it, those counted at its children, and those that
\* have gone back below it and not yet at it.  Bytes that are moved are counted on both
\* sides until they have.
OnTheWay(n) ==
  LET F(t) == (IF ask[t].op \in {"Passing", "Moving"} /\ n = ask[t].at /\ n \in Rest(t)
                 THEN ask[t].n ELSE 0)
            - (IF ask[t].op = "Moving" /\ Rest(t) # {}
                  /\ n = Common(ask[t].node, ask[t].to) THEN ask[t].n ELSE 0)
  IN Sum(F, Threads)
ExactAt(n) ==
  LET F(c) == IF gone[c] THEN 0 ELSE counter[c]
  IN ~gone[n] => counter[n] = own[n] + Sum(F, Kids[n]) + OnTheWay(n)
Adds == counted => \A n \in Nodes : ExactAt(n)

\* A release is reported only if more is asked for than is known to be held, and then it
\* changes nothing.  One that is not reported takes no more than is held.
OverReleaseCaught ==
  [][\A t \in Threads : ask[t].op \in {"Release", "Move"} /\ ask'[t] # ask[t] =>
       /\ answer'[t] = OverRelease => UNCHANGED tree /\ (ask[t].n < 0 \/ ask[t].n > Known(ask[t].node))
       /\ answer'[t] = Ok /\ counted /\ ~gone[ask[t].node] /\ ask[t].n # 0 =>
            /\ ask[t].n <= own[ask[t].node]
            /\ ask[t].op = "Release" => own' = Have(own, ask[t].node, -ask[t].n)]_vars

\* A limit changes in the step that answers who asked for it, to what was asked for.
\* What is closed stays so.
SetterObeyed ==
  [][/\ \A t \in Threads :
          Gives(t, "SetLimit", Ok) => limit' = [limit EXCEPT ![ask[t].node] = ask[t].n]
     /\ \A n \in Nodes : limit'[n] # limit[n] => limit[n] # Closed /\ ~gone[n] /\
          \E t \in Threads : Answered(t) /\ ask[t].node = n /\ ask[t].op \in {"SetLimit", "Close", "Leave"}
     /\ \A t \in Threads, n \in Nodes :
          Answered(t) /\ ask[t].op = "Close" /\ ask[t].node = n /\ counted => Shut(n)']_vars

\* Bytes that leave are those that are answered, and no counter but those above changes.
LeaveExact ==
  [][\A t \in Threads, k \in 0..CountBase :
       ask[t].op = "Leave" /\ ask'[t].op = "Passing" /\ ask'[t].end = Kept(k) =>
         /\ k <= counter[ask[t].node] /\ k + Coming(ask[t].node, Threads) >= counter[ask[t].node]
         /\ ask'[t].n = k /\ gone'[ask[t].node]
         /\ \A m \in Nodes \ {ask[t].node} : counter'[m] = counter[m]]_vars

\* An exact reading leaves out only what no caller knows; a cheap one is no less.
ReadingsTrue ==
  [][\A t \in Threads, n \in Nodes :
       /\ Answered(t) /\ ask[t].op = "Exact" /\ n = ask[t].node =>
            /\ answer'[t][2] = Mode(n)
            /\ answer'[t][4] \in (counter[n] - Coming(n, Threads))..counter[n]
       /\ Answered(t) /\ ask[t].op = "Stats" /\ n = ask[t].node =>
            answer'[t][Len(answer'[t])] >= counter[n] - Coming(n, Threads)]_vars

\* Each thread that has asked can be answered, or its turn comes after a move.
Answerable == \A t \in Threads : ask[t] # None =>
                \/ ENABLED Answers(t)
                \/ ask[t].op = "Leave" /\ \E s \in Threads : ask[s].op = "Moving"

THEOREM Spec => /\ [](TypeOK /\ Adds /\ Answerable)
                /\ NeverOverLimit /\ NoFalseRefusal /\ ClosedIsClosed /\ ShrinkNeverRefused
                /\ OverReleaseCaught /\ SetterObeyed /\ LeaveExact /\ ReadingsTrue

\* Does not hold: the counter is always within the limit.  SetLimit may set a
\* limit below the counter.
AlwaysWithinLimit == counted => \A n \in Nodes : counter[n] <= LimitOf(n)
=============================================================================
