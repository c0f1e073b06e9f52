-------------------------------- MODULE Turns --------------------------------
EXTENDS Integers

VARIABLE turn

Init == turn = 0
Next == turn' = 1 - turn
Spec == Init /\ [][Next]_turn

THEOREM Two == Spec => [](turn \in 0..1)
THEOREM Spec => turn = 0

=============================================================================
