------------------------------- MODULE Budget -------------------------------
(***************************************************************************)
(* What a budget is: one limit on the bytes that many threads hold between *)
(* them, as if every operation were a single step.                         *)
(*                                                                         *)
(* A thread asks, and is answered in a later step: an implementation that  *)
(* refines this module may take effect at any instant between the call and *)
(* its return, and at no other.  What a call was asked, and what it was    *)
(* answered, are state.  So it also must give the same answers.            *)
(*                                                                         *)
(*   Reserve n   charges n bytes if they fit, else is refused: refusals    *)
(*               are as exact as grants                                    *)
(*   Release n   takes them back.  More than all threads hold is reported, *)
(*               and nothing changes.  Whoever holds them: bytes may be    *)
(*               released by another thread than the one that reserved     *)
(*   SetLimit n  puts a limit in force.  It may be below the counter.      *)
(*               Then nothing is taken back, and nothing is granted until  *)
(*               enough is released                                        *)
(*   EndBoot     ends the accounting if no limit was set                   *)
(*   Stats       reads mode, limit and counter                             *)
(*                                                                         *)
(* There is no operation "resize".  A growth whose backing allocation      *)
(* fails is a Reserve and, later, a Release.  The doomed bytes are charged *)
(* in between, and others are rightly refused because of them.             *)
(*                                                                         *)
(* The modes only go forward.  Counting is the boot: the limit is the      *)
(* counting base, which no real program reaches.  SetLimit leads to        *)
(* Enforcing, EndBoot leads to Unlimited, where nothing is counted.        *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Threads,     \* the threads that share the budget
  Numbers,     \* bytes: what calls may name, in range or not
  MaxLimit,    \* bytes: the largest limit that may be set
  CountBase,   \* bytes: the limit while Counting
  Largest      \* bytes: the largest size there can be

ASSUME /\ CountBase \in Nat /\ Largest \in Nat
       /\ MaxLimit \in 1..(CountBase - 1)

VARIABLES
  mode,        \* "Counting", "Enforcing" or "Unlimited"
  limit,       \* bytes: the limit in force; 0 when Unlimited
  counter,     \* bytes charged; 0 when Unlimited
  ask,         \* ask[t]: what t has asked for and has no answer to, or None
  answer,      \* answer[t]: how t was answered last
  over         \* over[t]: t asks to release more than was held at some instant since

budget == <<mode, limit, counter>>
vars   == <<budget, ask, answer, over>>

Operations == {"Reserve", "Release", "SetLimit", "EndBoot", "Stats"}
None == [op |-> "none", n |-> 0]

\* The answers, named as the outcomes in Go.
Ok          == <<"ok">>
OverLimit   == <<"over limit">>
OverRelease == <<"over-release">>
BadSize     == <<"bad size">>
TooLate     == <<"unlimited">>
Reading     == <<"read", mode, IF mode = "Enforcing" THEN limit ELSE 0, counter>>

Counted == mode # "Unlimited"

TypeOK ==
  /\ mode \in {"Counting", "Enforcing", "Unlimited"}
  /\ limit \in CASE mode = "Counting"  -> {CountBase}
                 [] mode = "Enforcing" -> 1..MaxLimit
                 [] mode = "Unlimited" -> {0}
  /\ counter \in 0..CountBase
  /\ ask \in [Threads -> [op : Operations, n : Numbers] \cup {None}]
  /\ \A t \in Threads :
       \/ answer[t] \in {Ok, OverLimit, OverRelease, BadSize, TooLate}
       \/ answer[t][1] = "read"
  /\ over \in [Threads -> BOOLEAN]

Init ==
  /\ mode = "Counting" /\ limit = CountBase /\ counter = 0
  /\ ask = [t \in Threads |-> None]
  /\ answer = [t \in Threads |-> Ok]
  /\ over = [t \in Threads |-> FALSE]

-----------------------------------------------------------------------------

\* Every action ends with this.
Watch ==
  over' = [t \in Threads |->
             /\ ask'[t].op = "Release"
             /\ \/ over[t]
                \/ ask'[t].n < 0
                \/ Counted' /\ ask'[t].n > counter']

Ask(t, op, n) ==
  /\ ask[t] = None
  /\ ask' = [ask EXCEPT ![t] = [op |-> op, n |-> n]]
  /\ answer' = [answer EXCEPT ![t] = Ok]
  /\ UNCHANGED budget
  /\ Watch

\* t has seen its answer, and goes on.
Dismiss(t) ==
  /\ ask[t] = None
  /\ answer[t] # Ok
  /\ answer' = [answer EXCEPT ![t] = Ok]
  /\ UNCHANGED <<budget, ask>>
  /\ Watch

Answer(t, a) ==
  /\ ask' = [ask EXCEPT ![t] = None]
  /\ answer' = [answer EXCEPT ![t] = a]
  /\ Watch

Sized(t) == ask[t].n \in 0..Largest
Fits(t)  == ask[t].n = 0 \/ ~Counted \/ ask[t].n <= limit - counter

Reserve(t) ==
  /\ ask[t].op = "Reserve" /\ Sized(t) /\ Fits(t)
  /\ counter' = IF Counted THEN counter + ask[t].n ELSE counter
  /\ UNCHANGED <<mode, limit>>
  /\ Answer(t, Ok)

Refuse(t) ==
  /\ ask[t].op = "Reserve" /\ Sized(t) /\ ~Fits(t)
  /\ UNCHANGED budget
  /\ Answer(t, OverLimit)

Release(t) ==
  /\ ask[t].op = "Release" /\ ask[t].n >= 0
  /\ Counted => ask[t].n <= counter
  /\ counter' = IF Counted THEN counter - ask[t].n ELSE counter
  /\ UNCHANGED <<mode, limit>>
  /\ Answer(t, Ok)

\* A report changes nothing.  So nothing tells its instant from another at
\* which it would be right: one since t asked will do.
Report(t) ==
  /\ over[t]
  /\ UNCHANGED budget
  /\ Answer(t, OverRelease)

SetLimit(t) ==
  /\ ask[t].op = "SetLimit" /\ ask[t].n \in 1..MaxLimit
  /\ IF Counted
       THEN /\ mode' = "Enforcing"
            /\ limit' = ask[t].n
            /\ UNCHANGED counter
            /\ Answer(t, Ok)
       ELSE UNCHANGED budget /\ Answer(t, TooLate)

Reject(t) ==
  /\ \/ ask[t].op = "Reserve" /\ ~Sized(t)
     \/ ask[t].op = "SetLimit" /\ ask[t].n \notin 1..MaxLimit
  /\ UNCHANGED budget
  /\ Answer(t, BadSize)

EndBoot(t) ==
  /\ ask[t].op = "EndBoot"
  /\ IF mode = "Counting"
       THEN mode' = "Unlimited" /\ limit' = 0 /\ counter' = 0
       ELSE UNCHANGED budget
  /\ Answer(t, Ok)

Stats(t) ==
  /\ ask[t].op = "Stats"
  /\ UNCHANGED budget
  /\ Answer(t, Reading)

Answers(t) ==
  \/ Reserve(t) \/ Refuse(t) \/ Release(t) \/ Report(t)
  \/ SetLimit(t) \/ Reject(t) \/ EndBoot(t) \/ Stats(t)

Next ==
  \E t \in Threads :
    \/ Answers(t)
    \/ Dismiss(t)
    \/ \E op \in {"Reserve", "Release", "SetLimit"}, n \in Numbers : Ask(t, op, n)
    \/ \E op \in {"EndBoot", "Stats"} : Ask(t, op, 0)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

\* A step that charges leaves the counter within the limit.
NeverOverLimit == [][counter' > counter => counter' <= limit']_vars

\* Who has asked can be answered.
Answerable == \A t \in Threads : ask[t] # None => ENABLED Answers(t)

THEOREM Spec => [](TypeOK /\ Answerable) /\ NeverOverLimit

\* Does not hold: the counter is always within the limit.  SetLimit may set a
\* limit below the counter.
AlwaysWithinLimit == Counted => counter <= limit
=============================================================================
