---- MODULE Broken ----
VARIABLE word
Spec == word = 0 /\ [][word' = word +]_word
====
