-------------------------------- MODULE Toy --------------------------------
(* Two threads add one to a word, in one step or by load and store: what the logs beside are of. *)
EXTENDS Integers, TLC
CONSTANTS Threads,  \* the threads
          Atomic,   \* BOOLEAN: add in one step
          Ends      \* BOOLEAN: a finished run has no next step
VARIABLES word, pc, seen
vars == <<word, pc, seen>>

Init == word = 0 /\ pc = [t \in Threads |-> "load"] /\ seen = [t \in Threads |-> 0]
Load(t) == /\ pc[t] = "load"
           /\ IF Atomic
                THEN word' = word + 1 /\ pc' = [pc EXCEPT ![t] = "done"] /\ UNCHANGED seen
                ELSE seen' = [seen EXCEPT ![t] = word] /\ pc' = [pc EXCEPT ![t] = "store"] /\ UNCHANGED word
Store(t) == /\ pc[t] = "store"
            /\ word' = seen[t] + 1
            /\ pc' = [pc EXCEPT ![t] = "done"]
            /\ UNCHANGED seen
Rest == ~Ends /\ (\A t \in Threads : pc[t] = "done") /\ UNCHANGED vars
Next == (\E t \in Threads : Load(t) \/ Store(t)) \/ Rest
Spec == Init /\ [][Next]_vars
FairSpec == Spec /\ WF_vars(Next)

TypeOK == word \in 0..2
NothingLost == (\A t \in Threads : pc[t] = "done") => word = 2
Positive == word > 0
Asserts == Assert(word < 2, "word")
GivesUp == word < 2 \/ TLCSet("exit", TRUE)

Shrinks == [][word' < word]_word
StaysZero == <>[](word = 0)
A == INSTANCE Abs
B == INSTANCE Abs WITH word <- word * word
RefinesAbs == A!Spec
RefinesSquare == B!Spec
=============================================================================
