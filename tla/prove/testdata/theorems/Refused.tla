------------------------------- MODULE Refused -------------------------------
(***************************************************************************)
(* Theorems that the prover must not take for what they are not.  Each is  *)
(* refused; TestRefused says why, and at which line.                       *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,
  Others,
  N

VARIABLES
  x,
  f,
  s

vars == <<x, f, s>>

Given == IsFiniteSet(Threads) /\ Threads # {} /\ Others \subseteq Threads /\ N \in Nat

Init == x = 0 /\ f = [t \in Threads |-> 0] /\ s = {}
Next == \E t \in Threads : x' = x + 1 /\ UNCHANGED <<f, s>>
Spec == Init /\ [][Next]_vars
Inv  == x >= 0

-----------------------------------------------------------------------------
(* What is no Spec => claims.                                              *)

THEOREM NoSpec     == Given => Inv
THEOREM NoNext     == Given /\ Init => Inv
THEOREM Unfolded   == \A n \in Nat : Spec => []Inv
THEOREM Assumed    == ASSUME Given PROVE Spec => []Inv

THEOREM Uncovered  == Given => (Init /\ [][Next]_<<x, f>> => []Inv)
THEOREM OfParts    == Given => (Init /\ [][Next]_<<x, f, s, f[x]>> => []Inv)
THEOREM Twice      == Given => (Spec /\ [][Inv']_vars => []Inv)
THEOREM Sometime   == Given => (Spec /\ <>Inv => []Inv)
THEOREM Or         == Given => (Spec \/ [][Next]_vars => []Inv)

THEOREM Eventually == Given => (Spec => <>Inv)
THEOREM LeadsTo    == Given => (Spec => (Inv ~> Inv))
THEOREM Fair       == Given => (Spec => WF_vars(Next))
THEOREM Often      == Given => (Spec => []Inv /\ [](Inv /\ <>Inv))
THEOREM Nested     == Given => (Spec => []Inv /\ (Inv => []Inv))
THEOREM Quantified == Given => (Spec => \A t \in Threads : []Inv)

-----------------------------------------------------------------------------
(* Constants of which nothing is said that would say what they are.        *)

Some == Others \subseteq Threads /\ N \in Nat

THEOREM Empty      == Some /\ IsFiniteSet(Threads) => (Spec => []Inv)
THEOREM Infinite   == Some /\ Threads # {} => (Spec => []Inv)
THEOREM Untyped    == IsFiniteSet(Threads) /\ Threads # {} /\ Others \subseteq Threads => (Spec => []Inv)
THEOREM Circular   == IsFiniteSet(Threads) /\ Threads # {} /\ Others \subseteq Threads /\ N \in 0..N => (Spec => []Inv)
THEOREM Compared   == IsFiniteSet(Threads) /\ Threads # {} /\ Others \subseteq Threads /\ N > 0 => (Spec => []Inv)
THEOREM TwoSorts   == IsFiniteSet(Threads) /\ Threads # {} /\ IsFiniteSet(Others) /\ Others # {} /\ N \in Nat
                        => (Spec => []Inv)

-----------------------------------------------------------------------------
(* Variables of which Init does not say what they are.                     *)

Free   == x = 0 /\ f = [t \in Threads |-> 0]
Either == f = [t \in Threads |-> 0] /\ s = {} /\ (x = 0 \/ x = 1)
Itself == x = x /\ f = [t \in Threads |-> 0] /\ s = {}
Bound  == x > 0 /\ x < 2 /\ f = [t \in Threads |-> 0] /\ s = {}
Partly == x = 0 /\ f = [t \in Others |-> 0] /\ s = {}

THEOREM InitFree   == Given => (Free /\ [][Next]_vars => []Inv)
THEOREM InitEither == Given => (Either /\ [][Next]_vars => []Inv)
THEOREM InitItself == Given => (Itself /\ [][Next]_vars => []Inv)
THEOREM InitBound  == Given => (Bound /\ [][Next]_vars => []Inv)
THEOREM InitPartly == Given => (Partly /\ [][Next]_vars => []Inv)

-----------------------------------------------------------------------------
(* Steps that make of a variable what it was not.                          *)

ToString == x' = "one" /\ UNCHANGED <<f, s>>
ToSet    == x' = {} /\ UNCHANGED <<f, s>>
ToNumber == s' = {1} /\ UNCHANGED <<x, f>>
Leaves   == x' = x + 1 /\ UNCHANGED f

THEOREM NextString == Given => (Init /\ [][ToString]_vars => [](x = x))
THEOREM NextSet    == Given => (Init /\ [][ToSet]_vars => [](x = x))
THEOREM NextNumber == Given => (Init /\ [][ToNumber]_vars => [](x = x))
THEOREM NextLeaves == Given => (Init /\ [][Leaves]_vars => [](x = x))

-----------------------------------------------------------------------------
(* What is no sum, and a sum of some.                                      *)

RECURSIVE Sum(_, _), More(_, _)
Sum(F(_), S) == IF S = {} THEN 0
                ELSE LET t == CHOOSE t \in S : TRUE
                     IN F(t) + Sum(F, S \ {t})
More(F(_), S) == IF S = {} THEN 0
                 ELSE LET t == CHOOSE t \in S : TRUE
                      IN F(t) + 1 + More(F, S \ {t})

F(t) == f[t]

THEOREM NoSum      == Given => (Spec => [](More(F, Threads) = 0))
THEOREM SomeSum    == Given => (Spec => [](Sum(F, Others) = 0))

=============================================================================
