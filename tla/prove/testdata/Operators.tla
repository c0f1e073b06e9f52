----------------------------- MODULE Operators -----------------------------
(***************************************************************************)
(* What the generator of proof goals knows of TLA+, each operator where it *)
(* makes a difference: TestAgree compares what it makes of these           *)
(* definitions with what TLC says.  Protocols use some of them in one way  *)
(* only.                                                                   *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,
  Some,      \* threads
  Sizes,     \* bytes
  Half,      \* a number
  Upward     \* a truth value

VARIABLES
  pc,        \* pc[t]: the step t takes next
  want,      \* want[t], held[t]: numbers
  held,
  word,      \* a record
  seen,      \* seen[t]: a record
  base,      \* base[0], base[1]: numbers
  marked,    \* threads
  on,        \* a truth value
  told       \* strings

vars  == <<pc, want, held, word, seen, base, marked, on, told>>
pairs == <<held, seen>>

Steps == {"Add", "Take", "Mark", "Swap", "Choose", "Case", "BothStep", "Nested"}

ASSUME /\ IsFiniteSet(Threads) /\ Threads # {} /\ Some \subseteq Threads
       /\ Sizes \subseteq Nat /\ Half \in Nat /\ Half > 0 /\ Upward \in BOOLEAN

Assumed == Half > 1 /\ ~Upward

Words == [n : Int, up : BOOLEAN]

TypeOK ==
  /\ pc \in [Threads -> Steps]
  /\ want \in [Threads -> Int]
  /\ held \in [Threads -> Int]
  /\ word \in Words
  /\ seen \in [Threads -> Words]
  /\ base \in [0..1 -> Int]
  /\ marked \in SUBSET Threads
  /\ on \in BOOLEAN

Init ==
  /\ pc = [t \in Threads |-> "Add"]
  /\ want = [t \in Threads |-> 0]
  /\ held = [t \in Threads |-> 0]
  /\ word = [n |-> 0, up |-> FALSE]
  /\ seen = [t \in Threads |-> [n |-> 0, up |-> FALSE]]
  /\ base = [i \in 0..1 |-> 0]
  /\ marked = {}
  /\ on = Upward
  /\ told = {}

-----------------------------------------------------------------------------
(* Values.                                                                 *)

RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})

Held(t)    == held[t]
Total      == Sum(Held, Threads)
Behind(t)  == Cardinality({s \in Threads : want[s] < want[t]})
Others(t)  == Cardinality(marked \ {t})
Modulo(t)  == want[t] % 3
Turn(t)    == (want[t] + 1) % 2
Turns(t)   == (want[t] + 3) % 2
Parity(t)  == want[t] % 2
Literal    == base[(0 - 7) % 2]
Quotient(t) == want[t] \div 3
Minus(t)   == want[t] - held[t]
Neg(t)     == -want[t]
Times(t)   == want[t] * 3
Slot(t)    == base[want[t] % 2]
OtherSlot(t) == base[(want[t] + 1) % 2]
Least(t)   == IF want[t] < held[t] THEN want[t] ELSE held[t]
Rank(t)    == CASE want[t] > 2 -> "high" [] want[t] > 0 -> "low" [] OTHER -> "none"
Told(t)    == IF want[t] > 0 THEN <<"some", want[t]>> ELSE <<"none">>
Moved(t)   == [seen EXCEPT ![t].n = @ + 1, ![t].up = ~@][t].n
Raised(t)  == [held EXCEPT ![t] = @ + want[t], ![t] = @ + 1]
Let(t)     == LET n == want[t] + 1 IN n * 2
Local(t)   == LET Plus(n) == n + held[t] IN Plus(Plus(want[t]))
Inner(t)   == [seen EXCEPT ![t] = [@ EXCEPT !.n = @ + 1]][t].n
Beyond(t)  == [base EXCEPT ![want[t]] = @ + 5]
Share(t)   == IF held[t] > 0 THEN want[t] \div held[t] ELSE 0
Rest(t)    == IF held[t] > 0 THEN want[t] % held[t] ELSE 0
Halves(t)  == want[t] \div (2 * Half)
Below(t)   == (want[t] - 9) \div 2
Sign(t)    == CASE want[t] > 0 -> "plus" [] want[t] = 0 -> " " [] want[t] < 0 -> "-"
Common     == marked \cap Some
Known(t)   == DOMAIN held \ DOMAIN [s \in Some |-> want[t]]
Other      == [n |-> on, up |-> word.n]    \* other sorts than those of word

Doubled[i \in 0..1] == base[i] * 2
Twofold(t) == Doubled[want[t] % 2]

Apply(F(_), n) == F(n)
Lambda(t)  == Apply(LAMBDA m : Apply(LAMBDA n : n - m, held[t]), want[t])

-----------------------------------------------------------------------------
(* Formulas.                                                               *)

Less(t)    == want[t] < held[t]
AtMost(t)  == want[t] <= held[t]
More(t)    == want[t] > held[t]
AtLeast(t) == want[t] >= held[t]
Equal(t)   == want[t] = held[t]
Unequal(t) == want[t] # held[t]
Near(t)    == want[t] \in 0..2
Within(t)  == want[t] \in held[t]..Half
NotSize(t) == want[t] \notin Sizes \cup {0}
Natural(t) == want[t] \in Nat
In(t)      == t \in marked
Out(t)     == t \notin marked \cup Some
Without(t) == t \in marked \ Some
Sub        == marked \subseteq Some
Super      == Some \subseteq marked
Same       == marked = Some
NoneMarked == marked = {}
Filled     == marked # {}
AllBut(t)  == {s \in Threads : s # t} \subseteq marked
Small      == marked \in SUBSET Some
Finite     == IsFiniteSet(marked \ Some)
Apart(t)   == want[t] \in { n - m : n \in Sizes, m \in Sizes \cup {0} }
Function   == held \in [Threads -> Sizes \cup {0}]
Record     == word \in [n : 0..2, up : {TRUE}]
Implied(t) == want[t] > 0 => held[t] > 0
Alike(t)   == want[t] > 0 <=> held[t] > 0
Either(t)  == want[t] > 1 \/ held[t] > 1
Both(t)    == want[t] > 1 /\ held[t] > 1
Not(t)     == ~(want[t] > 1 \/ on)
Cases(t)   == CASE want[t] > 1 -> held[t] > 0 [] want[t] > 0 -> on [] OTHER -> ~on
Low(t)     == Rank(t) = "low"
Untold(t)  == Told(t) = <<"none">>
If(t)      == IF want[t] > 1 THEN held[t] > 0 ELSE on
All        == \A t \in Threads : want[t] >= held[t]
Any        == \E t \in Threads : want[t] > held[t]
NoOther(t) == ~ \E s \in Threads : s # t /\ want[s] = want[t]
Above      == \A s \in Threads : \E t \in Threads : want[s] < held[t]
Top        == \E s \in Threads : \A t \in Threads : want[t] <= want[s]
Three      == \E s, t \in Threads : s # t /\ \A u \in Threads : u # s => want[u] <= want[t]
Sized(t)   == \E n \in Sizes : n > want[t] /\ \A m \in Sizes : m > want[t] => n <= m
Twice(t)   == \A s \in Threads : (\E u \in Threads : u # s /\ want[u] = held[t]) => s \in marked
Ranked(t)  == told = {Rank(t)} \/ "none" \notin told
Blank(t)   == (IF on THEN " low" ELSE "low") = Rank(t)
Word(t)    == pc[t] \in STRING /\ Sign(t) # "--"
Slots(t)   == want[t] \in DOMAIN base => base[want[t]] > held[t]
Partly     == [s \in Some |-> held[s]] = held
Couple(t)  == [i \in 1..2 |-> IF i = 1 THEN want[t] ELSE 1] = <<1, held[t]>>
Signs(t)   == CASE want[t] > 0 -> held[t] > 0 [] want[t] <= 0 -> on
Divides(t) == held[t] > 0 /\ want[t] % held[t] = 0
With(n)    == INSTANCE OperatorsAbstract WITH Numbers <- Sizes, counter <- n, ask <- held
Many(t)    == With(want[t])!Many
Member(n, S) == n \in S
Size(t)    == Member(want[t], { n - word.n : n \in Sizes })
InSteps    == \A t \in Threads : pc[t] \in {"Add", "Take"} => want[t] >= 0

Inv ==
  /\ Total >= 0 \/ All
  /\ \A t \in Threads : Natural(t)
  /\ Any => Top
  /\ InSteps
  /\ IF on THEN Filled ELSE word.n >= 0
  /\ Cardinality(marked) < 3
  /\ \A t \in marked : want[t] # 1
  /\ \E t \in Threads : ~seen[t].up
  /\ \A t \in Threads : pc[t] = "Case" => held[t] > 0

Promise ==
  /\ \A t \in Threads :
       /\ Behind(t) + Others(t) + Modulo(t) + Turn(t) + Turns(t) + Parity(t) > 2
       /\ Quotient(t) + Minus(t) + Neg(t) + Times(t) + Slot(t) + OtherSlot(t) > 2
       /\ Least(t) + Moved(t) + Raised(t)[t] + Let(t) > 2
       /\ Low(t) /\ Untold(t)
       /\ Less(t) /\ AtMost(t) /\ More(t) /\ AtLeast(t) /\ Equal(t) /\ Unequal(t)
       /\ Near(t) /\ Within(t) /\ NotSize(t) /\ In(t) /\ Out(t) /\ Without(t)
       /\ AllBut(t) /\ Apart(t) /\ Implied(t) /\ Alike(t) /\ Either(t) /\ Both(t) /\ Not(t)
       /\ Cases(t) /\ If(t) /\ NoOther(t) /\ Sized(t) /\ Twice(t)
       /\ Local(t) + Inner(t) + Beyond(t)[0] + Share(t) + Rest(t) + Halves(t) + Below(t) > 2
       /\ Twofold(t) + Lambda(t) > 2 /\ Sign(t) = "-" /\ Known(t) = Common /\ Other.n
       /\ Blank(t) /\ Word(t) /\ Slots(t) /\ Partly /\ Couple(t) /\ Signs(t) /\ Divides(t) /\ Size(t) /\ Many(t) /\ Ranked(t)
  /\ Literal = 1 /\ Sub /\ Super /\ Same /\ NoneMarked /\ Small /\ Finite /\ Function /\ Record /\ Above /\ Three
  /\ \A s, t \in Threads : seen[s].up /\ seen[t].up => s = t

-----------------------------------------------------------------------------
(* Steps.                                                                  *)

Go(t, step) == pc' = [pc EXCEPT ![t] = step]

Add(t, n) ==
  /\ pc[t] = "Add"
  /\ want' = [want EXCEPT ![t] = @ + n]
  /\ IF want'[t] > 2 /\ ~on THEN Go(t, "Take") ELSE Go(t, "Mark")
  /\ UNCHANGED <<pairs, word, base, marked, on, told>>

Take(t) ==
  /\ pc[t] = "Take"
  /\ ~\E s \in Threads : s # t /\ held[s] > held[t]
  /\ held' = [held EXCEPT ![t] = want[t]]
  /\ want' = [want EXCEPT ![t] = IF @ > 3 THEN 0 ELSE @]
  /\ on' = (Total' > Total)
  /\ Go(t, IF on' THEN "Swap" ELSE "Case")
  /\ UNCHANGED <<word, seen, base, marked, told>>

Mark(t, s) ==
  /\ pc[t] = "Mark"
  /\ s \notin marked
  /\ marked' = marked \cup {s}
  /\ seen' = [seen EXCEPT ![s].up = TRUE, ![t].n = @ + 1]
  /\ Go(t, IF marked' = Threads THEN "Nested" ELSE "Choose")
  /\ UNCHANGED <<want, held, word, base, on, told>>

Swap(t) ==
  /\ pc[t] = "Swap"
  /\ seen' = [seen EXCEPT ![t] = word]
  /\ word' = [word EXCEPT !.n = seen[t].n, !.up = ~@]
  /\ base' = [base EXCEPT ![(word.n + 1) % 2] = held[t]]
  /\ Go(t, "Choose")
  /\ UNCHANGED word.n \/ word.n < 3
  /\ UNCHANGED <<want, held, marked, on, told>>

Choose(t) ==
  /\ pc[t] = "Choose"
  /\ \E ok \in BOOLEAN : on' = ok /\ (ok => want[t] >= 0)
  /\ \/ word.n > 1 /\ Go(t, "Add")
     \/ word.n <= 1 /\ Go(t, "BothStep")
     \/ word.n = 0 /\ Go(t, "Mark")
  /\ UNCHANGED <<want, pairs, word, base, marked, told>>

Case(t) ==
  /\ pc[t] = "Case"
  /\ pc' = [pc EXCEPT ![t] = CASE on -> "Add" [] want[t] > 1 -> "BothStep" [] OTHER -> "Nested"]
  /\ marked' = marked \ {t}
  /\ told' = told \cup {Rank(t)}
  /\ UNCHANGED <<want, pairs, word, base, on>>

BothStep(t) ==
  /\ pc[t] = "BothStep"
  /\ word' = [n |-> want[t], up |-> \E s \in Threads : seen[s].up]
  /\ Go(t, "Add")
  /\ UNCHANGED <<want, pairs, base, marked, on, told>>

Nested(t) ==
  /\ pc[t] = "Nested"
  /\ seen' = [s \in Threads |-> IF s \in marked THEN word ELSE seen[s]]
  /\ marked' = { s \in marked : seen'[s].n > 0 }
  /\ Go(t, "Add")
  /\ UNCHANGED <<want, held, word, base, on, told, seen[t].n > 1>>

Next == \E t \in Threads :
  \/ \E n \in Sizes : Add(t, n)
  \/ Take(t)
  \/ \E s \in Threads : Mark(t, s)
  \/ Swap(t) \/ Choose(t) \/ Case(t) \/ BothStep(t) \/ Nested(t)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Properties of steps.                                                    *)

Grows     == [][Total' >= Total \/ Cardinality(marked') > Cardinality(marked)]_vars
KeepsPair == [][UNCHANGED pairs \/ \A t \in Threads : Held(t)' <= want[t]]_vars
Moves     == [][\E t \in Threads : Member(want[t], { n - word.n : n \in Sizes }')]_vars
Passes    == [][\E t \in Threads : Minus(t)' # Minus(t) /\ ~Less(t)']_vars

-----------------------------------------------------------------------------

Ask(t) == [op |-> pc[t], n |-> want[t] - held[t]]

Abstract == INSTANCE OperatorsAbstract WITH
  Numbers <- Sizes,
  counter <- Total,
  ask     <- [t \in Threads |-> Ask(t)]

Refines == Abstract!Init /\ [][UNCHANGED Abstract!vars \/ Abstract!Next]_vars

Witnesses(t) == {Ask(t)'.n, want'[t], held'[t], want[t], held[t]}

\* Nobody proves this: TestAgree compares what is to be proved with what TLC says.
THEOREM OperatorsCorrect ==
  Assumed => (Spec => [](TypeOK /\ Inv) /\ []Promise /\ Grows /\ KeepsPair /\ Moves /\ Passes /\ Refines)

=============================================================================
