-------------------------------- MODULE Fixed --------------------------------
EXTENDS Integers

CONSTANT Sizes       \* a premise says what it is

VARIABLE x

Init == x = 0
Spec == Init /\ [][\E n \in Sizes : x' = x + n]_x

THEOREM FixedCorrect == Sizes = {1, 3} => (Spec => [](x \in Nat))

=============================================================================
