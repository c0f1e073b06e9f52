-------------------------------- MODULE Turns --------------------------------
EXTENDS Integers

VARIABLE turn

Init == turn = 0
Next == turn' = 1 - turn
Spec == Init /\ [][Next]_turn

=============================================================================
