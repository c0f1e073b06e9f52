---- MODULE Abs ----
EXTENDS Integers
VARIABLE word
Init == word = 0
Add == word < 2 /\ word' = word + 1
Spec == Init /\ [][Add]_word
====
