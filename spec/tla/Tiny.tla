--------------------------------- MODULE Tiny ---------------------------------
(***************************************************************************)
(* Graphs so small that everybody can say what is true of them: the first  *)
(* thing on which the two referees must agree, weak and strong fairness    *)
(* above all.  A run begins in state 0; every edge has a name.             *)
(***************************************************************************)
EXTENDS Naturals

CONSTANTS
  Edges,      \* triples: from, name, to
  Weak,       \* the names that are weakly fair
  Strong,     \* the names that are strongly fair
  Goals       \* the states that are to be reached

VARIABLE at

Init == at = 0
Take(name) == \E edge \in Edges : edge[1] = at /\ edge[2] = name /\ at' = edge[3]
Next == \E name \in {edge[2] : edge \in Edges} : Take(name)

Spec == Init /\ [][Next]_at /\ (\A name \in Weak : WF_at(Take(name))) /\ (\A name \in Strong : SF_at(Take(name)))

never_there      == at \notin Goals
no_deadlock      == at \in Goals \/ ENABLED Next
there_at_last    == (at = 0) ~> (at \in Goals)
===============================================================================
